"""What the doings of a panel need of the panel: work done by its thread, and what changed shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jupyter_agilab.panel.markup import Markup
from jupyter_agilab.panel.widgets.document import ContractDocument
from jupyter_agilab.panel.widgets.section import PanelState


class Showing(Protocol):
    """The panel as `PanelJobs` sees it."""

    state: PanelState
    document: ContractDocument

    def post(self, do: Callable[[], None]) -> None:
        """Have the panel's own thread do something."""
        ...

    def show(self) -> None:
        """Show the sections as they are."""
        ...

    def show_run(self) -> None:
        """Show the run as it is."""
        ...

    def show_advice(self, markup: Markup | None) -> None:
        """Show what there is to say about a run that has ended."""
        ...

    def show_data(self) -> None:
        """Show other partitions, or another run, in the view."""
        ...

    def show_planned(self) -> None:
        """Bring the static picture of what would run up to date."""
        ...

    def tell_view(self) -> None:
        """Have the view ask again."""
        ...

    def open_section(self, section: str) -> None:
        """Open a part."""
        ...
