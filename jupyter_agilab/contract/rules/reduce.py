"""The reducer: a custom one needs its function and a sentence about it; the others read no ``[reduce]``."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.contract.subject import Remark, Subject


def reducer_function(subject: Subject) -> Iterator[Remark]:
    """Tell a custom reducer without function or with empty notes, and ``[reduce]`` where nothing reads it."""
    reducer = subject.get("reducer")
    held = subject.table("reduce")
    if reducer == "custom":
        if "function" not in held:
            yield Remark(
                "contract.reduce-function",
                ("reduce", "function"),
                "reduce.function must name the function of the custom reducer; there is none",
                'write [reduce] and below it function = "stages/NAME_reduce.py:NAME_reduce"',
                absent=True,
            )
        notes = subject.data.get("notes")
        if isinstance(notes, str) and not notes.strip():
            yield Remark(
                "contract.notes-empty",
                ("notes",),
                "notes must describe what the custom reducer merges; it is empty",
                "say in one sentence what the reducer takes and what it writes",
                "warning",
            )
    elif reducer is not None:
        for name in held:
            yield Remark(
                "contract.unread-key",
                ("reduce", name),
                f"reduce.{name} is read only for reducer = 'custom'; here reducer is {reducer!r}",
                'write reducer = "custom", or take the line out',
                "warning",
            )
