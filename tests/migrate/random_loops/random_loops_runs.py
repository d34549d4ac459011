"""Runs a random loop as it stands, and as a stage would: iterations alone, put together as a finding says."""

from __future__ import annotations

import builtins
import random
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from random_loops_programs import Program

from jupyter_agilab.migrate.finding import LoopFinding

MISSING = "<not bound>"


class Disk:
    """A folder in memory; gives the ``open`` of the loops."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    @contextmanager
    def open(self, name: str, mode: str = "r") -> Iterator[Any]:
        disk = self.files
        disk[name] = disk.get(name, "") if mode == "a" else ""

        class File:
            def write(self, text: str) -> None:
                disk[name] += text

        yield File()


@dataclass
class Kernel:
    """A fresh kernel in which the first cell has run."""

    names: dict[str, Any] = field(default_factory=dict)
    disk: Disk = field(default_factory=Disk)
    printed: list[str] = field(default_factory=list)

    @classmethod
    def started(cls, setup: types.CodeType) -> Kernel:
        kernel = cls()
        kernel.names["__builtins__"] = {
            **vars(builtins),
            "open": kernel.disk.open,
            "print": lambda *values, **_: kernel.printed.append(repr(values)),
        }
        kernel.names["__name__"] = "__main__"
        exec(setup, kernel.names)
        return kernel

    def value(self, name: str) -> Any:
        return plain(self.names.get(name, MISSING))


def plain(value: Any) -> Any:
    """Give a picture of a value that can be compared and does not change with it."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    if isinstance(value, set):
        return set(value)
    if type(value).__name__ == "Box":
        return ("Box", value.level)
    if callable(value):
        return "<function>"
    return value


class Undecided(Exception):
    """The program itself fails, so nothing can be compared."""


def lab() -> types.ModuleType:
    """Make the library that the loops import: its function may be expensive, and changes nothing."""
    module = types.ModuleType("lab")
    module.work = lambda a: (a * 7 + 3) % 11 if isinstance(a, int) else len(str(a))  # type: ignore[attr-defined]
    return module


def sequential(program: Program) -> Kernel:
    """Run the loop as written.

    Raises
    ------
    Undecided
        It raises.
    """
    kernel = Kernel.started(compile(program.setup, "setup", "exec"))
    try:
        exec(compile(program.loop, "loop", "exec"), kernel.names)
    except Exception as error:
        raise Undecided from error
    return kernel


def isolated(program: Program, finding: LoopFinding, order: random.Random) -> tuple[Kernel, list[Kernel]]:
    """Run each iteration in a kernel of its own; returns the kernel before the loop and those after each.

    A counter that each iteration moves by the same step has the value that it would have had.
    """
    setup = compile(program.setup, "setup", "exec")
    body = compile(program.one_iteration, "iteration", "exec")
    start = Kernel.started(setup)
    n = len(list(eval(program.iterable, start.names)))
    start = Kernel.started(setup)
    counters = [each.name for each in finding.outputs if each.how in ("count", "add")]
    steps: dict[str, Any] = {}
    after: dict[int, Kernel] = {}
    rest = list(range(1, n))
    order.shuffle(rest)
    for i in [0, *rest]:
        kernel = Kernel.started(setup)
        item = list(eval(program.iterable, kernel.names))[i]
        kernel.names["ITEMS"] = [item]
        for name, step in steps.items():
            kernel.names[name] += step * i
        exec(body, kernel.names)
        del kernel.names["ITEMS"]
        if i == 0:
            for name in counters:
                if type(start.names.get(name)) is int and type(kernel.names[name]) is int:
                    steps[name] = kernel.names[name] - start.names[name]
        for name, step in steps.items():
            kernel.names[name] -= step * i
        after[i] = kernel
    return start, [after[i] for i in range(n)]


def put_together(name: str, how: str, start: Kernel, after: list[Kernel]) -> list[Any]:
    """Give the values that a name can have when each iteration's part is joined in the order of the items."""
    before, parts = start.value(name), [kernel.value(name) for kernel in after]
    if how not in ("last", "value", "item", "update", "best", "any", "all") and any(
        type(p) is not type(before) for p in parts
    ):
        return []
    match how:
        case "append" | "extend" | "concat" | "text" if isinstance(before, (list, str, tuple)):
            if not all(part[: len(before)] == before for part in parts):
                return []
            whole = before
            for part in parts:
                whole = whole + part[len(before) :]
            return [whole]
        case "add" | "count" if isinstance(before, (int, float)):
            return [before + sum(part - before for part in parts)]
        case "add" if isinstance(before, (list, str, tuple)):
            # the list itself, or numbers in it
            return [*put_together(name, "extend", start, after), *by_key(before, parts)]
        case "min" | "max" | "best" if isinstance(before, (int, float)):
            return [min([before, *parts]), max([before, *parts])]
        case "any" | "all":
            changed = [part for part in parts if part != before]
            return [any([before, *parts]), all([before, *parts]), *changed[:1]]
        case "set" | "update" if isinstance(before, set):
            return [before.union(*parts)]
        case "last" | "value":
            whole = before
            for part in parts:
                if part != before:
                    whole = part
            return [whole]
        case _:
            return by_key(before, parts)


