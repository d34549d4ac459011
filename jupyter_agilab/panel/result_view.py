"""A finished stage: where its artifact is, what it holds, its first records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.panel.markup import Markup, badge, code, details, element, facts, joined, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import result_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.result import StageResult

_SHOWN_COLUMNS = 12
_CELL_CHARACTERS = 80
_RECORD_CHARACTERS = 300
_NUMERIC = ("int", "uint", "float", "double", "decimal", "null")


@dataclass(frozen=True, slots=True, repr=False)
class ResultView(View):
    """A result; ``place`` is its artifact as the reader would name it, ``rows`` how many records to show."""

    result: StageResult
    place: str = ""
    rows: int = 5

    def text(self) -> str:
        """Give the result as text."""
        return result_text(self.result, rows=self.rows)

    def html(self) -> Markup:
        """Give the result as a card."""
        result = self.result
        head = element(
            "div",
            element("span", f"Result of {result.stage}", class_="ag-title"),
            badge(counted(result.records_count, "record"), "good"),
            class_="ag-head",
        )
        reused = f", {result.reused:,} from earlier runs" if result.reused else ""
        numbers = facts(
            [
                ("artifact", code(self.place or result.path)),
                ("size", size(result.size_bytes)),
                ("partitions", f"{result.partitions:,}{reused}"),
                ("time", duration(result.seconds)),
            ]
        )
        usage = element(
            "p",
            code(result.stage),
            " holds this result: ",
            joined([code(".to_pandas()"), code(".records()"), code(".path")], ", "),
            class_="ag-soft",
        )
        return card(f"Result of stage {result.stage}", head, numbers, *self._content(), usage)

    def _content(self) -> list[Markup | None]:
        try:
            schema, sample = self.result.schema(), self.result.sample(self.rows)
        except (OSError, ValueError, AgilabError) as error:
            # it was moved or written over since; the figures above still hold
            return [element("p", "Its records cannot be shown: ", str(error), class_="ag-lines")]
        return [sample_html(sample, self.result.records_count, schema), _schema(schema)]


def sample_html(sample: Sequence[Any], count: int, schema: Sequence[tuple[str, str]]) -> Markup | None:
    """Give records as a table where they all are mappings, else as JSON; None where there are none."""
    if not sample:
        return None
    caption = f"First {counted(len(sample), 'record')}" if count > len(sample) else "All records"
    if not all(isinstance(record, dict) and record for record in sample):
        lines = "\n".join(_shortened(_as_text(record), _RECORD_CHARACTERS) for record in sample)
        return joined([element("div", element("strong", caption)), element("pre", lines, tabindex="0")])
    names = list(dict.fromkeys(str(name) for record in sample for name in record))
    shown = names[:_SHOWN_COLUMNS]
    rows = [
        [_shortened(_as_text(record.get(name, "")), _CELL_CHARACTERS) for name in shown] for record in sample
    ]
    numeric = {name for name, kind in schema if all(map(_is_numeric, kind.split(" or ")))}
    numbers = [at for at, name in enumerate(shown) if name in numeric]
    more = len(names) - len(shown)
    note = element("p", f"… and {counted(more, 'more column')}", class_="ag-soft") if more > 0 else None
    return joined([table(caption, shown, rows, numbers=numbers), note])


def _schema(schema: Sequence[tuple[str, str]]) -> Markup | None:
    if not schema:
        return None
    rows = [[name, kind] for name, kind in schema]
    return details(
        f"Columns ({len(rows):,})",
        table("Columns", ["Name", "Type"], rows, row_heads=True, caption_shown=False),
    )


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _is_numeric(kind: str) -> bool:
    return kind.startswith(_NUMERIC)
