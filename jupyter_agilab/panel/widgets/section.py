"""What the parts of the panel's stepper know of the panel, and what the panel knows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.planning.plan import Plan

if TYPE_CHECKING:
    from jupyter_agilab.panel.widgets.document import ContractDocument
    from jupyter_agilab.run.submit import RunSettings
    from jupyter_agilab.run.tried import TrialReport
    from jupyter_agilab.stages import StageDraft


@dataclass(slots=True)
class PanelState:
    """What is shown; changed by the panel only.

    Attributes
    ----------
    contract
        As the controls have it; None where the file cannot be used.
    contract_text
        The file's text as it was last seen.
    plan
        Of that contract; None where none can be made, or it is being made.
    findings
        About the file and the plan.
    draft
        The cell as it was extracted; None where the panel was not opened by one.
    report
        The last trial of this panel.
    is_tried
        Whether this code had a good trial or a finished run; None while that is not known.
    is_planning, is_trying
        What is under way.
    """

    path: Path
    contract: Contract | None = None
    contract_text: str = ""
    plan: Plan | None = None
    findings: tuple[Finding, ...] = ()
    draft: StageDraft | None = None
    report: TrialReport | None = None
    is_tried: bool | None = None
    is_planning: bool = False
    is_trying: bool = False
    is_running: bool = False
    clusters: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def folder(self) -> Path:
        """The contract's folder."""
        return self.path.parent

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.contract.name if self.contract is not None else self.path.name.partition(".")[0]


class Panel(Protocol):
    """What a section may ask the panel for."""

    @property
    def state(self) -> PanelState:
        """What is shown."""

    @property
    def document(self) -> ContractDocument:
        """The contract's file."""

    def edit(self, change: Callable[[Contract], Contract]) -> None:
        """Change the contract: planned at once, written a moment later."""

    def share(self, name: str, is_shared: bool) -> None:
        """Extract the cell again, with a name as a shared file or not."""

    def try_one(self, index: int, *, sizes: bool = False) -> None:
        """Run one partition, or one of each size."""

    def start(self, settings: RunSettings | None = None) -> None:
        """Start a run."""

    def go_to(self, section: str) -> None:
        """Open a section."""


@dataclass(slots=True)
class Quiet:
    """Lets a section set its own controls without taking that for a change by the reader."""

    _depth: int = field(default=0)

    @contextmanager
    def setting(self) -> Iterator[None]:
        """Keep observers quiet meanwhile."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def __bool__(self) -> bool:
        return self._depth > 0


class Section(Protocol):
    """One part of the stepper: ``title`` on its button, ``about`` in its tooltip, ``widget`` below it."""

    title: str
    about: str
    widget: Any

    def show(self) -> None:
        """Show the panel's state as it is now."""