def by_key(before: Any, parts: list[Any]) -> list[Any]:
    """Join dicts, and lists by index: the later value of a key, or the sum of what each added to it."""
    if not isinstance(before, (dict, list)) or any(type(part) is not type(before) for part in parts):
        return []
    if isinstance(before, list) and any(len(part) != len(before) for part in parts):
        return []
    latest, summed = plain(before), plain(before)
    for part in parts:
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            known = key in before if isinstance(before, dict) else True
            if known and before[key] == value:
                continue
            latest[key] = value
            if isinstance(before, dict) and key not in summed:
                summed[key] = value
            elif isinstance(value, (int, list)) and type(value) is type(summed[key]):
                old = before[key] if known else type(value)()
                extra = value[len(old) :] if isinstance(value, list) else value - old
                summed[key] = summed[key] + extra
            else:
                summed[key] = value
    return [latest, summed]


def best_values(names: list[str], start: Kernel, after: list[Kernel]) -> list[dict[str, Any]]:
    """Give the values that names which change together can have: the first or last of the best items."""
    before = {name: start.value(name) for name in names}
    scores = [name for name in names if isinstance(before[name], (int, float))]
    found = []
    for score, largest, first in product(scores, (True, False), (True, False)):
        best = before
        for kernel in after:
            now = {name: kernel.value(name) for name in names}
            if now == before or not isinstance(now[score], (int, float)):
                continue
            better = now[score] > best[score] if largest else now[score] < best[score]
            if better or (not first and now[score] == best[score]):
                best = now
        found.append(best)
    return found


def difference(program: Program, finding: LoopFinding, order: random.Random) -> str:
    """Say what a stage made from the finding would do otherwise than the loop; empty where it does the same.

    Raises
    ------
    Undecided
        The loop itself raises.
    """
    sys.modules["lab"] = lab()
    try:
        wanted = sequential(program)
        try:
            start, after = isolated(program, finding, order)
        except Exception as error:
            return f"an iteration alone raises {type(error).__name__}: {error}"
    finally:
        del sys.modules["lab"]
    hows: dict[str, str] = {}
    for each in finding.outputs:
        hows.setdefault(each.name, each.how)
    # results are put into the very object, so another name for it has them too
    for name in program.later:
        for output in list(hows):
            held = start.names.get(name)
            if isinstance(held, (list, dict, set)) and held is start.names.get(output):
                hows.setdefault(name, hows[output])
    together = [each.name for each in finding.outputs if each.how in ("best", "min", "max")]
    together = list(dict.fromkeys(name for name in together if name in start.names))
    choices = best_values(together, start, after) if "best" in hows.values() else []
    for name in program.later:
        value = wanted.value(name)
        if name == "made":
            joined = made(program, after)
            if joined != value:
                return f"the values are {value}, put together they are {joined}"
            continue
        candidates: list[Any] = [start.value(name)]
        if name in hows:
            candidates = put_together(name, hows[name], start, after)
        if name in together and choices:
            candidates = [*candidates, *(choice[name] for choice in choices)]
        elif name in program.target.replace("(", "").replace(")", "").split(", "):
            candidates = [*candidates, after[-1].value(name)]
        if value not in candidates:
            how = hows.get(name, "not an output")
            return f"{name} ({how}) is {value}, put together it is {candidates}"
    printed = [line for kernel in after for line in kernel.printed]
    if wanted.printed != printed:
        return f"prints {wanted.printed}, iteration by iteration {printed}"
    files: dict[str, str] = {}
    for kernel in after:
        for name, text in kernel.disk.files.items():
            if files.setdefault(name, text) != text:
                return f"two iterations write {name}, with other content"
    if wanted.disk.files != files:
        return f"writes {wanted.disk.files}, iteration by iteration {files}"
    return ""


def made(program: Program, after: list[Kernel]) -> Any:
    if program.form == "DictComp":
        return {key: value for kernel in after for key, value in kernel.value("made").items()}
    return [each for kernel in after for each in kernel.value("made")]
