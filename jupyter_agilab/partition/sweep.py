"""Parameter sweeps: one partition per set of parameters."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.contract.model import Contract, PartitionTable, Strategy
from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.near_misses import no_input
from jupyter_agilab.partition.parameter_sets import (
    Axis,
    ChosenSets,
    GridSets,
    ListedSets,
    ParameterSets,
    SetPartitions,
    axis_of,
)
from jupyter_agilab.partition.sweep_file import SweepFile, read_sweep_file
from jupyter_agilab.partition.types import canonical
from jupyter_agilab.partition.ways import Cut, refuse_too_many
from jupyter_agilab.partition.where import Where, read_where


class ParameterItems:
    """``parameter-items``."""

    strategy: Final[Strategy] = "parameter-items"
    over_partitions: Final = False
    meaning: Final = "each set of parameters is one partition"

    def survey(self, contract: Contract, folder: Path) -> SweepSurvey:
        """Read the sweep's file."""
        if not contract.input or not (folder / contract.input).is_file():
            return SweepSurvey(ListedSets(()), "no parameter sets", [no_input(contract.input, folder)])
        file = read_sweep_file(contract.input, folder)
        table = contract.partition
        findings = list(file.findings)
        if file.sets is not None:
            if table.zip:
                findings.append(
                    _finding("partition.zip", "`zip` is for grids, and the file lists its sets", key="zip")
                )
            listed = ListedSets(file.sets)
            sets: ParameterSets = listed
            names = list(dict.fromkeys(name for item in file.sets for name in item))
            findings.extend(_repeated_sets(contract.input, listed.repeats))
            described = _counted(len(listed))
        else:
            names = list(file.grid or {})
            grid = _grid(contract.input, file, table, findings)
            _refuse(contract.input, findings)
            described = _described(grid, names)
            sets = grid
        _refuse(contract.input, findings)
        if table.where is not None and len(sets):
            sets, described = _filtered(contract.input, table.where, names, sets, described)
        if not len(sets):
            findings.append(_no_sets(contract.input, table.where is not None))
        return SweepSurvey(sets, described, findings)


class SweepSurvey:
    """The sets of a sweep."""

    input_files: Final = 0

    def __init__(self, sets: ParameterSets, described: str, findings: Sequence[Finding]) -> None:
        self._sets = sets
        self.described = described
        self.findings = tuple(findings)

    @property
    def items(self) -> int:
        """The number of sets."""
        return len(self._sets)

    def can_split(self) -> bool:
        """Say that a set of parameters cannot be split."""
        return False

    def cut(self, wanted: int) -> Cut:
        """Give one partition per set, lazily."""
        del wanted
        partitions = SetPartitions(self._sets)
        return Cut(partitions=partitions, weights=partitions.weights)


def _grid(source: str, file: SweepFile, table: PartitionTable, findings: list[Finding]) -> GridSets:
    grid = file.grid or {}
    lists = {name: value for name, value in grid.items() if isinstance(value, list)}
    constants = {name: value for name, value in grid.items() if name not in lists}
    for name, values in lists.items():
        if not values:
            message = f"{name} is an empty list, so there would be no sets at all"
            findings.append(
                _finding("partition.empty-list", message, path=source, hint="give it a value or leave it out")
            )
    order = list(grid)
    groups = [
        sorted(group, key=order.index) for group in table.zip if _fits(group, table, grid, lists, findings)
    ]
    group_of = {name: group for group in groups for name in group}
    axes: list[Axis] = []
    for name in lists:
        group = group_of.get(name, [name])
        if name == group[0]:
            axes.append(axis_of(group, list(zip(*(lists[member] for member in group), strict=True))))
    refuse_too_many(prod(len(axis.values) for axis in axes), "input")
    findings.extend(_repeated_values(source, axes))
    return GridSets(list(grid), axes, constants)


