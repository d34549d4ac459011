"""Text laid out for a terminal: aligned columns, bars, and lines that are no wider than they may be."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

WIDTH = 100
"""Columns of a display whose width is not known."""

ELLIPSIS = "…"
FULL, EMPTY = "█", "░"

PLAIN: Mapping[int, str] = str.maketrans({ELLIPSIS: "~", FULL: "#", EMPTY: "."})
"""One ASCII character for each of ours, for outputs whose encoding does not have it; widths stay."""

Side = Literal["left", "right"]


def printable(text: str, keep: str = "") -> str:
    r"""Escape control characters, so that a file name or a message cannot steer the terminal (``\x1b``)."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep or char == " " else repr(char)[1:-1] for char in text
    )


def columns_of(text: str) -> int:
    """Give the columns that one line of text takes; wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of_character, text))


def _columns_of_character(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def clip(text: str, width: int, *, keep: Side = "left") -> str:
    """Cut one line to `width` columns; `keep` is the side that stays, and an ellipsis marks the cut."""
    if columns_of(text) <= width:
        return text
    if width < 1:
        return ""
    taken: list[str] = []
    left = width - 1
    for char in text if keep == "left" else reversed(text):
        left -= _columns_of_character(char)
        if left < 0:
            break
        taken.append(char)
    if keep == "left":
        return "".join(taken) + ELLIPSIS
    return ELLIPSIS + "".join(reversed(taken))


def pad(text: str, width: int, side: Side = "left") -> str:
    """Fill one line with blanks up to `width` columns; `side` is where the text stands."""
    blanks = " " * max(0, width - columns_of(text))
    return text + blanks if side == "left" else blanks + text


def bar(part: float, whole: float, width: int) -> str:
    """Draw a share as a bar of `width` columns; only nothing is empty, and only all of it is full."""
    if width < 1:
        return ""
    share = min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0
    filled = round(share * width)
    if filled == width and share < 1:
        filled = width - 1
    if filled == 0 and share > 0 and width > 1:
        filled = 1
    return FULL * filled + EMPTY * (width - filled)


def table(
    rows: Sequence[Sequence[str]],
    *,
    head: Sequence[str] = (),
    sides: str = "",
    width: int = WIDTH,
    indent: int = 2,
    flexible: Mapping[int, Side] | None = None,
) -> list[str]:
    """Lay rows out in columns two blanks apart.

    Parameters
    ----------
    rows
        Cells, each one line. A column that is empty in every row is left out, with its heading.
    sides
        ``l`` or ``r`` for each column; left where it ends.
    width
        Columns that a line may take, `indent` included.
    flexible
        Which columns may be clipped, and the side of theirs that stays; wider ones are clipped first. Where
        that is not enough, lines are cut.

    Returns
    -------
    list of str
        One line per row, the heading first.
    """
    lines = [list(map(printable, row)) for row in rows]
    used = [at for at in range(max(map(len, lines), default=0)) if any(row[at] for row in lines)]
    if head:
        lines.insert(0, list(head))
    widths = {at: max(columns_of(row[at]) for row in lines) for at in used}
    over = indent + sum(widths.values()) + 2 * (len(used) - 1) - width
    keep = {at: side for at, side in (flexible or {}).items() if at in widths}
    for at in sorted(keep, key=lambda at: -widths[at]):
        cut = min(max(0, over), max(0, widths[at] - 8))
        widths[at] -= cut
        over -= cut
    made: list[str] = []
    for row in lines:
        cells = [
            pad(
                clip(row[at], widths[at], keep=keep.get(at, "left")),
                widths[at],
                "right" if sides[at : at + 1] == "r" else "left",
            )
            for at in used
        ]
        made.append(clip((" " * indent + "  ".join(cells)).rstrip(), width))
    return made


def wrapped(text: str, width: int, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """Break paragraphs into lines of at most `width` columns; words longer than a line are broken too."""
    hanging = indent if hanging is None else hanging
    lines: list[str] = []
    for number, paragraph in enumerate(text.split("\n")):
        first = indent if number == 0 else hanging
        shown = printable(paragraph)
        # textwrap counts characters, and wide ones take two columns
        most = width if columns_of(shown) <= len(shown) else max(len(hanging) + 8, width // 2)
        pieces = textwrap.wrap(
            shown, most, initial_indent=first, subsequent_indent=hanging, break_on_hyphens=False
        )
        lines += pieces or [first.rstrip()]
    return lines


def named_values(pairs: Iterable[tuple[str, str]], width: int, *, indent: int = 2) -> list[str]:
    """Lay out ``name  value`` lines; pairs with an empty value are left out, long values are wrapped."""
    shown = [(name, value) for name, value in pairs if value]
    longest = max((columns_of(name) for name, _ in shown), default=0)
    lines: list[str] = []
    for name, value in shown:
        start = " " * indent + pad(name, longest) + "  "
        lines += wrapped(value, width, indent=start, hanging=" " * columns_of(start))
    return lines
