"""The plan of a stage that other stages' partitions feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.planning.arithmetic import available_cores, requested_workers
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.workflow.elements import Fed, element_partitions
from jupyter_agilab.workflow.model import WorkflowStage
from jupyter_agilab.workflow.named import is_workflow_name


def elements_plan(
    stage: WorkflowStage,
    contract: Contract,
    folder: Path,
    inputs: Sequence[Fed],
    *,
    workers: int,
    cores: int | None = None,
) -> Plan:
    """Plan a stage that elements feed; takes no longer for a million than for ten.

    Parameters
    ----------
    folder
        The contract's.
    inputs
        Its inputs, planned, in the order of ``stage.inputs``.
    workers, cores
        What is planned for.

    Raises
    ------
    PlanError
        Inputs that advance together have different numbers of elements, there would be too many partitions,
        or the stage's own sweep cannot be read.
    """
    sweep = None
    if not is_workflow_name(contract.input):
        sweep = make_plan(contract, folder, cores=cores, workers=workers)
    own = sweep.partitions if sweep is not None else None
    partitions = element_partitions(inputs, combine=stage.combine, own=own, stage=stage.name)
    count = len(partitions)
    at_once = requested = requested_workers(workers, cores)
    if stage.replicas and not stage.group:
        at_once = min(requested, stage.replicas)
    useful = max(1, min(at_once, count))
    cores = cores if cores is not None else available_cores()
    return Plan(
        stage=contract.name,
        partitions=partitions,
        workers=Dealt(count, useful),
        requested_workers=requested,
        effective_workers=useful,
        planned_partitions=count,
        useful_workers=useful,
        threads_per_worker=contract.execution.threads_per_worker or max(1, cores // useful),
        cores=cores,
        input_files=0,
        rule=_rule(stage, inputs, len(own) if own is not None else None, count),
        loads=tuple(float(len(range(worker, count, useful))) for worker in range(useful)),
        findings=sweep.findings if sweep is not None else (),
    )


def _rule(stage: WorkflowStage, inputs: Sequence[Fed], sets: int | None, count: int) -> str:
    told = [f"{len(each.partitions):,} of {each.stage}" for each in inputs]
    joined = told[0]
    if len(told) > 1:
        how = "paired by place" if stage.combine == "zip" else "each with each"
        joined = f"{', '.join(told[:-1])} and {told[-1]}, {how}"
    swept = "" if sets is None else f", each with {sets:,} parameter {'set' if sets == 1 else 'sets'}"
    are = "1 partition" if count == 1 else f"{count:,} partitions"
    return f"{are}: one for each of {joined}{swept}; each starts when its own are done."


class Dealt(Sequence[int]):
    """Worker numbers that go round: the planned worker of each of `count` equal partitions."""

    def __init__(self, count: int, workers: int) -> None:
        self._count, self._workers = count, workers

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return (index % self._workers for index in range(self._count))

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        places = range(self._count)[index]
        if isinstance(places, int):
            return places % self._workers
        return [place % self._workers for place in places]
