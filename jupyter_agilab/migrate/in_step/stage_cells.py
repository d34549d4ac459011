"""The stage cells of a notebook: those that begin with ``%%parallel_stage`` or ``%%parallel_reduce``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_agilab.cells import Notebook, NotebookCell
from jupyter_agilab.extract.names import text_digest
from jupyter_agilab.migrate.in_step.place import joins_of
from jupyter_agilab.workflow.joining import Joins

_HEAD = re.compile(r"\s*%%parallel_(stage|reduce)[ \t]+(.*)")
_COMPARED = {
    "--split": "split",
    "--reducer": "reducer",
    "--backend": "backend",
    "--output": "output",
    "--partition-strategy": "partition_strategy",
    "--target-partitions": "target_partitions",
    "--min-partitions-per-worker": "min_partitions_per_worker",
    "--workers": "workers",
    "--notes": "notes",
}
"""Options of the magic that say what a key of the contract holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCell:
    """A cell that makes a stage, or its reducer.

    ``name`` is the stage's. ``options`` has what the first line says of the contract, by the contract's key;
    ``joins`` what it says of the inputs and of the stage's place in a workflow.
    """

    cell: NotebookCell
    name: str
    body: str
    is_reducer: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    joins: Joins = field(default_factory=Joins)

    @property
    def label(self) -> str:
        """How findings name it: the cell's number in the notebook, from 1."""
        return str(self.cell.index + 1)

    def is_of(self, digest: str) -> bool:
        """Tell whether a digest is that of the cell's text; how it ends makes no difference."""
        plain = self.body.rstrip("\n")
        return digest in {text_digest(text) for text in (self.body, plain, f"{plain}\n")}


def stage_cells(notebook: Notebook) -> Iterator[StageCell]:
    """Find the stage cells, in order; the cells are read as text only."""
    for cell in notebook.code_cells:
        head, _, body = cell.source.lstrip("\n").partition("\n")
        found = _HEAD.fullmatch(head)
        if found is None:
            continue
        try:
            words = shlex.split(found[2], comments=True)
        except ValueError:
            words = found[2].split()
        if words and not words[0].startswith("-"):
            is_reducer = found[1] == "reduce"
            said = [] if is_reducer else list(_said(words[1:]))
            yield StageCell(
                cell=cell,
                name=words[0],
                body=body,
                is_reducer=is_reducer,
                options={_COMPARED[option]: value for option, value in said if option in _COMPARED},
                joins=joins_of(said),
            )


def _said(words: list[str]) -> Iterator[tuple[str, str]]:
    """Give the options of a line with their values, in its order."""
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if word == "--workers-auto":
            yield "--workers", "auto"
        elif option.startswith("--") and (equals or place + 1 < len(words)):
            yield option, value if equals else words[place + 1]
