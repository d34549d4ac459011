"""``agilab/cell/``: what a cell would become, and how the stage cells of an open notebook stand.

Nothing is run and nothing is written. The cells come from the editor, so that what is not saved counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_agilab.contract.model import REDUCERS
from jupyter_agilab.open_notebooks.analysis import FIELDS, CellAnalysis, analyse_cell, plan_facts
from jupyter_agilab.open_notebooks.states import CellStanding, cell_standings
from jupyter_agilab.server.handlers import Action, AgilabHandler
from jupyter_agilab.server.loops_told import finding_told, loop_told
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.typed_cells import index_of, typed_of
from jupyter_agilab.stage_options import ready_made_names

_MOST_TEXT = 200_000


class AnalyseRoute(AgilabHandler):
    """What one cell would become."""

    actions: ClassVar[dict[str, Action]] = {"post": "read"}

    async def on_post(self) -> dict[str, Any]:
        """Give the function, the contract's values, what became of each name, and the findings."""
        body = self.body("path", "cells", "cell", "name", *FIELDS)
        path = self.path_of(body.text("path"), must_exist=False)
        notebook = typed_of(body, path)
        index = index_of(body, notebook)
        said = {name: body.text(name, "", most=1000) for name in FIELDS if name in body}
        name = body.text("name", "", most=200).strip() or None
        analysis = await self.work(analyse_cell, notebook, index, said, name=name, within=self.root.path)
        return _analysis(analysis, path.parent, self.root)


class StateRoute(AgilabHandler):
    """How the stage cells of a notebook stand."""

    actions: ClassVar[dict[str, Action]] = {"post": "read"}

    async def on_post(self) -> dict[str, Any]:
        """Give each stage cell with its standing, the findings, and the newest run.

        ``ran`` says that a cell was just executed: others are told of the contracts and runs that it made.
        """
        body = self.body("path", "cells", "ran")
        path = self.path_of(body.text("path"), must_exist=False)
        notebook = typed_of(body, path)
        if body.flag("ran"):
            self.state.nudge()
        standings = await self.work(cell_standings, notebook, within=self.root.path)
        return {"cells": [_standing(each, self.root) for each in standings]}


def _analysis(found: CellAnalysis, folder: Path, root: Root) -> dict[str, Any]:
    extraction, draft = found.extraction, found.draft
    contract = draft.contract if draft else None
    function = extraction.module_text if extraction else None
    return {
        "name": found.name,
        "header": found.header,
        "fields": {field: found.flags.get(f"--{field}", ("",))[-1] for field in FIELDS},
        "is_stage": found.is_stage,
        "needs_load": found.needs_load,
        "ok": found.ok,
        "function": function[:_MOST_TEXT] if function is not None else None,
        "module": root.told(folder / extraction.module_path) if extraction else "",
        "signature": [str(argument) for argument in extraction.signature] if extraction else [],
        "returns": extraction.returns if extraction else "",
        "captures": [
            {
                "name": each.name,
                "becomes": "at run" if each.name in found.at_run else each.becomes,
                "explanation": each.explanation,
                "line": each.line,
                "column": each.column,
                "via": each.via,
            }
            for each in (extraction.captures if extraction else ())
        ],
        "contract": {
            "input": contract.input,
            "split": contract.split,
            "partition_strategy": contract.partition_strategy,
            "reducer": contract.reduce.function or contract.reducer,
            "workers": contract.workers,
            "backend": contract.backend,
            "output": contract.output,
            "parameters": dict(contract.parameters),
        }
        if contract
        else None,
        "contract_path": root.told(draft.contract_path) if draft else "",
        "contract_text": draft.contract_text[:_MOST_TEXT] if draft else "",
        "changes": dict(draft.changes) if draft else {},
        "plan": plan_facts(draft.plan) if draft else None,
        "findings": [finding_told(each, root) for each in found.findings],
        "loops": [loop_told(each) for each in found.loops],
        "inputs": [{"input": each.input, "split": each.split, "why": each.why} for each in found.inputs],
        # the function of a custom one stands in the contract, not above the cell
        "reducers": [*(name for name in REDUCERS if name != "custom"), *ready_made_names()],
    }


def _standing(each: CellStanding, root: Root) -> dict[str, Any]:
    state = each.state
    return {
        "cell": each.cell,
        "id": each.cell_id,
        "name": state.name,
        "standing": each.standing,
        "parts": {"cell": state.cell, "module": state.module, "contract": state.contract},
        "findings": [finding_told(finding, root) for finding in state.findings],
        "contract_path": root.told(state.contract_path),
        "run": dict(each.run) if each.run is not None else None,
    }


ROUTES = ((r"cell/analyse", AnalyseRoute), (r"cell/state", StateRoute))
