"""Names of stages, groups and flags, and the workflow's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_agilab.contract.render import render_key
from jupyter_agilab.workflow.forms import is_name
from jupyter_agilab.workflow.subject import Remark, Subject

_UNSAFE = re.compile(r"""[/\\:*?"<>|\x00-\x1f\x7f]|^\.|^\s|[\s.]$""")
_MOST_BYTES = 150


def names(subject: Subject) -> Iterator[Remark]:
    """Tell names that cannot be referred to, or that no folder can safely have."""
    for table, what in (("stages", "a stage"), ("groups", "a group"), ("flags", "a flag")):
        held = subject.data.get(table)
        for name in held if isinstance(held, dict) else ():
            if not is_name(name):
                plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:80]
                hint = f"for example {plain!r}" if is_name(plain) else ""
                yield Remark(
                    "workflow.name",
                    (table, name),
                    f"{render_key([table, name])}: the name of {what} must begin with a letter or _, and "
                    "have letters, digits, _ and - only",
                    hint,
                )
    name = subject.workflow.name
    if name and (_UNSAFE.search(name) or len(name.encode("utf-8", "replace")) > _MOST_BYTES):
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:80]
        yield Remark(
            "workflow.name",
            ("name",),
            f"name must be usable as the name of a folder; it is {name[:80]!r}",
            f"for example {plain!r}" if plain else "use letters, digits, _ and -",
        )
