"""Files: the contract's text, what changed in it, and a conflict where two changed it at once."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_agilab.panel.markup import Markup, code, details, element, joined
from jupyter_agilab.panel.source_html import source_html
from jupyter_agilab.panel.widgets.boxes import button, column, row, set_markup, shown, text_box
from jupyter_agilab.panel.widgets.document import ContractDocument
from jupyter_agilab.panel.widgets.section import Panel


class FilesSection:
    """The contract's file as it is now."""

    title = "Files"
    about = "The contract's text, and what changed in it"

    def __init__(self, panel: Panel) -> None:
        self._document = panel.document
        self._text = text_box()
        self.widget = column(self._text)

    def show(self) -> None:
        """Show the text and the difference."""
        document = self._document
        diff = document.diff()
        parts: list[Markup] = [element("p", "The contract is ", code(document.path.name), ".")]
        if document.has_unwritten:
            parts.append(element("p", "The last change is about to be written.", class_="ag-soft"))
        changed = element("pre", element("code", diff), tabindex="0") if diff else element("p", "Nothing.")
        parts += [
            details("Changed since this panel was opened", changed, is_open=bool(diff)),
            details("Text", source_html(document.text, "toml"), is_open=True),
        ]
        set_markup(self._text, joined(parts))


class ConflictBar:
    """Asks whose change counts; shown only while there is a conflict."""

    def __init__(self, document: ContractDocument, done: Callable[[], None]) -> None:
        self._document = document
        self._told, self._diff = text_box(), text_box()
        self._is_open = False
        self._done = done
        buttons = row(
            button("Keep mine", "Writes the values of this panel into the file", self._keep, style="warning"),
            button("Take the file's", "Drops the change of this panel", self._take),
            button("Show the difference", "Shows or hides both versions side by side", self._toggle),
        )
        self.widget = column(self._told, buttons, self._diff)
        self.show()

    def show(self) -> None:
        """Show the conflict, or nothing."""
        conflict = self._document.conflict
        shown(self.widget, conflict is not None)
        if conflict is None:
            self._is_open = False
            return
        name = self._document.path.name
        told = f"{name} was changed on disk while it was changed here. Nothing is written yet."
        set_markup(self._told, element("p", element("strong", told), role="alert"))
        set_markup(self._diff, element("pre", conflict.diff(), tabindex="0") if self._is_open else None)

    def _keep(self) -> None:
        self._document.keep_mine()
        self._end()

    def _take(self) -> None:
        self._document.take_theirs()
        self._end()

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self.show()

    def _end(self) -> None:
        self.show()
        self._done()
