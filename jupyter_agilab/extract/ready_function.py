"""A cell that consists of definitions already: its function is used as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.contract.model import Split
from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.extract.constants import toml_constant
from jupyter_agilab.extract.extraction import Argument
from jupyter_agilab.extract.imports import ImportTable
from jupyter_agilab.extract.inputs import MEANINGS, MISSING, InputKind
from jupyter_agilab.extract.names import identifier
from jupyter_agilab.extract.origins import Origins
from jupyter_agilab.extract.scope import analyse
from jupyter_agilab.extract.unit import Unit

_GIVEN: dict[str, InputKind] = {"seed": "seed", "rng": "rng", "partition": "partition", "params": "params"}


@dataclass(slots=True)
class Filled:
    """What the function's parameters receive."""

    arguments: list[Argument] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    elements: dict[str, str] = field(default_factory=dict)


def only_definitions(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a cell holds a function and, besides, only imports, classes, constants and a docstring."""
    has_function = False
    for place, statement in enumerate(body):
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                has_function = True
            case ast.Import() | ast.ImportFrom() | ast.ClassDef():
                pass
            case ast.Expr(value=ast.Constant(value=str())) if place == 0:
                pass
            case (
                ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(target=ast.Name(), value=value)
            ):
                if value is not None and any(isinstance(n, ast.Call | ast.Name) for n in ast.walk(value)):
                    return False
            case _:
                return False
    return has_function


def stage_function(unit: Unit, name: str) -> ast.FunctionDef | Finding:
    """Find the function that is the stage: the one named like it, or the only one that no other reads."""
    functions = [s for s in unit.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)]
    named = [function for function in functions if function.name == identifier(name)]
    read: set[str] = set()
    for statement in unit.body:
        own = getattr(statement, "name", None)
        read |= {n for n in analyse([statement]).reads if n != own}
    roots = named[-1:] or [function for function in functions if function.name not in read]
    if len(roots) != 1:
        names = ", ".join(function.name for function in (roots or functions))
        return unit.finding(
            (roots or functions)[-1],
            "extract.several-functions",
            f"the cell defines several functions, any of them may be the stage: {names}",
            hint=f"name the stage like its function: {(roots or functions)[-1].name}",
        )
    if isinstance(roots[0], ast.AsyncFunctionDef):
        return unit.finding(
            roots[0],
            "extract.await",
            f"{roots[0].name!r} is asynchronous, a partition function is not",
            hint="write a plain function that calls `asyncio.run(...)`",
        )
    return roots[0]


def fill(
    function: ast.FunctionDef,
    unit: Unit,
    origins: Origins,
    imports: ImportTable,
    *,
    split: Split,
    item: str | None,
    sweep_names: Sequence[str] | Mapping[str, Any],
    elements: Sequence[str] = (),
) -> Filled:
    """Decide what each parameter receives: the partition, a value of the sweep, a derived seed, a constant.

    A required parameter that none of these fills takes the notebook's constant of that name.
    """
    filled = Filled()
    found = function.args
    positional = [*found.posonlyargs, *found.args]
    with_default = (
        {a.arg for a in positional[len(positional) - len(found.defaults) :]} if found.defaults else set()
    )
    with_default |= {a.arg for a, d in zip(found.kwonlyargs, found.kw_defaults, strict=True) if d is not None}
    everything = [*positional, *found.kwonlyargs]
    names = [argument.arg for argument in everything]
    if item is not None and split != "parameter-sweep" and item not in names:
        message = f"{function.name!r} has no parameter {item!r}, which --item names"
        filled.findings.append(
            unit.finding(
                function, "extract.item", message, key=item, hint=did_you_mean(item, names) or _listed(names)
            )
        )
    taken = _slice_parameter(positional, with_default, split, item)
    given = set(sweep_names) | {n.strip() for n in (item or "").split(",")}
    required = [name for name in names if name not in with_default]
    filled.elements, missing = _elements(elements, names, [n for n in required if n not in given], origins)
    filled.findings += [_untaken(name, function, unit) for name in missing]
    for place, argument in enumerate(everything):
        kind = _kind(argument, split, taken, given)
        if argument.arg in filled.elements.values():
            kind = "element"
        meaning = MEANINGS[kind] if kind else "A constant of the notebook; its value is in the contract."
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        keyword_only = place >= len(positional)
        if argument.arg in with_default and kind is None:
            meaning = "Keeps its default unless the contract gives a value."
        elif kind is None:
            filled.findings += _constant(argument, function, unit, origins, imports, filled)
        filled.arguments.append(
            Argument(name=argument.arg, annotation=annotation, keyword_only=keyword_only, meaning=meaning)
        )
    if not everything and not found.vararg and not found.kwarg:
        message = f"{function.name!r} takes no parameter, so it cannot be given a partition"
        hint = (
            f"write `def {function.name}(path: str)`"
            if split == "files"
            else "give it a parameter for the partition"
        )
        filled.findings.append(unit.finding(function, "extract.item", message, hint=hint))
    return filled


def _elements(
    stages: Sequence[str], names: Sequence[str], free: Sequence[str], origins: Origins
) -> tuple[dict[str, str], list[str]]:
    """Give the parameter of each stage that feeds this one: of its name, else the only one that is left.

    Returns also the stages that no parameter takes.
    """
    found = {stage: stage for stage in stages if stage in names}
    missing = [stage for stage in stages if stage not in found]
    left = [
        name
        for name in free
        if name not in found and name not in _GIVEN and origins.constant(name) is MISSING
    ]
    if len(missing) == len(left) == 1:
        found[missing.pop()] = left[0]
    return {stage: found[stage] for stage in stages if stage in found}, missing


def _untaken(stage: str, function: ast.FunctionDef, unit: Unit) -> Finding:
    return unit.finding(
        function,
        "extract.unread-element",
        f"the stage is fed by {stage!r}, but {function.name!r} has no parameter {stage!r}",
        key=stage,
        hint=f"name the parameter for one element {stage}, or only wait for the stage: --after {stage}",
    )


def _slice_parameter(
    positional: Sequence[ast.arg], with_default: set[str], split: Split, item: str | None
) -> str | None:
    if split == "parameter-sweep":
        return None
    if item is not None:
        return item
    required = [a.arg for a in positional if a.arg not in with_default and a.arg not in _GIVEN]
    return required[0] if required else next((a.arg for a in positional if a.arg not in _GIVEN), None)


def _kind(argument: ast.arg, split: Split, taken: str | None, given: set[str]) -> InputKind | None:
    if split == "parameter-sweep" and argument.arg in given:
        return "value"
    if argument.arg == taken:
        return "path" if split == "files" else "frame"
    if argument.arg in _GIVEN and (argument.arg != "params" or split == "parameter-sweep"):
        return _GIVEN[argument.arg]
    return None


def _constant(
    argument: ast.arg,
    function: ast.FunctionDef,
    unit: Unit,
    origins: Origins,
    imports: ImportTable,
    filled: Filled,
) -> Iterator[Finding]:
    name = argument.arg
    value = origins.constant(name)
    known = toml_constant(value, imports) if value is not MISSING else None
    if known is None:
        yield unit.finding(
            argument,
            "extract.unfilled",
            f"nothing gives the parameter {name!r} of {function.name!r} a value",
            key=name,
            hint=f"give it a default, or define the constant {name!r} in a cell before",
        )
        return
    filled.parameters[name] = known.value


def _listed(names: Sequence[str]) -> str:
    return f"its parameters are {', '.join(names)}" if names else "it has no parameters"
