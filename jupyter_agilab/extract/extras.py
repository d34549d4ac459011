"""`seed`, `rng` and `partition`: names that every function may ask for."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.bindings import dotted
from jupyter_agilab.extract.constants import plain_number
from jupyter_agilab.extract.history import Binding
from jupyter_agilab.extract.inputs import MISSING, Input, InputKind
from jupyter_agilab.extract.kinds import class_of
from jupyter_agilab.extract.origins import Origins
from jupyter_agilab.extract.unit import Unit

_KINDS: dict[str, InputKind] = {"seed": "seed", "rng": "rng", "partition": "partition"}
_OLD_GENERATORS = {
    ("numpy.random.mtrand", "RandomState"): "np.random.RandomState(seed)",
    ("random", "Random"): "random.Random(seed)",
}


def extra_inputs(
    unit: Unit, taken: Collection[str], origins: Origins
) -> Iterator[tuple[Input, Finding | None]]:
    """Find which of them the cell asks for; a value that the notebook has under the name is told about."""
    for name, kind in _KINDS.items():
        read = unit.scope.reads.get(name)
        if read is None or not read.certain or name in taken:
            continue
        value, binding = origins.value(name), origins.history.last(name)
        known = value is not MISSING or binding is not None
        if kind == "partition":
            if not known:
                yield Input(name=name, kind=kind), None
        elif _is_seed(value, binding) if kind == "seed" else _is_generator(value, binding):
            yield Input(name=name, kind=kind), _derived(unit, name) if known else None
        elif kind == "rng" and value is not MISSING and class_of(value) in _OLD_GENERATORS:
            yield Input(name=name, kind=kind), _old_generator(unit, name, _OLD_GENERATORS[class_of(value)])


def _is_seed(value: Any, binding: Binding | None) -> bool:
    if value is not MISSING:
        return value is None or type(plain_number(value)) is int
    return binding is None or binding.kind == "value"


def _is_generator(value: Any, binding: Binding | None) -> bool:
    if value is not MISSING:
        module, name = class_of(value)
        return module.startswith("numpy.random") and name == "Generator"
    if binding is None:
        return True
    made = getattr(binding.statement, "value", None)
    called = dotted(made.func) if isinstance(made, ast.Call) else None
    return called is not None and called.rpartition(".")[2] in {"default_rng", "Generator"}


def _derived(unit: Unit, name: str) -> Finding:
    read = unit.scope.reads[name]
    line, column = unit.place(read.line, read.offset)
    return Finding(
        code="extract.derived",
        message=f"{name!r} is derived for each partition from the stage's seed; the notebook's is not used",
        severity="info",
        key=name,
        cell=unit.label,
        line=line,
        column=column,
        hint="the stage's seed is `seed` in [execution] of the contract",
    )


def _old_generator(unit: Unit, name: str, remedy: str) -> Finding:
    read = unit.scope.reads[name]
    line, column = unit.place(read.line, read.offset)
    return Finding(
        code="extract.old-generator",
        message=f"{name!r} is another kind of generator than the stage would get, a numpy.random.Generator",
        key=name,
        cell=unit.label,
        line=line,
        column=column,
        hint=f"make it in the cell: {name} = {remedy}",
    )
