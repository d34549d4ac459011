"""Scale: where the stage runs and with how many workers, what that will take, and the button that runs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets

from jupyter_agilab.contract.model import BACKENDS
from jupyter_agilab.panel.estimate_view import estimate_html
from jupyter_agilab.panel.markup import Markup, element, joined
from jupyter_agilab.panel.widgets.boxes import (
    button,
    choice,
    column,
    row,
    set_markup,
    set_value,
    shown,
    text_box,
)
from jupyter_agilab.panel.widgets.section import Panel, Quiet
from jupyter_agilab.run.submit import RunSettings

_MEANINGS = {
    "local": "one partition after another",
    "pool": "worker processes on this machine",
    "dask": "Dask workers, here or on a cluster",
}
_NO_CLUSTER = ""


class ScaleSection:
    """Run at full size. Who comes here without a good trial is asked once."""

    title = "Scale"
    about = "Run all of them"

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._quiet = Quiet()
        self._was_asked = False
        self._asking = column(
            text_box(
                element(
                    "p",
                    "This stage was not tried on one partition yet. A trial takes as long as one partition, "
                    "and mistakes show sooner. Go on without?",
                    role="alert",
                )
            ),
            row(
                button(
                    "Try one partition first", "Opens Trial", lambda: panel.go_to("trial"), style="primary"
                ),
                button("Go on without a trial", "You will not be asked again", self._go_on),
            ),
        )
        self._backend = choice(
            "Runs on",
            "Where the partitions run",
            [(f"{name}: {_MEANINGS[name]}", name) for name in BACKENDS],
            BACKENDS[0],
            self._put_backend,
        )
        self._cluster = choice(
            "Cluster",
            "A place named in clusters.toml",
            [("no cluster", _NO_CLUSTER)],
            _NO_CLUSTER,
            lambda _: None,
        )
        self._workers = ipywidgets.BoundedIntText(
            value=0,
            min=0,
            max=100_000,
            description="Workers",
            tooltip="Workers for this run; 0 takes the plan's number",
            style={"description_width": "9em"},
            layout={"width": "18em"},
        )
        self._estimate = text_box()
        self._run = button(
            "Run", "Runs all partitions; other cells can run meanwhile", self._start, style="success"
        )
        self._form = column(
            self._backend,
            self._cluster,
            row(self._workers, text_box("0: as planned")),
            self._estimate,
            row(self._run),
        )
        self.widget = column(self._asking, self._form)

    @property
    def settings(self) -> RunSettings:
        """Give what the controls say about the next run."""
        cluster = self._cluster.value or None
        return RunSettings(
            workers=int(self._workers.value) or None, cluster=cluster, backend="dask" if cluster else None
        )

    def show(self) -> None:
        """Show what the run would be."""
        state = self._panel.state
        contract = state.contract
        with self._quiet.setting():
            self._backend.disabled = contract is None
            if contract is not None:
                set_value(self._backend, contract.backend)
            options = (("no cluster", _NO_CLUSTER), *((name, name) for name in state.clusters))
            if tuple(self._cluster.options) != options:
                kept = self._cluster.value
                self._cluster.options = options
                self._cluster.value = kept if kept in state.clusters else _NO_CLUSTER
        shown(self._cluster, bool(state.clusters))
        must_ask = (
            state.is_tried is False
            and not self._was_asked
            and not state.is_running
            and contract is not None
            and contract.backend != "local"
        )
        shown(self._asking, must_ask)
        shown(self._form, not must_ask)
        self._run.disabled = state.is_running or contract is None or state.plan is None
        set_markup(self._estimate, self._told())

    def _told(self) -> Markup | None:
        plan = self._panel.state.plan
        if self._panel.state.is_planning:
            return element("p", "Planning…", role="status")
        if plan is None:
            return element("p", "There is no plan that can run, see Split.")
        if plan.estimate is None:
            return element("p", "Nothing is known about the time yet: a trial tells.")
        return joined([estimate_html(plan.estimate)])

    def _go_on(self) -> None:
        self._was_asked = True
        self.show()

    def _start(self) -> None:
        self._was_asked = True
        self._panel.start(self.settings)

    def _put_backend(self, backend: Any) -> None:
        if not self._quiet and backend is not None:
            self._panel.edit(lambda contract: replace(contract, backend=backend))
