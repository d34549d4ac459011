"""What a function will receive, as a card."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.markup import Markup, badge, element, table
from jupyter_agilab.panel.preview_text import preview_text
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.preview import PartitionPreview


@dataclass(frozen=True, slots=True, repr=False)
class PreviewView(View):
    """The arguments of one partition."""

    preview: PartitionPreview

    def text(self) -> str:
        """Give the arguments as text."""
        return preview_text(self.preview)

    def html(self) -> Markup:
        """Give the arguments as a card."""
        preview = self.preview
        title = f"Partition {preview.index:,} of {preview.stage}"
        head = element(
            "div",
            element("span", title, class_="ag-title"),
            badge("nothing ran yet", "plain"),
            class_="ag-head",
        )
        rows = [
            [argument.name, argument.form, element("pre", argument.shown, tabindex="0")]
            for argument in preview.arguments
        ]
        caption = f"{preview.function} receives"
        return card(
            title,
            head,
            element("p", preview.described),
            table(caption, ["Parameter", "What", "Beginning"], rows, row_heads=True),
        )
