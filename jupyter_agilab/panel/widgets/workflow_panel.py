"""The live graph of a workflow: one thread that watches its run, and what the reader asks for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import AgilabError, UsageError
from jupyter_agilab.panel.view import View
from jupyter_agilab.panel.widgets.background import Background
from jupyter_agilab.panel.widgets.boxes import column
from jupyter_agilab.panel.widgets.twin import Twin, hiding
from jupyter_agilab.panel.widgets.widget_tree import close_all, follow_front_end
from jupyter_agilab.panel.widgets.workflow_graph import WorkflowGraph
from jupyter_agilab.panel.widgets.workflow_stage import ChosenStage
from jupyter_agilab.panel.workflow.layout import graph_layout
from jupyter_agilab.panel.workflow.stages import failures_in
from jupyter_agilab.panel.workflow.words import (
    counts_words,
    has_ended,
    needs_words,
    place_words,
    seconds_words,
    state_of,
)
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.logs import RunLogs
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.watch import RunWatch
from jupyter_agilab.workflow.load import read_workflow

if TYPE_CHECKING:
    from jupyter_agilab.workflow.running.status import WorkflowStatus
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

_TICK_S = 0.2
_IDLE_S = 1.0
_TWIN_S = 5.0
_LOG_LINES = 400
_TEXT_CHARACTERS = 60_000
_ASKED_FOR = frozenset({"failures", "skips", "run_dir", "started"})


class WorkflowPanel:
    """The live graph of one workflow.

    Parameters
    ----------
    path
        The workflow's file.
    name
        The class of the static picture that it hides.
    watch
        A run to show; None: the graph as the file has it.
    flags
        Flags that are on when a run is started from here, besides those of the file and of `watch`.
    picture
        Gives the static picture of a run.
    leave
        Called with a run that was started from here and has ended.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        watch: WorkflowWatch | None = None,
        flags: Iterable[str] = (),
        picture: Callable[[WorkflowStatus], View] | None = None,
        leave: Callable[[WorkflowStatus], None] | None = None,
    ) -> None:
        self.path = path.resolve()
        self.name = name
        self.twin = Twin(name)
        self._watch = watch
        self._picture, self._leave = picture, leave
        self._is_ours = False
        self._is_starting = False
        self._is_behind = False
        self._is_closed = False
        self._told_end: object = None
        self._seen: tuple[int, int] | None = None
        self._twin_at = 0.0
        self._wake = threading.Event()
        self._writing = threading.RLock()
        # events are read in order: one look at a time, whichever thread it is
        self._looking = threading.Lock()
        self._thread: threading.Thread | None = None
        self.doing = Background(f"agilab-{path.stem}-do", self._failed)
        self.reading = Background(f"agilab-{path.stem}-read", self._failed)
        manifest = (read_manifest(watch.directory) or {}) if watch is not None else {}
        said = {**(manifest.get("flags") or {}), **dict.fromkeys(flags, True)}
        self.graph = WorkflowGraph(self, flags=self._flags(said))
        styles = ipywidgets.HTML(str(hiding(name)))
        styles.layout.margin = "0"
        self._root = column(styles, self.graph)
        self._below: ChosenStage | None = None
        self.graph.observe(lambda _: self.reading.do("chosen", self._show_chosen), "chosen")
        self.refresh()

    @property
    def widget(self) -> Any:
        """The whole panel as one widget."""
        return self._root

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return not self._is_closed

    def display(self) -> None:
        """Show it in the output of the cell that runs now, and begin to watch."""
        from IPython.display import display

        follow_front_end(self._root)
        bundle = dict(self._root._repr_mimebundle_())
        # the picture above is what is left where there are no widgets
        display({**bundle, "text/plain": "", "text/html": ""}, raw=True)
        self.open()

    def open(self) -> None:
        """Begin to watch."""
        if self._thread is None:
            name = f"agilab-workflow-{self.path.stem}"
            self._thread = threading.Thread(target=self._look, name=name, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread and close the widgets; the static picture stays."""
        if self._is_closed:
            return
        self._is_closed = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)
        for each in (self.doing, self.reading):
            each.close()
        with self._writing:
            close_all(self._root)

    def _show_chosen(self) -> None:
        """Show the run of the stage that was chosen, where it has one."""
        name = self.graph.chosen
        run, before = self._run_of(name), self._below
        if run is not None and before is not None and before.run.path == run.path:
            return
        below = None
        if run is not None:
            with suppress(AgilabError, OSError):
                below = ChosenStage(run, self.reading)
        with self._writing:
            if self._is_closed:
                if below is not None:
                    close_all(below.view)
                return
            self._below = below
            if below is not None:
                follow_front_end(below.view)
            kept = self._root.children[:2]
            self._root.children = (*kept, below.view) if below is not None else kept
            if before is not None:
                close_all(before.view)

    def act(self, what: str, flags: tuple[str, ...]) -> str:
        """Run or stop; gives a sentence."""
        from jupyter_agilab.workflows import stop_workflow

        if what not in self.graph.can:
            raise UsageError("a run is under way" if what == "run" else "no run is under way")
        if what == "stop":
            self.doing.do("stop", lambda: self._stopped(stop_workflow(self.path)))
            return "stopping"
        said = {name: name in flags for name in self._flags({})}
        self._is_starting = True
        self._set(can=[], notice="", flags=said)
        self.doing.do("run", self._start)
        return "starting"

    def look(self, name: str, answer: Callable[[dict[str, Any]], None]) -> None:
        """Look a stage up, in a thread of its own: its logs may be long."""

        def told() -> dict[str, Any]:
            try:
                return self._detail(name)
            except (AgilabError, OSError, ValueError) as error:
                return {"fields": [["Not known", str(error)]], "failures": [], "log": ""}

        self.reading.do(f"stage-{id(answer)}", lambda: answer(told()))

    def refresh(self) -> None:
        """Show the workflow as it is now."""
        with self._looking:
            self._refresh()

    def _refresh(self) -> None:
        from jupyter_agilab.workflows import workflow_graph

        status = None
        if self._watch is not None:
            status = self._watch.refresh()
            told = status.to_json()
        else:
            told = workflow_graph(self.path, plan=self._plan())
        ended = has_ended(told)
        can = [] if self._is_starting else ["run"] if ended else ["stop"]
        self._set(told=_slim(told), can=can, places=_places(told))
        if self._below is not None:
            self._below.refresh()
        run = self._run_of(self.graph.chosen)
        if (run.path if run else None) != (self._below.run.path if self._below else None):
            self.reading.do("chosen", self._show_chosen)
        if status is not None and self._picture is not None and self.twin.is_shown:
            self._show_picture(status, is_last=ended)
        if status is not None and ended and self._told_end != status.run_id:
            self._told_end = status.run_id
            if self._is_ours and self._leave is not None:
                with suppress(AgilabError):
                    self._leave(status)

    def _run_of(self, name: str) -> RunDirectory | None:
        """Give a stage's part of the run that is shown; None where it is off, or has not begun."""
        watch = self._watch
        stages = watch.status.stages if watch is not None else ()
        places = (Path(each.run_dir) for each in stages if each.name == name and each.run_dir)
        return next((run for run in map(RunDirectory, places) if run.manifest.is_file()), None)

    def _show_picture(self, status: WorkflowStatus, *, is_last: bool) -> None:
        now = time.monotonic()
        if self._picture is None or (not is_last and now - self._twin_at < _TWIN_S):
            return
        if is_last and self._told_end == status.run_id:
            return
        self._twin_at = now
        self.twin.show(self._picture(status))

    def _look(self) -> None:
        while self.is_open:
            idle = self._watch is None or has_ended(self.graph.told)
            self._wake.wait(_IDLE_S if idle else _TICK_S)
            self._wake.clear()
            if self._is_closed:
                return
            # whatever happens to one look, the next one must come
            try:
                if not idle or self._has_changed():
                    self.refresh()
                    if self._is_behind:
                        self._is_behind = False
                        self._set(notice="")
                elif self._below is not None:
                    # of a run that has ended, what single partitions took is still being read
                    self._below.refresh()
            except Exception as error:  # noqa: BLE001  # told in the panel; there is nobody to raise it to
                self._is_behind = True
                self._set(notice=f"the graph cannot be brought up to date: {type(error).__name__}: {error}")

    def _has_changed(self) -> bool:
        """Say whether the file was changed, while nothing runs; what cannot be read leaves what is shown."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        stamp = (found.st_mtime_ns, found.st_size)
        before, self._seen = self._seen, stamp
        if before in {None, stamp}:
            return False
        file = read_workflow(self.path)
        if file.workflow is None:
            first = next(iter(errors_in(file.findings)), None)
            self._is_behind = True
            self._set(notice=f"{self.path.name} cannot be read" + (f": {first.message}" if first else ""))
            return False
        self._set(flags=self._flags(self.graph.flags))
        if has_ended(self.graph.told):
            # the graph that was run may be another one than the file has now
            self._watch = None
        return True

    def _start(self) -> None:
        from jupyter_agilab.workflow.running.settings import WorkflowSettings
        from jupyter_agilab.workflows import submit_workflow

        try:
            self._watch = submit_workflow(self.path, WorkflowSettings(flags=self._switches()))
        finally:
            self._is_starting = False
        self._is_ours = True
        self.refresh()
        self._wake.set()

    def _stopped(self, status: WorkflowStatus) -> None:
        self._wake.set()

    def _plan(self) -> Any:
        from jupyter_agilab.workflows import plan_workflow

        with suppress(AgilabError, OSError):
            return plan_workflow(self.path, flags=self._switches())
        return None

    def _flags(self, said: Mapping[str, bool]) -> dict[str, bool]:
        """Give the flags that the file has, as it was said, else as the file says."""
        workflow = read_workflow(self.path).workflow
        known = workflow.flags if workflow is not None else {}
        return {name: said.get(name, is_on) for name, is_on in known.items()}

    def _switches(self) -> tuple[str, ...]:
        """Give what a run must be told so that the flags are as they are shown."""
        return tuple(name if is_on else f"no-{name}" for name, is_on in self.graph.flags.items())

    def _detail(self, name: str) -> dict[str, Any]:
        told = self.graph.told
        stage = next((each for each in told.get("stages", ()) if each["name"] == name), None)
        if stage is None:
            return {"fields": [["Stage", f"there is no stage {name}"]], "failures": [], "log": ""}
        pairs = [
            ("State", state_of(stage)[0]),
            ("Partitions", counts_words(stage)),
            ("Time", seconds_words(stage)),
            ("Needs", needs_words(told, name)),
            ("Where", place_words(stage)),
            ("Contract", str(stage.get("contract") or "")),
            ("Result", self._relative(str(stage.get("artifact") or ""))),
        ]
        failures: list[tuple[str, str]] = []
        log = ""
        run = self._run_of(name)
        if run is not None:
            pairs.append(("Run", run.run_id))
            failures = failures_in(name, RunWatch(run).refresh())
            lines = islice(RunLogs(run).lines(), _LOG_LINES)
            log = "\n".join(
                line.text if line.index is None else f"[{line.index}] {line.text}" for line in lines
            )
        return {
            "fields": [[key, value] for key, value in pairs if value],
            "failures": [[title, text[:_TEXT_CHARACTERS]] for title, text in failures],
            "log": log[:_TEXT_CHARACTERS],
        }

    def _relative(self, path: str) -> str:
        """Give a path as the workflow's file would name it, where it lies in its folder."""
        folder = self.path.parent
        return str(Path(path).relative_to(folder)) if path and Path(path).is_relative_to(folder) else path

    def _set(self, **traits: Any) -> None:
        """Change what has changed, in one message."""
        with self._writing:
            if self._is_closed:
                return
            with self.graph.hold_sync():
                for name, value in traits.items():
                    if getattr(self.graph, name) != value:
                        setattr(self.graph, name, value)

    def _failed(self, error: Exception) -> None:
        told = str(error) if isinstance(error, AgilabError | OSError) else f"{type(error).__name__}: {error}"
        self._set(notice=told)
        self._wake.set()
        with suppress(AgilabError, OSError):
            self.refresh()


def _slim(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the browser asks for when it is wanted, and round what would change at every look."""
    stages = [
        {
            **{key: value for key, value in stage.items() if key not in _ASKED_FOR},
            "seconds": round(float(stage.get("seconds") or 0.0), 1 if stage["state"] != "running" else 0),
        }
        for stage in told["stages"]
    ]
    return {**told, "stages": stages}


def _places(told: dict[str, Any]) -> dict[str, Any]:
    return graph_layout([str(each["name"]) for each in told["stages"]], told["edges"]).to_json()
