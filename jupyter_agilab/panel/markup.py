"""HTML that is safe by construction: whatever is not markup already is escaped where it is put in."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Literal

from jupyter_agilab.panel.columns import printable

Tone = Literal["good", "bad", "warn", "info", "plain"]

_VOID = frozenset({"br", "hr", "wbr"})


class Markup(str):
    """Text that is HTML already. Everything else that goes into an `element` is escaped."""

    __slots__ = ()


def escaped(text: object) -> Markup:
    """Make any value harmless text: markup is escaped, control characters become visible."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(printable(str(text), keep="\n\t")))


def element(name: str, *children: object, **attributes: object) -> Markup:
    """Make an element.

    Parameters
    ----------
    children
        Its content in order; None is left out.
    attributes
        ``class_`` is ``class``, other underscores become hyphens. None and False leave an attribute out, True
        gives it without a value.
    """
    parts = [name]
    for keyword, value in attributes.items():
        if value is None or value is False:
            continue
        key = keyword.rstrip("_").replace("_", "-")
        parts.append(key if value is True else f'{key}="{html.escape(printable(str(value)))}"')
    start = " ".join(parts)
    if name in _VOID:
        return Markup(f"<{start}>")
    return Markup(f"<{start}>{joined(children)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Put markup and text behind one another; None is left out."""
    return Markup(escaped(between).join(escaped(part) for part in parts if part is not None))


def prose(text: object) -> Markup:
    """Give a sentence in which what stands between backticks is code."""
    if isinstance(text, Markup):
        return text
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return joined(element("code", part) if at % 2 else part for at, part in enumerate(parts))


def badge(text: str, tone: Tone) -> Markup:
    """Make a small coloured word; the word says it all, the colour only helps."""
    return element("span", text, class_=f"ag-badge ag-{tone}")


def code(text: object) -> Markup:
    """Make a piece of code inside a line."""
    return element("code", text)


def details(summary: object, *content: object, is_open: bool = False) -> Markup:
    """Make a part that opens when its summary is clicked; works without scripts."""
    return element("details", element("summary", summary), *content, open=is_open)


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Make a row of named figures that wraps in a narrow cell; pairs with an empty value are left out."""
    items = [
        element("div", element("dt", name), element("dd", value))
        for name, value in pairs
        if value is not None and value != ""
    ]
    return element("dl", *items, class_="ag-facts") if items else Markup("")


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Iterable[int] = (),
    row_heads: bool = False,
    caption_shown: bool = True,
) -> Markup:
    """Make a table with a caption and scoped headings, in a box of its own that scrolls where it is too wide.

    Parameters
    ----------
    numbers
        Columns that are set to the right.
    row_heads
        Whether the first column names the row.
    caption_shown
        False where the text above the table says the same; the caption is then for screen readers only.
    """
    right = dict.fromkeys(numbers, "ag-number")
    headings = [element("th", text, scope="col", class_=right.get(at)) for at, text in enumerate(head)]
    lines = []
    for row in rows:
        cells = [
            element("th", cell, scope="row", class_=right.get(at))
            if row_heads and at == 0
            else element("td", cell, class_=right.get(at))
            for at, cell in enumerate(row)
        ]
        lines.append(element("tr", *cells))
    made = element(
        "table",
        element("caption", caption, class_=None if caption_shown else "ag-unseen"),
        element("thead", element("tr", *headings)),
        element("tbody", *lines),
    )
    # a box that scrolls must be reachable by keyboard and have a name
    return element("div", made, class_="ag-scroll", role="region", aria_label=caption, tabindex="0")


def bar(part: float, whole: float, label: str, tone: Tone = "info") -> Markup:
    """Draw a share as a bar; `label` says it in words for those who do not see it."""
    share = min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0
    filled = element("span", class_=f"ag-{tone}", style=f"width:{100 * share:.1f}%")
    return element("div", filled, class_="ag-bar", role="img", aria_label=label)
