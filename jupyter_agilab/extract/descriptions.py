"""What a cell's first comment or string says about it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence


def described_by(title: Sequence[str], string: str | None) -> tuple[str, str]:
    """Give summary and details that the cell's first comment or string says; empty where it says nothing."""
    if string is not None and string.strip():
        first, _, rest = inspect.cleandoc(string).partition("\n")
        return first, rest.strip("\n")
    lines = [re.sub(r"^#+ ?", "", line).rstrip() for line in title]
    while lines and not re.search(r"\w", lines[0]):
        lines.pop(0)
    while lines and not re.search(r"\w", lines[-1]):
        lines.pop()
    return (lines[0], "\n".join(lines[1:])) if lines else ("", "")


def is_description(title: Sequence[str]) -> bool:
    """Tell whether comment lines are for people, not for a tool."""
    if not title or not re.search(r"\w", "".join(title)):
        return False
    return not re.match(r"#\s*(%%|!|-\*-|type:|noqa|ruff:|pylint:|fmt:|mypy:|isort:|\+|-)", title[0])
