"""The chosen stage of a workflow: its run as the live panel shows one, below the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.errors import AgilabError, UsageError
from jupyter_agilab.panel.widgets.background import Background
from jupyter_agilab.panel.widgets.details import detail_of
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.view_model import StageView
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.watch import RunWatch


class ChosenStage:
    """The view of one stage's run: worker map, partitions, one of them in detail, log.

    Parameters
    ----------
    run
        The stage's run.
    reading
        Where partitions are looked up: their input may be large.

    Raises
    ------
    PlanError
        It has no plan yet.
    """

    def __init__(self, run: RunDirectory, reading: Background) -> None:
        self.run = run
        self._reading = reading
        self._data = StageData.of_run(RunWatch(run))
        self._data.refresh()
        self.view = StageView(self._data, self)

    def refresh(self) -> None:
        """Read what is new, and tell the view where there is something."""
        if self._data.refresh(0.03) | self._data.read_on(0.05):
            self.view.tell()

    def can(self) -> list[str]:
        """Name what the view may offer: a stage is run and stopped with its workflow."""
        return ["open"]

    def pin(self, indexes: list[int], worker: str | None) -> str:
        """Refuse: the workflow decides which worker does what."""
        raise UsageError("partitions of a workflow cannot be pinned to workers")

    def act(self, what: str, indexes: list[int]) -> str:
        """Say how a partition is looked into; all else is done with the workflow."""
        if what != "open" or not indexes:
            raise UsageError("a stage of a workflow is run and stopped with the others")
        name, index = self.run.stage, indexes[0]
        if self._data.run is not None and index in self._data.run.failures:
            return f"%parallel_debug {name} {index} runs it here, in the debugger"
        return f"%parallel_logs {name} {index} shows what it printed"

    def detail(self, index: int, answer: Callable[[dict[str, Any]], None]) -> None:
        """Look a partition up."""

        def look() -> None:
            folder = self.run.path.parents[3]
            try:
                told = ((read_manifest(self.run) or {}).get("contract") or {}).get("path")
                # what it receives is another stage's result: there is no input to be previewed
                contract = None if self._is_fed(index) or not told else read_contract(folder / told).contract
                answer(detail_of(self._data, index, contract, folder))
            except (AgilabError, OSError, ValueError) as error:
                answer({"index": index, "fields": [["Not known", str(error)]], "records": "", "attempts": []})

        self._reading.do(f"detail-{id(answer)}", look)

    def _is_fed(self, index: int) -> bool:
        return self._data.columns.window(index, index + 1)[0].kind == "elements"
