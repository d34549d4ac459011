"""What a program printed for a terminal, as lines that stand still: no colours, no bars in motion."""

from __future__ import annotations

import re

from jupyter_agilab.panel.columns import printable

# ECMA-48: control sequences (colours, cursor), operating system commands (titles, links), single escapes
_ESCAPES = re.compile(
    r"""\x1b(?:
        \[[0-?]*[ -/]*[@-~]
        | \].*?(?:\x07|\x1b\\|$)
        | [PX^_].*?(?:\x1b\\|$)
        | [ -/]*[0-~]
    )""",
    re.VERBOSE,
)
_TAKEN_BACK = re.compile("[^\b]\b")


def plain_line(text: str) -> str:
    """Give a line as it would stand in a terminal in the end, other control characters made visible.

    Of a progress bar, which a carriage return writes over again and again, the last state is left.
    """
    if text.isprintable():
        return text
    text = _ESCAPES.sub("", text)
    if "\r" in text:
        states = [state for state in text.split("\r") if state.strip()]
        text = states[-1] if states else ""
    while "\b" in text:
        text, before = _TAKEN_BACK.sub("", text).lstrip("\b"), text
        if text == before:
            break
    return printable(text, keep="\t").rstrip(" ")
