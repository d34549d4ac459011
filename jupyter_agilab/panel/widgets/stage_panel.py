"""The panel: the stepper's sections, the run, the view of partitions; and one thread that watches."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.markup import Markup, element, joined
from jupyter_agilab.panel.style import style_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.panel.widgets.boxes import column, set_markup, text_box
from jupyter_agilab.panel.widgets.document import ContractDocument
from jupyter_agilab.panel.widgets.panel_jobs import PanelJobs
from jupyter_agilab.panel.widgets.remembered import SECTIONS, remember_section, remembered_section
from jupyter_agilab.panel.widgets.run_box import RunBox
from jupyter_agilab.panel.widgets.section import PanelState, Section
from jupyter_agilab.panel.widgets.sections.files import ConflictBar, FilesSection
from jupyter_agilab.panel.widgets.sections.function import FunctionSection
from jupyter_agilab.panel.widgets.sections.reducer import ReducerSection
from jupyter_agilab.panel.widgets.sections.scale import ScaleSection
from jupyter_agilab.panel.widgets.sections.split import SplitSection
from jupyter_agilab.panel.widgets.sections.trial import TrialSection
from jupyter_agilab.panel.widgets.twin import Twin, hiding
from jupyter_agilab.panel.widgets.view_model import StageView
from jupyter_agilab.panel.widgets.widget_tree import close_all, follow_front_end
from jupyter_agilab.run.watch import RunStatus, RunWatch

if TYPE_CHECKING:
    from jupyter_agilab.stages import StageDraft

_TICK_S = 0.1
_IDLE_S = 0.5
_FILE_S = 1.0
_BOX_S = 0.5
_TWIN_S = 5.0
_FLAT = ".agilab.agilab.ag-flat{border:0;padding:0;margin:0;max-width:none;background:none}"


_SECTIONS: dict[
    str,
    type[FunctionSection | SplitSection | ReducerSection | TrialSection | ScaleSection | FilesSection],
] = {
    "function": FunctionSection,
    "split": SplitSection,
    "reducer": ReducerSection,
    "trial": TrialSection,
    "scale": ScaleSection,
    "files": FilesSection,
}


class StagePanel:
    """The live panel of one stage.

    Parameters
    ----------
    path
        The contract.
    name
        The class of the static pictures that it hides.
    section
        The part that is opened; None: where the author was last.
    draft
        The cell as it was extracted.
    again
        Extracts the cell again with other shared names, writes it and gives the draft.
    watch
        A run to show.
    picture
        Gives the static picture of a run.
    leave
        Called with the directory of a run that has finished while nobody waited for it.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        section: str | None = None,
        draft: StageDraft | None = None,
        again: Callable[[frozenset[str]], StageDraft] | None = None,
        watch: RunWatch | None = None,
        picture: Callable[[RunStatus], View] | None = None,
        leave: Callable[[RunStatus], None] | None = None,
    ) -> None:
        self.state = PanelState(path=path.resolve())
        self.document = ContractDocument(path)
        self.name = name
        self.twin, self.run_twin = Twin(name), Twin(name)
        self.picture = picture
        self.planned_picture: Callable[[PanelState], View] | None = None
        self.leave = leave
        self.is_waited_for = False
        self._posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = threading.Event()
        # clicks may come on another thread than the one that watches
        self._writing = threading.RLock()
        self._is_closed = False
        self._told_end = ""
        self._thread: threading.Thread | None = None
        self.jobs = PanelJobs(self, again)
        self.state.draft = draft
        self._build(section or remembered_section(self.state.folder, self.state.name))
        self.jobs.begin(watch)
        self.show()

    def _build(self, section: str) -> None:
        self._sections: dict[str, Section] = {}
        self._steps = ipywidgets.ToggleButtons(
            options=[(made.title, name) for name, made in _SECTIONS.items()],
            value=section,
            tooltips=[made.about for made in _SECTIONS.values()],
            style={"button_width": "auto"},
        )
        self._steps.observe(self._on_step, "value")
        self._open_part = column()
        self._head = text_box()
        self._trouble = text_box()
        self._conflict = ConflictBar(self.document, self.jobs.settled)
        self._run = RunBox()
        self.view: StageView | None = None
        styles = ipywidgets.HTML(f"<style>{style_text()}{_FLAT}</style>{hiding(self.name)}")
        styles.layout.margin = "0"
        self._root = column(
            styles,
            self._head,
            self._conflict.widget,
            self._steps,
            self._open_part,
            self._trouble,
            self._run.widget,
        )

    @property
    def widget(self) -> Any:
        """The whole panel as one widget."""
        return self._root

    @property
    def section(self) -> str:
        """The part that is open."""
        return str(self._steps.value)

    def part(self, name: str) -> Section:
        """Give a part of the stepper, made when it is first opened: each widget costs a connection."""
        with self._writing:
            if name not in self._sections:
                self._sections[name] = _SECTIONS[name](self.jobs)
            return self._sections[name]

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return not self._is_closed

    def post(self, do: Callable[[], None]) -> None:
        """Do something in the thread that writes the widgets."""
        self._posted.put(do)
        self._wake.set()

    def open(self) -> None:
        """Begin to watch; the panel is shown by whoever displays its widget."""
        self._thread = threading.Thread(
            target=self._watch, name=f"agilab-panel-{self.state.name}", daemon=True
        )
        self._thread.start()

    def display(self) -> None:
        """Show the panel in the output of the cell that runs now."""
        from IPython.display import display

        follow_front_end(self._root)
        bundle = dict(self._root._repr_mimebundle_())
        # the picture above is what is left where there are no widgets
        display({**bundle, "text/plain": "", "text/html": ""}, raw=True)
        if self._thread is None:
            self.open()

    def close(self) -> None:
        """End the thread and the jobs, and close the widgets; the static picture stays."""
        if self._is_closed:
            return
        self._is_closed = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)
        self.jobs.close()
        with self._writing:
            close_all(self._root, *(each.widget for each in self._sections.values()))

    def show(self) -> None:
        """Show the state in the parts that are open."""
        with self._writing:
            if not self._is_closed:
                self._show()

    def _show(self) -> None:
        part = self.part(self.section)
        part.show()
        if self._open_part.children != (part.widget,):
            follow_front_end(part.widget)
            self._open_part.children = (part.widget,)
        state = self.state
        parts: list[Markup] = [element("span", f"Stage {state.name}", class_="ag-title")]
        set_markup(self._head, element("div", joined(parts), class_="ag-head"))
        set_markup(self._trouble, element("p", state.trouble, role="alert") if state.trouble else None)
        self._conflict.show()
        self.show_run()

    def show_run(self) -> None:
        """Show the run as it is."""
        with self._writing:
            if not self._is_closed:
                self._run.show(self.jobs.status, stopping=self.jobs.is_stopping)

    def show_advice(self, markup: Markup | None) -> None:
        """Show what there is to say about a run that has ended."""
        self._run.show_advice(markup)

    def show_data(self) -> None:
        """Show other partitions, or another run, in the view."""
        with self._writing:
            if not self._is_closed:
                self._show_data()

    def _show_data(self) -> None:
        data = self.jobs.data
        if data is None:
            return
        if self.view is None:
            self.view = StageView(data, self.jobs)
            follow_front_end(self.view)
            self._root.children = (*self._root.children, self.view)
        else:
            self.view.show(data)

    def tell_view(self) -> None:
        """Have the view ask again."""
        if self.view is not None:
            self.view.tell()

    def show_planned(self) -> None:
        """Bring the static picture of what would run up to date, once the controls have changed it."""
        is_edited = self.document.text != self.document.first
        if self.planned_picture is not None and is_edited and self.twin.is_shown and self.jobs.status is None:
            self.twin.show(self.planned_picture(self.state))

    def open_section(self, section: str) -> None:
        """Open a part."""
        self._steps.value = section

    def _on_step(self, event: dict[str, Any]) -> None:
        section = event["new"]
        self.show()
        if section in SECTIONS:
            self.jobs.reading.do(
                "remember", lambda: remember_section(self.state.folder, self.state.name, section)
            )

    def _watch(self) -> None:
        file_at = box_at = twin_at = 0.0
        while not self._is_closed:
            self._wake.wait(_TICK_S if self.jobs.is_busy else _IDLE_S)
            self._wake.clear()
            # whatever happens to one look, the next one must come
            try:
                self._do_posted()
                now = time.monotonic()
                if self.jobs.look() and self.view is not None:
                    self.view.tell()
                status = self.jobs.status
                if status is not None and (now - box_at > _BOX_S or status.ended):
                    box_at = now
                    if not status.ended or self._told_end != status.run_id:
                        self.show_run()
                if status is not None and not status.ended and now - twin_at > _TWIN_S:
                    twin_at = now
                    self._show_picture(status)
                if status is not None and status.ended and self._told_end != status.run_id:
                    self._end(status)
                if now - file_at > _FILE_S:
                    file_at = now
                    self.jobs.look_at_file()
            except Exception as error:  # noqa: BLE001  # told in the panel; there is nobody to raise it to
                self.state.trouble = (
                    f"the panel cannot be brought up to date: {type(error).__name__}: {error}"
                )
                with suppress(Exception):
                    set_markup(self._trouble, element("p", self.state.trouble, role="alert"))
                time.sleep(_IDLE_S)

    def _do_posted(self) -> None:
        while True:
            try:
                do = self._posted.get_nowait()
            except queue.Empty:
                return
            do()

    def _show_picture(self, status: RunStatus) -> None:
        # a run that was started by a click has no output of its own
        twin = self.run_twin if self.run_twin.is_shown else self.twin
        if self.picture is not None and twin.is_shown:
            twin.show(self.picture(status))

    def _end(self, status: RunStatus) -> None:
        self._told_end = status.run_id
        self._show_picture(status)
        self.jobs.ended(status)
        self.show()
        if self.leave is not None and not self.is_waited_for:
            with suppress(AgilabError):
                self.leave(status)
