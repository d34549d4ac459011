"""The JSON Schemas of the files that people write."""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["contract", "clusters", "workflow"]


def schema_of(kind: Kind) -> dict[str, Any]:
    """Give a schema (draft 2020-12), made from the model of its files."""
    if kind == "contract":
        from jupyter_agilab.contract.schema import json_schema as of_contract

        return of_contract()
    if kind == "clusters":
        from jupyter_agilab.run.clusters.schema import json_schema as of_clusters

        return of_clusters()
    from jupyter_agilab.workflow.schema import json_schema as of_workflow

    return of_workflow()
