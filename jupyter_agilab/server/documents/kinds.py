"""The kinds of documents: which file is which, its schema, and how its text is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_agilab import api
from jupyter_agilab.contract.load import check_text
from jupyter_agilab.contract.schema import json_schema
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.clusters.load import FILE_NAME, read_clusters
from jupyter_agilab.run.clusters.schema import json_schema as clusters_schema


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind.

    Attributes
    ----------
    check
        Gives the findings about a text of a file; the last argument says whether files, module and function
        are looked for too.
    above
        A table that new ones go above; empty: new tables go to the end.
    """

    name: str
    schema: Callable[[], Mapping[str, Any]]
    check: Callable[[Path, str, bool], tuple[Finding, ...]]
    above: str = ""

    @property
    def top_level(self) -> list[str]:
        """The keys of the top level that are no tables, in the order in which they are written."""
        properties = self.schema().get("properties", {})
        return [name for name, inner in properties.items() if inner.get("type") != "object"]


def _check_contract(path: Path, text: str, is_thorough: bool) -> tuple[Finding, ...]:
    if is_thorough:
        return api.check(path, text=text).findings
    return check_text(text, path).findings


def _check_clusters(path: Path, text: str, is_thorough: bool) -> tuple[Finding, ...]:
    del is_thorough
    return read_clusters(path.parent, text).findings


def _check_workflow(path: Path, text: str, is_thorough: bool) -> tuple[Finding, ...]:
    from jupyter_agilab.workflow.load import check_text

    del is_thorough
    return check_text(text, path).findings


def _workflow_schema() -> Mapping[str, Any]:
    from jupyter_agilab.workflow.schema import json_schema

    schema: Mapping[str, Any] = json_schema()
    return schema


CONTRACT = DocumentKind("contract", cache(json_schema), _check_contract, above="next_steps")
CLUSTERS = DocumentKind("clusters", cache(clusters_schema), _check_clusters)
WORKFLOW = DocumentKind("workflow", cache(_workflow_schema), _check_workflow)


def kind_of(path: Path) -> DocumentKind:
    """Say what kind of document a file is, by its name.

    Raises
    ------
    UsageError
        It is none of them.
    """
    name = path.name.lower()
    if name == FILE_NAME:
        return CLUSTERS
    if name == "workflow.toml" or name.endswith(".workflow.toml"):
        return WORKFLOW
    if name.endswith(".toml"):
        return CONTRACT
    raise UsageError(
        f"{path.name!r} is no contract, workflow or clusters file",
        hint="their names end in .parallel_stage.toml, .workflow.toml, or are clusters.toml",
    )
