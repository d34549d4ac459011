"""What one open view shows: the plan of a text, or a run, and what is asked for there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.load import check_text, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import UsageError
from jupyter_agilab.panel.widgets.answers import Answers
from jupyter_agilab.panel.widgets.planned import Planned, plan_contract
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.work_plan_file import read_pins, work_plan_path
from jupyter_agilab.run.watch import RunWatch
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.runs.named import run_of
from jupyter_agilab.server.views.doer import ViewDoer

_READ_S = 0.05


class ViewSession:
    """One open view; any thread may call, one at a time.

    Parameters
    ----------
    path
        The contract; None where a run is shown whose contract is not known.
    folder
        The contract's folder.
    may_execute
        Whether who looks may also stop and start runs, and pin partitions.
    """

    def __init__(self, path: Path | None, folder: Path, *, may_execute: bool) -> None:
        self.path = path
        self.folder = folder
        self.may_execute = may_execute
        self.revision = 0
        self.answers: Answers | None = None
        self.doer: ViewDoer | None = None
        self.planned: Planned | None = None
        self._lock = threading.RLock()
        self._told: dict[str, Any] = {}

    @property
    def data(self) -> StageData | None:
        """What is shown; None before anything was opened, or where there is no plan."""
        return self.answers.data if self.answers is not None else None

    @property
    def is_moving(self) -> bool:
        """Whether something may change by itself."""
        data = self.data
        return data is not None and (
            data.wants_more or not data.is_ended or (data.run is not None and data.run.has_more)
        )

    def open_plan(self, text: str | None) -> dict[str, Any]:
        """Plan the file, or a text in its place, and show that; imports and runs nothing.

        Returns
        -------
        dict
            ``findings``, ``estimate``, ``expected_s``, ``is_tried``, ``clusters`` and ``partitions``, which
            is None where no plan can be made.
        """
        if self.path is None:
            raise UsageError("a plan needs a contract")
        file = read_contract(self.path) if text is None else check_text(text, self.path)
        made = plan_contract(file.contract if file.ok else None, file)
        with self._lock:
            self.planned = made
            if made.plan is None:
                self.answers = self.doer = None
            else:
                data = StageData(made.plan, expected_s=made.expected_s)
                pins = read_pins(work_plan_path(self.folder, made.plan.stage), made.plan)
                if pins:
                    data.pins = pins
                    data.show_pins()
                self._show(data, file.contract, is_saved=text is None)
        estimate = made.plan.estimate if made.plan is not None else None
        return {
            "findings": [
                {**each.to_json(), "here": each.path in {None, str(self.path)}} for each in made.findings
            ],
            "partitions": made.plan.partition_count if made.plan is not None else None,
            "rule": made.plan.rule if made.plan is not None else "",
            "workers": made.plan.useful_workers if made.plan is not None else 0,
            "estimate": estimate.to_json() if estimate is not None else None,
            "expected_s": made.expected_s or None,
            "is_tried": made.is_tried,
            "clusters": list(made.clusters),
            "pins": len(self.data.pins) if self.data is not None else 0,
        }

    def open_run(self, root: Root, stage: str, run_id: str | None) -> dict[str, Any]:
        """Show a run, the newest one where no id is given; no stage means that of the contract.

        Raises
        ------
        UsageError
            Stage or id cannot be names, or neither a stage nor a contract is known.
        RunNotFoundError
            There is no such run beside the contract, or its files lead out of the root.
        PlanError
            Its plan cannot be read.
        """
        contract = read_contract(self.path).contract if self.path is not None else None
        stage = stage or (contract.name if contract is not None else "")
        if not stage:
            raise UsageError("the contract cannot be read, so its stage must be named")
        found = run_of(root, self.folder, stage, run_id)
        self.show_run(RunWatch(found), contract if contract is not None and contract.name == stage else None)
        return {"run": found.run_id, "stage": found.stage}

    def show_run(self, watch: RunWatch, contract: Contract | None) -> None:
        """Show a run from now on."""
        data = StageData.of_run(watch)
        data.refresh(_READ_S)
        with self._lock:
            self._show(data, contract, is_saved=True)

    def _show(self, data: StageData, contract: Contract | None, *, is_saved: bool) -> None:
        self.doer = ViewDoer(self, contract, is_saved=is_saved)
        self.answers = Answers(data, self.doer)
        self._told = {}

    def look(self) -> bool:
        """Read what is new; gives whether there is something to tell."""
        data = self.data
        if data is None:
            return False
        return data.refresh(_READ_S) | data.read_on(_READ_S)

    def traits(self) -> dict[str, Any]:
        """Give what the view's model holds and has changed since it was last asked for."""
        with self._lock:
            if self.answers is None:
                return {}
            self.revision += 1
            now = {"summary": self.answers.summary(), "lanes": self.answers.data.lanes()}
            changed = {name: value for name, value in now.items() if self._told.get(name) != value}
            self._told = now
            return {**changed, "revision": self.revision}

    def answer(self, content: dict[str, Any], send: Callable[[dict[str, Any], list[bytes]], None]) -> None:
        """Answer what the view asks; see `jupyter_agilab.panel.widgets.protocol`."""
        answers = self.answers
        if answers is None:
            message = "there is nothing to show: the contract has errors"
            send({"type": "error", "request": content.get("request"), "message": message}, [])
            return
        answers.answer(content, send)
