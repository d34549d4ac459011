"""What the arguments of a recorded call or map are: values, elements of others, whole arrays, rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.live.calls import Inputs
from jupyter_agilab.live.items import signature_of
from jupyter_agilab.live.job import ArrayJob, Job, handles_of
from jupyter_agilab.live.recorder import Recorded


@dataclass(slots=True)
class Given:
    """The arguments of one record, by parameter.

    Attributes
    ----------
    stage, function
        The stage's name, and that of the function that adapts the task's own to what the stage gets.
    elements
        Parameter to the stage whose elements it gets; `is_broadcast`: all calls get the same single one.
    whole
        The parameter that gets all results of a stage, and that stage; one at most.
    rows_of
        The stage whose result was mapped over; empty: none.
    values
        Parameter to its values, one for each call.
    after
        Stages that it comes after.
    """

    stage: str
    count: int
    function: str = ""
    elements: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)
    rows_of: str = ""
    values: dict[str, list[Any]] = field(default_factory=dict)
    after: list[str] = field(default_factory=list)
    is_broadcast: bool = False
    takes_rng: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def varying(self) -> bool:
        """Whether some value is not the same for all calls."""
        return any(each != values[0] for values in self.values.values() for each in values)

    @property
    def constants(self) -> dict[str, Any]:
        """The values that are the same for all calls."""
        return {
            name: values[0]
            for name, values in self.values.items()
            if all(each == values[0] for each in values)
        }

    def sets(self) -> list[dict[str, Any]]:
        """Give the values of each call; nothing where there are none."""
        if not self.values:
            return []
        return [{name: values[index] for name, values in self.values.items()} for index in range(self.count)]

    def varying_sets(self) -> list[dict[str, Any]]:
        """Give the values of each call that are not the same for all."""
        same = self.constants
        return [{name: value for name, value in each.items() if name not in same} for each in self.sets()]

    def refuse(self, message: str, hint: str) -> None:
        """Say what cannot be expressed."""
        self.findings.append(
            Finding(code="program.argument", message=f"{self.stage}: {message}", key=self.stage, hint=hint)
        )


class ProgramParts:
    """Which stage each job, array and fetched result of a program belongs to."""

    def __init__(self, records: Sequence[Recorded]) -> None:
        self.stage_of: dict[int, str] = {}
        self.job_at: dict[int, tuple[str, int, int]] = {}
        self.fetched: dict[int, Any] = {}
        names: dict[str, int] = {}
        for record in records:
            base = record.task.name if record.task.name.isidentifier() else "task"
            names[base] = names.get(base, 0) + 1
            stage = base if names[base] == 1 else f"{base}_{names[base]}"
            self.stage_of[id(record)] = self.stage_of[id(record.made)] = stage
            jobs = list(record.made) if isinstance(record.made, ArrayJob) else [record.made]
            for index, job in enumerate(jobs):
                self.job_at[id(job)] = (stage, index, len(jobs))
            for value, of in record.fetched:
                self.fetched[id(value)] = of

    def meaning(self, value: Any) -> Any:
        """Give the job or array that a fetched result stands for; other values as they are."""
        return self.fetched.get(id(value), value)


def givens_of(record: Recorded, parts: ProgramParts) -> Given:
    """Work out what a record's arguments are."""
    given = Given(parts.stage_of[id(record)], len(record.calls))
    given.function = f"run_{given.stage}"
    given.after = list(
        dict.fromkeys(parts.job_at[id(job)][0] for job in record.task.dependencies if id(job) in parts.job_at)
    )
    signature = signature_of(record.task.unwrapped)
    if signature is None:
        given.refuse("its parameters cannot be known", "write it as a function with def")
        return given
    given.takes_rng = "rng" in signature.parameters
    if not record.calls:
        given.refuse("it was mapped over no items", "a stage must have at least one partition")
        return given
    source = parts.meaning(record.source)
    if isinstance(source, Job):
        _map_over_result(given, record, parts.job_at.get(id(source)))
        return given
    columns = _columns(given, record, signature)
    for name, values in columns.items():
        _sort_in(given, name, [parts.meaning(value) for value in values], parts)
    if given.whole and (given.elements or len(given.whole) > 1 or given.count > 1):
        given.refuse(
            "it gets all results of a stage and something else of others",
            "merge in a task of its own, and give its job",
        )
    if given.is_broadcast and len(given.elements) > 1:
        given.refuse("several jobs are the same for all items", "give what belongs together as one job")
    return given


def _map_over_result(given: Given, record: Recorded, at: tuple[str, int, int] | None) -> None:
    rows = all(
        isinstance(item, Mapping) and not args
        for item, (args, _) in zip(record.items or (), record.calls, strict=True)
    )
    if at is None or at[2] != 1 or not rows:
        given.refuse(
            "it was mapped over a result that is no list of dictionaries of one task",
            "let the task that makes the items give a list of dictionaries with plain keys",
        )
        return
    given.rows_of = at[0]


def _columns(given: Given, record: Recorded, signature: Any) -> dict[str, list[Any]]:
    """Give the values of each parameter, one for each call."""
    columns: dict[str, list[Any]] = {}
    for args, kwargs in record.calls:
        bound = signature.bind_partial(*args, **kwargs)
        for name, value in bound.arguments.items():
            kind = signature.parameters[name].kind
            if kind in {kind.VAR_POSITIONAL, kind.VAR_KEYWORD, kind.POSITIONAL_ONLY}:
                given.refuse(
                    f"its parameter {name} has no name that a contract could give",
                    "give each parameter a name",
                )
                return {}
            columns.setdefault(name, []).append(value)
    short = [name for name, values in columns.items() if len(values) != len(record.calls)]
    for name in short:
        default = signature.parameters[name].default
        full = []
        for args, kwargs in record.calls:
            full.append(signature.bind_partial(*args, **kwargs).arguments.get(name, default))
        columns[name] = full
    return columns


def _sort_in(given: Given, name: str, values: list[Any], parts: ProgramParts) -> None:
    if all(isinstance(value, Job) for value in values):
        places = [parts.job_at.get(id(value)) for value in values]
        known = [place for place in places if place is not None]
        if len(known) == len(places) and len({place[0] for place in known}) == 1:
            stage, _, size = known[0]
            indexes = [place[1] for place in known]
            if size == given.count and indexes == list(range(size)):
                given.elements[name] = stage
                return
            if size == 1:
                given.elements[name] = stage
                given.is_broadcast = True
                return
        given.refuse(
            f"the jobs of its parameter {name} are not the elements of one map in their order",
            "map over all jobs of an array, in its order",
        )
        return
    if all(isinstance(value, ArrayJob) for value in values) and len({id(value) for value in values}) == 1:
        whole = parts.stage_of.get(id(values[0]))
        if whole is not None:
            given.whole[name] = whole
            return
    found = Inputs(handles_of)
    for value in values:
        found.taken_from(value)
    if found.handles:
        given.refuse(
            f"its parameter {name} holds jobs inside other values", "give the job as an argument of its own"
        )
        return
    try:
        plain = json.loads(json.dumps(values, allow_nan=False))
    except (TypeError, ValueError) as error:
        given.refuse(
            f"its parameter {name} has a value that JSON cannot hold: {error}", "pass names, not objects"
        )
        return
    if plain != [list(value) if isinstance(value, tuple) else value for value in values]:
        given.refuse(f"its parameter {name} has a value that JSON changes", "pass plain values")
        return
    given.values[name] = plain
