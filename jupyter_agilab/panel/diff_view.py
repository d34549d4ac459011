"""What differs between two contracts or runs, as a card."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.comparison import Difference
from jupyter_agilab.panel.diff_text import diff_text
from jupyter_agilab.panel.markup import Markup, badge, element, prose, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View


@dataclass(frozen=True, slots=True, repr=False)
class DiffView(View):
    """The changes of contract, code and plan."""

    difference: Difference

    def text(self) -> str:
        """Give the changes as text."""
        return diff_text(self.difference)

    def html(self) -> Markup:
        """Give the changes as a table."""
        found = self.difference
        rows = [
            [name, prose(change)] for name in ("contract", "code", "plan") for change in getattr(found, name)
        ]
        title = f"From {found.before} to {found.now}"
        state = badge("nothing differs", "good") if found.is_same else badge(f"{len(rows):,} changes", "info")
        return card(
            title,
            element("div", element("span", title, class_="ag-title"), state, class_="ag-head"),
            table(title, ["Of the", "What changed"], rows, row_heads=True, caption_shown=False)
            if rows
            else None,
            *(element("p", "Not known: ", prose(each), class_="ag-soft") for each in found.unknown),
        )
