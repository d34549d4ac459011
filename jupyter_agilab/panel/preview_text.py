"""What a function will receive, as text."""

from __future__ import annotations

from jupyter_agilab.panel.columns import WIDTH, clip, printable, wrapped
from jupyter_agilab.run.preview import PartitionPreview


def preview_text(preview: PartitionPreview, width: int | None = None) -> str:
    """Give the call, and the beginning of each argument."""
    width = width or WIDTH
    title = f"partition {preview.index:,} of {printable(preview.stage)}: {printable(preview.described)}"
    names = ", ".join(argument.name for argument in preview.arguments)
    lines = [*wrapped(title, width, hanging="  "), f"  {preview.function}({names}) receives:"]
    for argument in preview.arguments:
        first, *rest = argument.shown.split("\n")
        lines.append(clip(f"  {argument.name}: {argument.form}", width))
        lines += [clip(f"    {printable(line)}", width) for line in (first, *rest)]
    return "\n".join(lines)
