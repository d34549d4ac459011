"""What partitions printed, as a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_agilab.panel.columns import clip, printable
from jupyter_agilab.panel.logs_text import (
    LEGEND,
    STDERR_MARK,
    flat_line,
    grouped,
    line_text,
    log_lines,
    origin_of,
)
from jupyter_agilab.panel.markup import Markup, code, details, element, joined
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.logs import LogLine

_OPEN_GROUPS = 8
_WIDEST = 300


@dataclass(frozen=True, slots=True, repr=False)
class LogsView(View):
    """Lines of a run's logs.

    Attributes
    ----------
    described
        What each partition is, by index.
    note
        One more sentence for the reader.
    """

    stage: str
    run_id: str
    lines: tuple[LogLine, ...]
    described: Mapping[int, str]
    note: str = ""

    def text(self) -> str:
        """Give the lines below the partitions that printed them."""
        told = [f"logs of {self.stage}, run {self.run_id}"]
        told += log_lines(self.lines, self.run_id, self._describe)
        if self._has_stderr:
            told.append(f"({LEGEND})")
        return "\n".join([*told, *filter(None, [printable(self.note)])])

    def html(self) -> Markup:
        """Give a card with one part that opens for each partition."""
        head = element(
            "div",
            element("span", f"Logs of {self.stage}", class_="ag-title"),
            code(self.run_id),
            class_="ag-head",
        )
        parts: list[Markup | None] = [head]
        for number, (first, group) in enumerate(grouped(self.lines)):
            made = [_line_html(line) for line in group]
            parts.append(
                details(
                    origin_of(first, self.run_id, self._describe),
                    element("pre", joined(made, "\n"), tabindex="0"),
                    is_open=number < _OPEN_GROUPS,
                )
            )
        if not self.lines:
            parts.append(element("p", "No line."))
        if self._has_stderr:
            parts.append(element("p", f"{LEGEND[0].upper()}{LEGEND[1:]}.", class_="ag-soft"))
        if self.note:
            parts.append(element("p", self.note, class_="ag-soft"))
        return card(f"Logs of stage {self.stage}", *parts)

    @property
    def _has_stderr(self) -> bool:
        return any(line.stream == "stderr" for line in self.lines)

    def _describe(self, index: int | None) -> str:
        return self.described.get(index, "") if index is not None else ""


def printed_html(lines: Sequence[LogLine], run_id: str) -> Markup | None:
    """Give the last lines of a run as a part of its card; None where there are none."""
    if not lines:
        return None
    shown = [flat_line(line, run_id, lambda _: "") for line in lines]
    return details(
        "Printed last",
        element("pre", *(element("div", clip(text, _WIDEST)) for text in shown), tabindex="0"),
        is_open=True,
    )


def _line_html(line: LogLine) -> Markup:
    text = line_text(line)
    if text.startswith(STDERR_MARK.strip()) and line.stream == "stderr":
        return element("span", text, class_="ag-m")
    return element("span", text)
