"""What verifying a migration came to, as text."""

from __future__ import annotations

from jupyter_agilab.migration.verify import Verified
from jupyter_agilab.panel.columns import WIDTH, printable, table, wrapped
from jupyter_agilab.panel.figures import counted


def verified_text(verified: Verified, width: int | None = None) -> str:
    """Give a table of what was compared, one line for each name and file."""
    width = width or WIDTH
    name = printable(verified.notebook.name)
    if verified.failed:
        return "\n".join(
            wrapped(f"{name}: not verified: {printable(verified.failed)}", width, hanging="    ")
        )
    items = (
        "all items" if verified.items is None else f"the first {counted(verified.items, 'item')} of each loop"
    )
    different = sum(not each.is_equal for each in verified.compared)
    state = "equal" if not different else f"{counted(different, 'difference')}"
    rows = [
        (each.name, each.what, "equal" if each.is_equal else each.difference) for each in verified.compared
    ]
    lines = [f"{name}: {state}, {items}"]
    if rows:
        head = ("name", "holds", "loop and stage")
        lines += ["", *table(rows, head=head, width=width, flexible={2: "left"})]
    return "\n".join(lines)
