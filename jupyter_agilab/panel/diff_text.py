"""What differs between two contracts or runs, as text."""

from __future__ import annotations

from jupyter_agilab.comparison import Difference
from jupyter_agilab.panel.columns import WIDTH, printable, wrapped


def diff_text(difference: Difference, width: int | None = None) -> str:
    """Give the changes, one on a line."""
    width = width or WIDTH
    lines = [*wrapped(f"from {difference.before} to {difference.now}", width, hanging="  ")]
    for name in ("contract", "code", "plan"):
        for change in getattr(difference, name):
            lines += wrapped(f"  {name:8}  {printable(change)}", width, hanging=" " * 12)
    if difference.is_same:
        lines.append("  nothing differs")
    for each in difference.unknown:
        lines += wrapped(f"  not known: {printable(each)}", width, hanging="    ")
    return "\n".join(lines)
