"""The stage's name and its function's, as far as they can be judged without looking at files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword

from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.subject import Remark, Subject

_UNSAFE = re.compile(r"""[/\\:*?"<>|\x00-\x1f\x7f]""")
_MOST_BYTES = 150


def stage_name(subject: Subject) -> Iterator[Remark]:
    """Tell names that no file can safely have: artifact and run directory are named after the stage."""
    name = subject.get("name")
    if name is None:
        return
    problem = ""
    unsafe = _UNSAFE.search(name)
    if unsafe:
        problem = f"it holds {unsafe[0]!r}"
    elif name.startswith("."):
        problem = "it starts with a dot"
    elif name != name.strip() or name.endswith("."):
        problem = "it starts or ends with a space, or ends with a dot"
    elif len(name.encode("utf-8", "replace")) > _MOST_BYTES:
        problem = f"it is longer than {_MOST_BYTES} bytes"
    if problem:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:_MOST_BYTES]
        hint = f"for example {plain!r}" if plain else "use letters, digits, _ and -"
        yield Remark("contract.name", ("name",), f"name must be usable as a file name; {problem}", hint)


def function_reference(subject: Subject) -> Iterator[Remark]:
    """Tell references that AGILAB's pattern lets pass and that no module can have."""
    yield from _reference(subject, ("function",), str(subject.get("function") or ""))
    custom = str(subject.get("reduce", "function") or "")
    if ":" in custom:
        yield from _reference(subject, ("reduce", "function"), custom)
    raw = subject.data.get("function")
    if isinstance(raw, str) and raw.endswith("\n") and subject.get("function"):
        yield Remark(
            "contract.trailing-newline",
            ("function",),
            "function must end with the function's name; it ends with a newline, which is left out",
            "write it on one line",
            "warning",
        )


def _reference(subject: Subject, path: tuple[str, ...], text: str) -> Iterator[Remark]:
    module, _, function = text.rpartition(":")
    key = render_key(path)
    problem, hint = "", ""
    if not text:
        return
    if iskeyword(function):
        problem = f"the function's name {function!r} is a word of Python's own"
    elif module == "__main__":
        problem = "__main__ is a running notebook or script, which no other process can import"
        hint = "put the function into a module beside the contract, such as stages/NAME.py"
    elif module.endswith(".ipynb"):
        problem = "a notebook cannot be imported"
        hint = "put the function into a module beside the contract, such as stages/NAME.py"
    elif "/" in module or module.endswith(".py"):
        if not module.endswith(".py"):
            problem = f"the path {module!r} does not end in .py"
        elif ":" in re.sub(r"^[A-Za-z]:/", "", module):
            problem = f"the path {module!r} has a colon"
    else:
        bad = [part for part in module.split(".") if not part.isidentifier() or iskeyword(part)]
        if bad:
            problem = f"{module!r} is neither a path that ends in .py nor the dotted name of a module"
    if problem:
        yield Remark("contract.function", path, f"{key} must name a function in a module; {problem}", hint)
