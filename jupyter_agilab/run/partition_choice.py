"""Partitions as a person names them: ``5``, ``0-9,12``."""

from __future__ import annotations

from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest


def chosen_indexes(text: str, run: RunDirectory) -> set[int]:
    """Read which partitions of a run are meant.

    Raises
    ------
    UsageError
        It is not written like that, or the run has no such partition.
    """
    count = int((read_manifest(run) or {}).get("partitions", 0))
    found: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        first, is_range, last = part.partition("-")
        try:
            start, stop = int(first), int(last if is_range else first)
        except ValueError:
            raise UsageError(
                f"{text!r} names no partitions", hint="write their indexes in the plan: 5 or 0-9,12"
            ) from None
        if not 0 <= start <= stop < count:
            raise UsageError(
                f"the run has no partition {part}", hint=f"it has {count:,}: 0 to {max(0, count - 1)}"
            )
        found.update(range(start, stop + 1))
    return found