def _fits(
    group: tuple[str, ...],
    table: PartitionTable,
    grid: dict[str, Any],
    lists: dict[str, list[Any]],
    findings: list[Finding],
) -> bool:
    problems: list[tuple[str, str]] = []
    for name in group:
        if name not in grid:
            problems.append((f"`zip` names {name!r}, which is not in the sweep", did_you_mean(name, grid)))
        elif name not in lists:
            problems.append((f"`zip` names {name!r}, which has one value and not a list", ""))
    uses = Counter(name for each in table.zip for name in each)
    problems += [(f"`zip` names {name!r} {uses[name]} times", "") for name in group if uses[name] > 1]
    lengths = {name: len(lists[name]) for name in group if name in lists}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        problems.append((f"lists that advance together must have the same length: {told}", ""))
    findings += [_finding("partition.zip", message, key="zip", hint=hint) for message, hint in problems]
    return bool(group) and not problems


def _repeated_values(source: str, axes: Sequence[Axis]) -> list[Finding]:
    repeated = [axis for axis in axes if any(axis.repeats)]
    if not repeated:
        return []
    every = prod(len(axis.values) for axis in axes)
    different = prod(sum(not repeat for repeat in axis.repeats) for axis in axes)
    told = "; ".join(
        f"{', '.join(axis.names)} lists {_shown(axis.values[axis.repeats.index(1)])} more than once"
        for axis in repeated
    )
    return [_repetition(source, f"{told}: {every - different:,} of {every:,} sets are repetitions")]


def _repeated_sets(source: str, repeats: Sequence[int]) -> list[Finding]:
    count = sum(1 for repeat in repeats if repeat)
    if not count:
        return []
    first = next(number for number, repeat in enumerate(repeats, 1) if repeat)
    are = "is a repetition" if count == 1 else "are repetitions"
    message = f"{count:,} of {len(repeats):,} sets {are}; the first is set {first:,}"
    return [_repetition(source, message)]


def _repetition(source: str, message: str) -> Finding:
    return _finding(
        "plan.duplicate-sets",
        message,
        severity="warning",
        path=source,
        hint="each is run; for repetitions that differ, vary a seed",
    )


def _filtered(
    source: str, text: str, names: list[str], sets: ParameterSets, described: str
) -> tuple[ParameterSets, str]:
    where = read_where(text, names)
    if isinstance(where, Finding):
        raise PlanError(f"the filter of {source} cannot be used", [where])
    chosen = array("q")
    for index in range(len(sets)):
        parameters = sets.at(index)[0]
        if _stays(where, parameters, names):
            chosen.append(index)
    return ChosenSets(sets, chosen), f"{len(chosen):,} of {described}"


def _stays(where: Where, parameters: dict[str, Any], names: list[str]) -> bool:
    try:
        return where(parameters)
    except (TypeError, ValueError, ArithmeticError, KeyError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        shown = ", ".join(f"{name}={_shown(parameters[name])}" for name in names if name in parameters)
        finding = _finding("partition.where", f"`where` fails for {shown}: {reason}", key="where")
        raise PlanError("the filter of the sweep cannot be used", [finding]) from error


def _described(grid: GridSets, names: list[str]) -> str:
    lists = [f"{' with '.join(axis.names)} ({len(axis.values):,})" for axis in grid.axes]
    varied = {name for axis in grid.axes for name in axis.names}
    constant = [name for name in names if name not in varied]
    told = " x ".join(lists) + (f"; constant: {', '.join(constant)}" if constant else "")
    return f"{_counted(len(grid))}: {told}" if told else _counted(len(grid))


def _counted(count: int) -> str:
    return "1 parameter set" if count == 1 else f"{count:,} parameter sets"


def _shown(value: Any) -> str:
    text = canonical(value[0] if isinstance(value, tuple) and len(value) == 1 else value)
    return text if len(text) <= 40 else text[:39] + "…"


def _no_sets(source: str, is_filtered: bool) -> Finding:
    message = (
        f"`where` leaves none of the sets of {source}" if is_filtered else f"{source} has no parameter sets"
    )
    return _finding("plan.no-input", message, path=source)


def _refuse(source: str, findings: Sequence[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise PlanError(f"the sweep {source} cannot be used", errors)


def _finding(
    code: str,
    message: str,
    *,
    severity: str = "error",
    key: str = "",
    path: str | None = None,
    hint: str = "",
) -> Finding:
    return Finding(
        code=code,
        message=message,
        level="environment",
        severity="warning" if severity == "warning" else "error",
        key=f"partition.{key}" if key else "input",
        path=path,
        hint=hint,
    )
