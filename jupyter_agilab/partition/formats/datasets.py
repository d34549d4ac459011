"""Which array of a file that holds several is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.errors import AgilabError, PlanError


def chosen_of(names: Sequence[str], asked: str | None, told: str, what: str, key: str) -> str:
    """Give the one of `names` that is asked for, or the only one there is.

    Parameters
    ----------
    told, what, key
        What people know the file by, what it holds (``dataset``, ``table``), and the key of ``[partition]``
        that says which.

    Raises
    ------
    AgilabError
        There is none of that name; or there are several, and none is asked for.
    """
    if asked is not None:
        for name in names:
            if name.strip("/") == asked.strip("/"):
                return name
        raise AgilabError(
            f"{told} has no {what} {asked!r}",
            hint=did_you_mean(asked, names) or f"it has: {', '.join(names) or 'none'}",
        )
    if len(names) == 1:
        return names[0]
    if not names:
        raise AgilabError(f"{told} holds no {what}")
    example = max(names, key=len)
    raise AgilabError(
        f"{told} holds {len(names):,} {what}s, and which one is meant is not said",
        hint=f'write {key} = "{example}" in [partition]; there are: {", ".join(names[:20])}',
    )


def refused(error: AgilabError, source: str, key: str) -> PlanError:
    """Give the error of a plan for a choice that cannot be made."""
    finding = Finding(
        code="partition.which",
        message=error.message,
        level="environment",
        key=f"partition.{key}",
        path=source,
        hint=error.hint,
    )
    return PlanError("the input cannot be planned", [finding])


def part_of(detail: Mapping[str, Any] | None, key: str) -> str | None:
    """Give the part of a file that a partition is of, where its plan says it."""
    found = (detail or {}).get("of", {}).get(key)
    return None if found is None else str(found)
