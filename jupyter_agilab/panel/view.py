"""What every display is: one text form and one static HTML form of the same facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from jupyter_agilab.panel.markup import Markup


class View(ABC):
    """Something to show. A front end takes the richest form that it can draw; a saved notebook keeps both."""

    __slots__ = ()

    @abstractmethod
    def text(self) -> str:
        """Give the display for a terminal, a log or a reader without HTML."""

    @abstractmethod
    def html(self) -> Markup:
        """Give the display as HTML that needs no script, no network and no trust."""

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": str(self.html())}
