"""Which of the cell's names receives the partition, where the input is files or a table."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_agilab.contract.model import Split
from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.extract.examples import Examples, value_of
from jupyter_agilab.extract.inputs import (
    KINDS_BY_NAME,
    MISSING,
    USUAL_NAMES,
    Input,
    InputKind,
    Inputs,
    kind_of,
)
from jupyter_agilab.extract.kinds import is_one_of
from jupyter_agilab.extract.origins import literal
from jupyter_agilab.extract.unit import Unit

_PREFERRED: Mapping[Split, frozenset[InputKind]] = {
    "files": frozenset({"path", "file"}),
    "data-partitions": frozenset({"frame", "table", "rows", "lines"}),
}
_STREAMS = frozenset({"file", "fh", "fp", "handle", "stream"})


def choose_input(unit: Unit, examples: Examples, item: str | None) -> Inputs:
    """Choose the name that receives the partition: `item`, else the one that plainly stands for it."""
    return _named(unit, examples, item) if item else _guessed(unit, examples)


def _named(unit: Unit, examples: Examples, item: str) -> Inputs:
    read = unit.scope.reads.get(item)
    if read is not None and (read.certain or examples.origins.comes_from_outside(item)):
        return Inputs((_input(unit, examples, item),))
    example = examples.statement(item, any_value=True)
    if example is not None:
        return _with_example(unit, examples, item, example)
    hint = _listed(examples)
    if item in unit.scope.bound:
        message = f"the cell computes {item!r} itself, so it cannot be the partition"
    else:
        message = f"the cell does not read {item!r}, which --item names"
        hint = did_you_mean(item, unit.scope.reads) or hint
    finding = Finding(code="extract.item", message=message, key=item, cell=unit.label, hint=hint)
    return Inputs((), (), (finding,), frozenset({item, *examples.candidates()}))


def _guessed(unit: Unit, examples: Examples) -> Inputs:
    known = {**USUAL_NAMES, **KINDS_BY_NAME}
    fitting: dict[str, Input] = {}
    for name in unit.scope.reads:
        if name in known and examples.may_be_partition(name):
            value = examples.value(name)
            if value is MISSING or kind_of(value) in known[name]:
                fitting[name] = _input(unit, examples, name)
    chosen = _best(fitting, examples.split)
    if chosen is not None:
        return Inputs((chosen,))
    if not fitting:
        for name in (*KINDS_BY_NAME, *USUAL_NAMES):
            example = examples.statement(name, any_value=False)
            if example is not None:
                return _with_example(unit, examples, name, example)
    return _undecided(unit, examples, list(fitting))


def _best(fitting: Mapping[str, Input], split: Split) -> Input | None:
    """Give the only one that fits, or that is of the split's kind, or of those has a conventional name."""
    preferred = {name: each for name, each in fitting.items() if each.kind in _PREFERRED[split]}
    conventional = {name: each for name, each in (preferred or fitting).items() if name in KINDS_BY_NAME}
    for group in (fitting, preferred, conventional):
        if len(group) == 1:
            return next(iter(group.values()))
    return None


def _undecided(unit: Unit, examples: Examples, fitting: list[str]) -> Inputs:
    what = "one file" if examples.split == "files" else "one part of the table"
    loop = _only_loop(unit)
    if fitting:
        message = f"several names may stand for {what}: {', '.join(fitting)}"
        hint = f"say which one: --item {fitting[0]}"
    else:
        message = f"no name in the cell stands for {what}"
        hint = _listed(examples) or f"read the partition by one of the names {', '.join(KINDS_BY_NAME)}"
        if loop:
            hint = (
                f"the stage is what one turn of the loop does: keep the loop's body only, with --item {loop}"
            )
    finding = Finding(code="extract.item", message=message, cell=unit.label, hint=hint)
    return Inputs((), (), (finding,), frozenset({*fitting, *examples.candidates()}))


def _listed(examples: Examples) -> str:
    names = examples.candidates()[:4]
    return "name it with " + " or ".join(f"--item {name}" for name in names) if names else ""


def _only_loop(unit: Unit) -> str | None:
    loops = [s.target.id for s in unit.body if isinstance(s, ast.For) and isinstance(s.target, ast.Name)]
    return loops[0] if len(loops) == 1 else None


def _with_example(unit: Unit, examples: Examples, name: str, index: int) -> Inputs:
    value = literal(value_of(unit.body[index]))
    chosen = _input(unit, examples, name, examples.value(name) if value is MISSING else value)
    return Inputs((chosen,), (index,), (examples.left_out(name, index, "is the partition"),))


def _input(unit: Unit, examples: Examples, name: str, value: Any = MISSING) -> Input:
    value = examples.value(name) if value is MISSING else value
    kind = None if value is MISSING else kind_of(value)
    if kind is None:
        value = MISSING
        natural: tuple[InputKind, ...] = ("path",) if examples.split == "files" else ("frame",)
        kind = KINDS_BY_NAME.get(name, USUAL_NAMES.get(name, natural))[0]
        if kind == "file" and name not in _STREAMS:
            kind = "path"
    restore = "list" if kind in {"rows", "lines"} and _needs_list(unit, name, value) else ""
    return Input(name=name, kind=kind, value=value, restore=restore)


def _needs_list(unit: Unit, name: str, value: Any) -> bool:
    """Tell whether the cell uses the records as a list: twice, by index, or for their number."""
    reads = [node for node in unit.nodes() if isinstance(node, ast.Name) and node.id == name]
    if len(reads) != 1:
        return True
    if any(node.iter is reads[0] for node in _iterations(unit)):
        return False
    return is_one_of(value, (list, tuple))


def _iterations(unit: Unit) -> Iterable[ast.For | ast.comprehension]:
    return (node for node in unit.nodes() if isinstance(node, ast.For | ast.comprehension))
