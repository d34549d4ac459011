"""What the panel does: plans and writes edits, tries, starts and stops runs, answers the view."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab import api
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import AgilabError, PlanError, UsageError
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.report.words import in_words
from jupyter_agilab.panel.widgets.background import Background
from jupyter_agilab.panel.widgets.details import detail_of
from jupyter_agilab.panel.widgets.planned import Planned, plan_contract
from jupyter_agilab.panel.widgets.run_box import against_plan
from jupyter_agilab.panel.widgets.section import PanelState
from jupyter_agilab.panel.widgets.showing import Showing
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.work_plan_file import read_pins, work_plan_path, write_pins
from jupyter_agilab.run.index_ranges import ranges_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.stop import stop_run
from jupyter_agilab.run.submit import RunSettings
from jupyter_agilab.run.watch import RunStatus, RunWatch

if TYPE_CHECKING:
    from jupyter_agilab.panel.widgets.document import ContractDocument
    from jupyter_agilab.stages import StageDraft

_WRITE_AFTER_S = 0.5
_PLAN_AFTER_S = 0.05
_MOST_TOLD = 200_000
"""Runs of more partitions come without advice: to read all of them would take the kernel seconds."""


class PanelJobs:
    """The doings of one panel. Methods return at once; work goes to threads that are there while it lasts."""

    def __init__(self, panel: Showing, again: Callable[[frozenset[str]], StageDraft] | None = None) -> None:
        self._panel = panel
        self._again = again
        self._lock = threading.RLock()
        self.data: StageData | None = None
        self.is_stopping = False
        name = f"agilab-{panel.state.name}"
        self.planning = Background(f"{name}-plan", self._failed)
        self.doing = Background(f"{name}-do", self._failed)
        self.reading = Background(f"{name}-read", self._failed)
        self.trying = Background(f"{name}-try", self._trial_failed)

    @property
    def state(self) -> PanelState:
        """What is shown."""
        return self._panel.state

    @property
    def document(self) -> ContractDocument:
        """The contract's file."""
        return self._panel.document

    @property
    def status(self) -> RunStatus | None:
        """The run that is shown, as of the last look; None: none is."""
        return self.data.status if self.data is not None else None

    @property
    def is_busy(self) -> bool:
        """Whether something may change soon."""
        data = self.data
        return self.state.is_planning or (data is not None and (not data.is_ended or data.wants_more))

    @property
    def can_start(self) -> bool:
        """Whether a run can be started now."""
        state = self.state
        return not state.is_running and state.contract is not None and not errors_in(state.findings)

    def begin(self, watch: RunWatch | None) -> None:
        """Read the contract, show the run, and plan."""
        self._take_file()
        if watch is not None:
            self.attach(watch)
        self.plan_again(delay_s=0.0)

    def close(self) -> None:
        """Write what was changed a moment ago, and end."""
        if self._panel.document.has_unwritten and self._panel.document.conflict is None:
            self._write()
        for each in (self.planning, self.doing, self.reading, self.trying):
            each.close()

    def edit(self, change: Callable[[Contract], Contract]) -> None:
        """Change the contract: planned at once, written a moment later."""
        document = self._panel.document
        try:
            with self._lock:
                document.change(change)
                self.state.contract = document.contract
        except AgilabError as error:
            document.forget()
            self.tell(str(error))
            return
        self.state.trouble = ""
        self.planning.do("write", self._write, delay_s=_WRITE_AFTER_S)
        self.plan_again()
        self._panel.post(self._panel.show)

    def settled(self) -> None:
        """Go on after a conflict."""
        self._take_file()
        self.plan_again()
        self._panel.post(self._panel.show)

    def look_at_file(self) -> None:
        """See whether somebody else changed the contract."""
        seen = self._panel.document.poll()
        if seen == "changed":
            self._take_file()
            self.plan_again()
        if seen != "same":
            self._panel.show()

    def share(self, name: str, is_shared: bool) -> None:
        """Extract the cell again, with a name as a shared file or not."""
        draft, again = self.state.draft, self._again
        if draft is None or again is None:
            return
        names = {each.name for each in draft.extraction.captures if each.becomes == "shared"}
        wanted = frozenset(names | {name} if is_shared else names - {name})

        def extract() -> None:
            self.state.draft = again(wanted)
            self._panel.document.take_theirs()
            self._panel.post(self.settled)

        self.planning.do("extract", extract)

    def plan_again(self, *, delay_s: float = _PLAN_AFTER_S) -> None:
        """Plan the contract as the controls have it; only the newest plan counts."""
        self.state.is_planning = True
        self.planning.do("plan", self._plan, delay_s=delay_s)

    def _plan(self) -> None:
        contract, document = self._panel.document.contract, self._panel.document
        made = plan_contract(contract, document.file)
        if self.planning.has("plan"):
            # the controls have moved on
            return
        self._panel.post(lambda: self._take_plan(made))

    def _take_plan(self, made: Planned) -> None:
        state = self.state
        state.is_planning = self.planning.has("plan")
        state.plan, state.findings = made.plan, made.findings
        state.is_tried, state.clusters = made.is_tried, made.clusters
        if made.plan is not None and not state.is_running and self._shows_a_plan(made):
            data = StageData(made.plan, expected_s=made.expected_s)
            pins = read_pins(work_plan_path(state.folder, state.name), made.plan)
            if pins:
                data.pins = pins
                data.show_pins()
            self.data = data
            self._panel.show_data()
        elif self.data is not None and made.expected_s:
            self.data.expected_s = made.expected_s
        self._panel.show()
        self._panel.show_planned()
        self._panel.tell_view()

    def _shows_a_plan(self, made: Planned) -> bool:
        """Say whether the view shows the plan: always, but beside a run of the same partitions."""
        data = self.data
        return (
            data is None or data.watch is None or made.plan is None or data.count != made.plan.partition_count
        )

    def _write(self) -> None:
        self._panel.document.write()
        self.state.contract_text = self._panel.document.text
        self._panel.post(self._panel.show)

    def _take_file(self) -> None:
        document = self._panel.document
        self.state.contract, self.state.contract_text = document.contract, document.text
        self.state.findings = document.file.findings
        self.state.trouble = ""

    def try_one(self, index: int, *, sizes: bool = False) -> None:
        """Run one partition, or one of each size."""
        self.state.is_trying = True
        self._panel.post(self._panel.show)

        def run() -> None:
            self._panel.document.write()
            report = api.trial(self.state.path, index, sizes=sizes)

            def took() -> None:
                self.state.is_trying, self.state.report = False, report
                self.plan_again(delay_s=0.0)
                self._panel.show()

            self._panel.post(took)

        self.trying.do("trial", run)

    def go_to(self, section: str) -> None:
        """Open a section."""
        self._panel.open_section(section)

    def start(self, settings: RunSettings | None = None) -> None:
        """Start a run."""
        with self._lock:
            if self.state.is_running:
                return
            self.state.is_running = True
        self.state.trouble = ""
        self._panel.post(self._panel.show)
        settings = settings or RunSettings()
        path = work_plan_path(self.state.folder, self.state.name)
        if self.data is not None and self.data.pins and path.is_file():
            settings = replace(settings, distribution=str(path))

        def run() -> None:
            try:
                self._panel.document.write()
                watch = api.submit(self.state.path, settings)
            except BaseException:
                self.state.is_running = False
                raise
            self._panel.post(lambda: self.attach(watch, show=True))

        self.doing.do("start", run)

    def attach(self, watch: RunWatch, *, show: bool = False) -> None:
        """Show a run."""
        try:
            estimate = self.state.plan.estimate if self.state.plan is not None else None
            data = StageData.of_run(watch, expected_s=estimate.seconds if estimate is not None else 0.0)
        except PlanError as error:
            self.tell(str(error))
            return
        data.refresh()
        self.data = data
        self.is_stopping = False
        self.state.is_running = not data.is_ended
        self._panel.show_data()
        if show:
            self._panel.show_advice(None)
            self._panel.show()

    def stop(self) -> None:
        """Stop the run that is shown."""
        data = self.data
        if data is None or data.watch is None or data.is_ended:
            return
        self.is_stopping = True
        run = RunDirectory(Path(data.watch.status.run_dir))
        self.doing.do("stop", lambda: self._stopped(stop_run(run)))
        self._panel.post(self._panel.show_run)

    def _stopped(self, status: RunStatus) -> None:
        if not status.ended:
            self.is_stopping = False
            self.tell(f"the run did not stop; in a terminal: jupyter agilab stop {status.run_id}")

    def ended(self, status: RunStatus) -> None:
        """Go on after the end of a run: say what there is to say about it."""
        self.is_stopping = False
        self.state.is_running = False
        estimate = self.state.plan.estimate if self.state.plan is not None else None

        def tell() -> None:
            said: Sequence[tuple[str, str]] = []
            if status.state in {"finished", "partial", "failed"} and status.partitions <= _MOST_TOLD:
                story = api.story(status.run_dir)
                said = [(each.title, each.reason) for each in map(in_words, story.advice)]
            markup = against_plan(status, estimate, said)
            self._panel.post(lambda: self._panel.show_advice(markup))

        self.reading.do("story", tell)
        # a good run counts as a trial, and tells what the next one will take
        self.plan_again()

    def look(self) -> bool:
        """Read what is new about the run and the plan; gives whether there is something to show."""
        data = self.data
        if data is None:
            return False
        # a run that goes on leaves the kernel to its cells; what single partitions took can wait
        return data.refresh(0.03 if data.is_ended else 0.005) | data.read_on(0.05)

    def can(self) -> list[str]:
        """Name what the view may offer now."""
        data, status = self.data, self.status
        if data is None:
            return []
        if status is not None and not status.ended:
            return ["open"] if self.is_stopping else ["stop", "open"]
        can = ["open", "pin", "run-selected"] if self.can_start else ["open"]
        if status is not None and status.failed and self.can_start:
            can.append("retry")
        return can

    def pin(self, indexes: list[int], worker: str | None) -> str:
        """Put partitions on a worker; None: where the plan puts them."""
        data, plan = self.data, self.state.plan
        if data is None or plan is None or self.state.is_running:
            raise UsageError("partitions can be pinned before a run, not while one is under way")
        if plan.partition_count != data.count:
            raise UsageError("the plan has changed since this run: plan again, then pin")
        data.pin(indexes, worker)
        path = work_plan_path(self.state.folder, self.state.name)
        try:
            write_pins(path, plan, data.pins)
        except OSError as error:
            raise UsageError(f"{path.name} cannot be written: {error.strerror or error}") from error
        self._panel.post(self._panel.tell_view)
        if worker is None:
            return f"{counted(len(indexes), 'partition')} may go to any worker again"
        return f"{counted(len(indexes), 'partition')} will go to {worker}; saved in {path.name}"

    def act(self, what: str, indexes: list[int]) -> str:
        """Stop, retry, run some, or say how one is looked into."""
        status = self.status
        if what == "stop":
            if status is None or status.ended:
                raise UsageError("no run is under way")
            self.stop()
            return "stopping"
        if what == "open":
            return self._how_to_open(indexes)
        if self.state.is_running:
            raise UsageError("a run is under way: stop it first, or wait for its end")
        if what == "retry":
            if status is None or not status.failed:
                raise UsageError("nothing failed")
            self.start(RunSettings(only=ranges_text(indexes) if indexes else "failed"))
            return "running what failed again"
        if what == "run-selected":
            if not indexes:
                raise UsageError("select some partitions first")
            self.start(RunSettings(only=ranges_text(indexes)))
            return f"running {counted(len(indexes), 'partition')}"
        raise UsageError(f"there is no {what!r}")

    def _how_to_open(self, indexes: list[int]) -> str:
        if not indexes or self.data is None:
            raise UsageError("name a partition")
        name, index = self.state.name, indexes[0]
        if self.data.run is not None and index in self.data.run.failures:
            return f"%parallel_debug {name} {index} runs it here, in the debugger"
        return f"%parallel_plan {name} --preview {index} shows what the function receives"

    def detail(self, index: int, answer: Callable[[dict[str, Any]], None]) -> None:
        """Look a partition up, in a thread of its own: its input may be large."""
        data = self.data
        if data is None:
            return
        contract, folder = self.state.contract, self.state.folder

        def look() -> None:
            try:
                answer(detail_of(data, index, contract, folder))
            except (AgilabError, OSError, ValueError) as error:
                answer({"index": index, "fields": [["Not known", str(error)]], "records": "", "attempts": []})

        self.reading.do(f"detail-{id(answer)}", look)

    def tell(self, trouble: str) -> None:
        """Show a sentence about what went wrong."""
        self.state.trouble = trouble
        self._panel.post(self._panel.show)

    def _failed(self, error: Exception) -> None:
        self.state.is_planning = self.planning.has("plan")
        self.tell(
            str(error) if isinstance(error, AgilabError | OSError) else f"{type(error).__name__}: {error}"
        )

    def _trial_failed(self, error: Exception) -> None:
        self.state.is_trying = False
        self._failed(error)
