"""Which of the cell's names receive the parameters of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.extract.constants import is_constant
from jupyter_agilab.extract.examples import Examples, value_of
from jupyter_agilab.extract.inputs import MISSING, Input, Inputs
from jupyter_agilab.extract.names import BUILTINS
from jupyter_agilab.extract.origins import literal
from jupyter_agilab.extract.unit import Unit


def choose_parameters(
    unit: Unit,
    examples: Examples,
    item: str | None,
    sweep_names: Sequence[str] | Mapping[str, Any],
    elements: Sequence[str] = (),
) -> Inputs:
    """Choose the grid's names that the cell reads, in the grid's order; ``params`` gets all of them.

    Without names of a grid those of `item` count, separated by commas. First come the `elements`: stages by
    whose names the cell reads what they give.
    """
    names = dict.fromkeys([*sweep_names, *(name.strip() for name in (item or "").split(",") if name.strip())])
    given = sweep_names if isinstance(sweep_names, Mapping) else {}
    reads = unit.scope.reads
    whole = "params" in reads and "params" not in names and not examples.is_definition("params")
    inputs: list[Input] = []
    left_out: list[int] = []
    findings: list[Finding] = []
    for name in elements:
        example = examples.statement(name, any_value=True)
        if example is not None:
            left_out.append(example)
            findings.append(examples.left_out(name, example, "is one result of the stage of that name"))
        if example is not None or name in reads:
            inputs.append(Input(name=name, kind="element"))
        else:
            findings.append(_unread_element(unit, name))
    for name in names:
        if name in elements:
            continue
        example = examples.statement(name, any_value=True)
        if name in reads:
            inputs.append(Input(name=name, kind="value", value=given.get(name, examples.value(name))))
        elif example is not None:
            value = given.get(name, literal(value_of(unit.body[example])))
            inputs.append(Input(name=name, kind="value", value=value))
            left_out.append(example)
            findings.append(examples.left_out(name, example, "comes from the sweep"))
        elif not whole:
            findings.append(_unread(unit, name))
    if whole:
        inputs.append(Input(name="params", kind="params"))
    if inputs or elements:
        return Inputs(tuple(inputs), tuple(left_out), tuple(findings))
    candidates = _candidates(unit, examples)
    return Inputs((), (), (_none_read(unit, list(names), candidates),), frozenset(candidates))


def _unread(unit: Unit, name: str) -> Finding:
    return Finding(
        code="extract.unread-parameter",
        message=f"the grid varies {name!r}, but the cell does not read it",
        severity="warning",
        key=name,
        cell=unit.label,
        hint=did_you_mean(name, unit.scope.reads) or "take it out of the grid, or use it in the cell",
    )


def _unread_element(unit: Unit, name: str) -> Finding:
    hint = f"use {name} in the cell as the value of one element, or only wait for the stage: --after {name}"
    return Finding(
        code="extract.unread-element",
        message=f"the stage is fed by {name!r}, but the cell does not read {name!r}",
        key=name,
        cell=unit.label,
        hint=did_you_mean(name, unit.scope.reads) or hint,
    )


def _none_read(unit: Unit, names: list[str], candidates: list[str]) -> Finding:
    if names:
        message = f"the cell reads none of the grid's parameters: {', '.join(names)}"
        hint = "use their names in the cell, or read them from `params`, a dictionary of all"
    else:
        message = "no name in the cell stands for a parameter of the sweep"
        listed = ",".join(candidates[:6])
        hint = f"name them with --item {listed}" if listed else "read them from `params`, a dictionary of all"
    return Finding(code="extract.item", message=message, cell=unit.label, hint=hint)


def _candidates(unit: Unit, examples: Examples) -> list[str]:
    names = [name for name in unit.scope.reads if name not in BUILTINS and not examples.is_definition(name)]
    return [n for n in names if examples.value(n) is MISSING or is_constant(examples.value(n))]
