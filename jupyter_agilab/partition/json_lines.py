"""The objects of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from jupyter_agilab.errors import AgilabError


def json_objects(lines: Iterable[str], told: str) -> Iterator[dict[str, Any]]:
    """Yield the object of each line that is not blank.

    Raises
    ------
    AgilabError
        A line is not one JSON object; the message counts lines from the partition's first, and names the
        partition as `told`.
    """
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise AgilabError(
                f"line {number:,} of {told} is not JSON: {error}",
                hint="each line must be one JSON object",
            ) from error
        if not isinstance(value, dict):
            raise AgilabError(f"line {number:,} of {told} is a JSON {type(value).__name__}, not an object")
        yield value
