"""AGILAB's measured numbers, with real files."""

from __future__ import annotations

import pytest

from jupyter_agilab.planning.arithmetic import available_cores, requested_workers
from jupyter_agilab.planning.make import make_plan

# files, cores, strategy, target, min per worker, (effective, planned) splittable, unsplittable
MEASURED = [
    (3, 8, "file-chunks", 64, 2, (8, 64), (3, 3)),
    (3, 8, "file-chunks", 0, 2, (8, 16), (3, 3)),
    (3, 8, "file-chunks", 10, 4, (8, 32), (3, 3)),
    (2, 16, "file-chunks", 64, 2, (16, 64), (2, 2)),
    (3, 32, "file-chunks", 64, 2, (32, 64), (3, 3)),
    (3, 32, "file-chunks", 128, 2, (32, 128), (3, 3)),
    (8, 8, "file-chunks", 64, 2, (8, 64), (8, 8)),
    (10, 8, "file-chunks", 0, 2, (8, 16), (8, 10)),
    (40, 8, "file-chunks", 64, 2, (8, 64), (8, 40)),
    (100, 8, "file-chunks", 64, 2, (8, 100), (8, 100)),
    (3, 8, "one-file-per-partition", 0, 2, (8, 3), (3, 3)),
    (3, 8, "one-file-per-partition", 64, 2, (8, 3), (3, 3)),
    (0, 8, "file-chunks", 64, 2, (1, 1), (1, 1)),
    (3, 8, "row-chunks", 64, 2, (8, 64), (3, 3)),
]


@pytest.mark.parametrize("kind", ["csv", "npz"])
@pytest.mark.parametrize("row", MEASURED, ids=lambda row: "-".join(map(str, row[:5])))
def test_every_measured_row(contract, files, row, kind) -> None:
    count, cores, strategy, target, least, can, cannot = row
    folder = files(count, kind=kind)
    stage = contract(
        input=f"*.{kind}",
        partition_strategy=strategy,
        target_partitions=target,
        min_partitions_per_worker=least,
    )
    plan = make_plan(stage, folder, cores=cores)
    effective, planned = can if kind == "csv" else cannot
    assert (plan.effective_workers, plan.planned_partitions) == (effective, planned)
    assert plan.partition_count == (planned if count else 0)
    assert plan.useful_workers == max(1, min(effective, plan.partition_count))
    assert (plan.requested_workers, plan.cores, plan.input_files) == (cores, cores, count)
    assert plan.rule


@pytest.mark.parametrize(
    ("workers", "argument", "requested"),
    [(5, None, 5), (64, None, 64), ("auto", 3, 3), (5, 3, 3), ("auto", None, 8)],
)
def test_numbers_are_requests_and_auto_follows_the_cores(
    contract, files, workers, argument, requested
) -> None:
    plan = make_plan(contract(workers=workers), files(2), cores=8, workers=argument)
    assert plan.requested_workers == plan.effective_workers == requested
    assert plan.planned_partitions == requested * 2


def test_auto_takes_at_most_eight_of_this_machine(monkeypatch) -> None:
    monkeypatch.setattr("jupyter_agilab.planning.arithmetic.available_cores", lambda: 64)
    assert requested_workers("auto", None) == 8
    assert requested_workers("auto", 64) == 64
    assert requested_workers(20, None) == 20


def test_cores_of_this_machine() -> None:
    assert available_cores() >= 1
