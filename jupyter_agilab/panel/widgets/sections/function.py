"""1 Function: the module, and what became of each name from outside the cell."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.extract.extraction import Capture
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, code, details, element, joined, prose, table
from jupyter_agilab.panel.source_html import source_html
from jupyter_agilab.panel.text import BECOMES
from jupyter_agilab.panel.widgets.boxes import choice, column, set_markup, set_value, text_box
from jupyter_agilab.panel.widgets.section import Panel, Quiet

_MOST_CHOICES = 12
_IN_CONTRACT, _AS_FILE = "a value in the code or contract", "a shared file"


class FunctionSection:
    """The function of the stage."""

    title = "1 Function"
    about = "The module, and what each name from outside became"

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._quiet = Quiet()
        self._head, self._captures, self._module = text_box(), text_box(), text_box()
        self._choices: dict[str, Any] = {}
        self._choice_box = column()
        self.widget = column(self._head, self._captures, self._choice_box, self._module)

    def show(self) -> None:
        """Show the module and the captures."""
        state = self._panel.state
        draft, contract = state.draft, state.contract
        if draft is not None:
            captures = draft.extraction.captures
            set_markup(
                self._head, joined([_signature(draft.extraction), findings_html(draft.extraction.findings)])
            )
            set_markup(self._captures, _table(captures))
            self._show_choices(captures)
        elif contract is not None:
            set_markup(self._head, element("p", "The contract names ", code(contract.function), "."))
            rows = [
                [code(name), "parameter", code(repr(value))] for name, value in contract.parameters.items()
            ]
            rows += [[code(name), "shared file", code(item.path)] for name, item in contract.shared.items()]
            head = ["Name", "Became", "Value"]
            set_markup(
                self._captures, table("Names from outside", head, rows, row_heads=True) if rows else None
            )
        set_markup(self._module, self._source())

    def _source(self) -> Markup | None:
        contract = self._panel.state.contract
        if contract is None or not contract.module.endswith(".py"):
            return None
        try:
            text = (self._panel.state.folder / contract.module).read_text("utf-8", "replace")
        except OSError as error:
            return element("p", f"{contract.module} cannot be read: {error.strerror or error}")
        return details(code(contract.module), source_html(text, "python"), is_open=text.count("\n") <= 60)

    def _show_choices(self, captures: tuple[Capture, ...]) -> None:
        names = [each.name for each in captures if each.becomes in {"parameter", "constant", "shared"}]
        names = names[:_MOST_CHOICES]
        shared = {each.name for each in captures if each.becomes == "shared"}
        if list(self._choices) != names:
            self._choices = {name: self._choice(name, name in shared) for name in names}
            self._choice_box.children = tuple(self._choices.values())
        with self._quiet.setting():
            for name, made in self._choices.items():
                set_value(made, name in shared)

    def _choice(self, name: str, is_shared: bool) -> Any:
        def change(value: bool) -> None:
            if not self._quiet:
                self._panel.share(name, value)

        told = f"How {name} travels to the workers"
        return choice(name, told, [(_IN_CONTRACT, False), (_AS_FILE, True)], is_shared, change)


def _signature(extraction: Any) -> Markup | None:
    if extraction.module_text is None:
        return None
    called = f"{extraction.function_name}({', '.join(map(str, extraction.signature))})"
    # of a docstring, where code stands between two backticks
    told = extraction.returns.replace("``", "`").rstrip(".")
    return element("p", code(called), prose(f" Result: {told[:1].lower() + told[1:]}.") if told else None)


def _table(captures: tuple[Capture, ...]) -> Markup | None:
    if not captures:
        return element("p", "The cell needs nothing from outside.")
    rows = [[code(each.name), BECOMES[each.becomes], prose(each.explanation)] for each in captures]
    return table("What each name from outside became", ["Name", "Became", "Why"], rows, row_heads=True)
