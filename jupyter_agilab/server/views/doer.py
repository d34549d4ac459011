"""What a view without a kernel may ask to be done: stop and start runs, pin, and look a partition up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_agilab import api
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import AgilabError, UsageError
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.widgets.details import detail_of
from jupyter_agilab.panel.widgets.work_plan_file import work_plan_path, write_pins
from jupyter_agilab.run.index_ranges import ranges_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.stop import stop_run
from jupyter_agilab.run.submit import RunSettings
from jupyter_agilab.run.watch import RunStatus

if TYPE_CHECKING:
    from jupyter_agilab.panel.widgets.stage_data import StageData
    from jupyter_agilab.run.watch import RunWatch


class Viewed(Protocol):
    """The view as its doings see it; the attributes are those of a session."""

    path: Path | None
    folder: Path
    may_execute: bool

    @property
    def data(self) -> StageData | None:
        """What is shown."""

    def show_run(self, watch: RunWatch, contract: Contract | None) -> None:
        """Show a run from now on."""


class ViewDoer:
    """Does it in the thread that asks.

    Parameters
    ----------
    contract
        What says what the function receives; None where it cannot be used.
    is_saved
        Whether the file says what is shown: only then can it be run or pinned.
    """

    def __init__(self, session: Viewed, contract: Contract | None, *, is_saved: bool) -> None:
        self._session = session
        self._contract = contract
        self._is_saved = is_saved

    @property
    def _data(self) -> StageData | None:
        return self._session.data

    @property
    def _status(self) -> RunStatus | None:
        return self._data.status if self._data is not None else None

    def can(self) -> list[str]:
        """Name what the view may offer now."""
        status = self._status
        if not self._session.may_execute:
            return ["open"]
        if status is not None:
            if not status.ended:
                return ["stop", "open"]
            if self._contract is None:
                return ["open"]
            return ["open", "run-selected", "retry"] if status.failed else ["open", "run-selected"]
        return ["open", "pin", "run-selected"] if self._is_saved else ["open"]

    def pin(self, indexes: list[int], worker: str | None) -> str:
        """Put partitions of the plan on a worker; None: where the plan puts them."""
        data = self._data
        self._require("pin", "partitions can be pinned in the plan of a saved contract")
        if data is None:
            raise UsageError("there is no plan")
        data.pin(indexes, worker)
        path = work_plan_path(self._session.folder, data.plan.stage)
        try:
            write_pins(path, data.plan, data.pins)
        except OSError as error:
            raise UsageError(f"{path.name} cannot be written: {error.strerror or error}") from error
        if worker is None:
            return f"{counted(len(indexes), 'partition')} may go to any worker again"
        return f"{counted(len(indexes), 'partition')} will go to {worker}; saved in {path.name}"

    def act(self, what: str, indexes: list[int]) -> str:
        """Stop, retry, run some, or say how one is looked into."""
        if what == "open":
            return self._how_to_open(indexes)
        if what not in {"stop", "retry", "run-selected"}:
            raise UsageError(f"there is no {what!r}")
        reasons = {
            "stop": "no run is under way here",
            "retry": "nothing failed, or the run is still under way",
            "run-selected": "nothing can be started: save the contract, or wait for the end of the run",
        }
        self._require(what, reasons[what])
        if what == "stop":
            return self._stop()
        if what == "run-selected" and not indexes:
            raise UsageError("select some partitions first")
        only = ranges_text(indexes) if indexes else "failed"
        self._start(RunSettings(only=only))
        return (
            "running what failed again"
            if what == "retry"
            else f"running {counted(len(indexes), 'partition')}"
        )

    def detail(self, index: int, answer: Callable[[dict[str, Any]], None]) -> None:
        """Look a partition up; its input may be large."""
        data = self._data
        if data is None:
            return
        try:
            answer(detail_of(data, index, self._contract, self._session.folder))
        except (AgilabError, OSError, ValueError) as error:
            answer({"index": index, "fields": [["Not known", str(error)]], "records": "", "attempts": []})

    def _require(self, what: str, reason: str) -> None:
        if what not in self.can():
            raise UsageError(reason)

    def _stop(self) -> str:
        data = self._data
        if data is None or data.watch is None:
            raise UsageError("no run is under way here")
        status = stop_run(RunDirectory(Path(data.watch.status.run_dir)))
        if status.ended:
            return "stopped; what is finished is kept"
        return f"the run did not stop yet; in a terminal: jupyter agilab stop {status.run_id}"

    def _start(self, settings: RunSettings) -> None:
        data = self._data
        path = work_plan_path(self._session.folder, data.plan.stage) if data is not None else None
        if data is not None and data.pins and path is not None and path.is_file():
            settings = replace(settings, distribution=str(path))
        if self._session.path is None:
            raise UsageError("the contract of this run is not there any more")
        watch = api.submit(self._session.path, settings)
        self._session.show_run(watch, self._contract)

    def _how_to_open(self, indexes: list[int]) -> str:
        data = self._data
        if not indexes or data is None:
            raise UsageError("name a partition")
        index = indexes[0]
        if data.run is not None and self._status is not None:
            return (
                f"in a terminal: jupyter agilab replay {self._status.run_id} {index} runs it again by itself"
            )
        path = self._session.path
        name = path.name if path is not None else data.plan.stage
        return f"in a terminal: jupyter agilab plan {name} --preview {index} shows what the function receives"
