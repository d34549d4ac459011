"""The process of a trial: ``python -m jupyter_agilab.run.trial_process DIRECTORY``.

It reads and writes only its directory.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.atomic import write_json
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.dated_json import untagged
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.reduce.registry import reducer_for
from jupyter_agilab.reduce.trial import ReducerTrial, try_reducer
from jupyter_agilab.reduce.types import Reducer, StoredResult
from jupyter_agilab.run.code import FrozenCode
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import load_function
from jupyter_agilab.run.logs import RunLogs
from jupyter_agilab.run.segments import INDEX_SUFFIX, SegmentIndex, read_indexes
from jupyter_agilab.run.spec import load_spec
from jupyter_agilab.run.tried import LONGEST_AGAIN_S, TrialReport, TriedPartition
from jupyter_agilab.run.types import Task, TaskReport
from jupyter_agilab.run.work import run_task

_PREVIEW_CHARACTERS = 2000
_OUTPUT_CHARACTERS = 4000
_TINY_S = 0.005
_LEAST_TOLD_S = 0.001
_MERGED_COPIES = 500
_MERGED_BYTES = 20_000_000


class _Several:
    """One stored result, as if several partitions had given it."""

    def __init__(self, results: Sequence[StoredResult]) -> None:
        self._results = results

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[StoredResult]:
        return iter(self._results)


def main(arguments: list[str]) -> int:
    """Be the process that runs the partitions."""
    begun = time.time()
    run = RunDirectory(Path(arguments[0]))
    request = json.loads((run.path / "trial.json").read_bytes(), object_hook=untagged)
    partition, *others = (Partition(**each) for each in (request["partition"], *request["others"]))
    frozen = load_spec(run)
    spec, contract, reduce_code = frozen.stage, frozen.contract, frozen.reduce_code

    def tried(number: int, each: Partition) -> TaskReport:
        task = Task(number, 1, (each.index,))
        return run_task(spec, task, "trial", keep_going=False, partitions=(each,))

    clock = time.perf_counter()
    report = tried(0, partition)
    total = time.perf_counter() - clock
    first_s = 0.0
    if request["has_sizes"] and report.segment and report.slowest_s < LONGEST_AGAIN_S:
        # the first call in a process imports and fills what the others find ready
        again = tried(1, partition)
        if again.segment:
            first_s = max(0.0, report.slowest_s - again.slowest_s)
            _remove_segment(run.segments / report.segment)
    reports = [report, *(tried(number, each) for number, each in enumerate(others, 2))]
    batch = tuple(Partition(**each) for each in request["batch"])
    beside_s = 0.0
    in_batch: tuple[TriedPartition, ...] = ()
    if batch and max(each.slowest_s for each in reports) < _TINY_S:
        # a lone partition says little of one among thousands: caches are cold, and clocks cost as much
        numbers = tuple(each.index for each in batch)
        done = run_task(spec, Task(len(reports) + 1, 1, numbers), "trial", keep_going=False, partitions=batch)
        reports.append(done)
        if done.segment:
            whole = [each for each in read_indexes(run.segments) if each.path.name == done.segment]
            in_batch = _measured(whole, {each.index: each for each in batch})
            beside_s = max(0.0, done.seconds - done.busy_s) / max(1, len(in_batch))
            _remove_segment(run.segments / done.segment)
    failures = [failure for each in reports for failure in each.failures]
    indexes = sorted(read_indexes(run.segments), key=lambda index: index.path.name)
    stored = [result for index in indexes for result in index.results()]
    cases, merge_s = _try_reducer(contract, reduce_code, Path(spec.folder), run, stored)
    measured = _measured(indexes, {each.index: each for each in (partition, *others)})
    answer = TrialReport(
        stage=contract.name,
        partition=partition.id,
        described=partition.describe(),
        ok=not failures and all(case.ok for case in cases if case.count),
        seconds=report.slowest_s,
        load_seconds=max(0.0, total - report.slowest_s),
        peak_memory_bytes=report.peak_memory_bytes,
        records=report.records,
        size_bytes=report.bytes,
        preview=_preview(stored),
        output=_output(run),
        failure=failures[0] if failures else None,
        reducer=cases,
        cpu_s=report.cpu_s,
        sizes=measured if request["has_sizes"] else (),
    )
    write_json(
        run.path / "beside.json",
        {
            "process_s": max(0.0, begun - request["asked"]),
            "first_s": first_s,
            "partition_s": beside_s,
            "merge_s": merge_s,
            "tried": [dataclasses.asdict(each) for each in in_batch or measured],
        },
    )
    write_json(run.path / "report.json", answer.to_json())
    return 0


def _measured(
    indexes: Sequence[SegmentIndex], partitions: Mapping[int, Partition]
) -> tuple[TriedPartition, ...]:
    """Give what the partitions took, in the order of their weights."""
    found = []
    for index in indexes:
        rows = zip(index.indexes, index.seconds, index.cpu, index.memory, index.lengths, strict=True)
        for number, seconds, cpu_s, memory, length in rows:
            each = partitions[number]
            found.append(
                TriedPartition(
                    index=number,
                    partition=each.id,
                    described=each.describe(),
                    weight=each.weight,
                    seconds=seconds,
                    cpu_s=cpu_s,
                    memory_bytes=memory,
                    size_bytes=length,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.weight, each.index)))


def _remove_segment(index: Path) -> None:
    index.unlink(missing_ok=True)
    index.with_name(index.name.removesuffix(INDEX_SUFFIX) + ".data").unlink(missing_ok=True)


def _try_reducer(
    contract: Contract, code: FrozenCode | None, folder: Path, run: RunDirectory, stored: list[StoredResult]
) -> tuple[tuple[ReducerTrial, ...], float]:
    """Give how the reducer did, and the seconds that it takes for each result, as far as that is known."""
    if not stored:
        return (), 0.0
    custom = None
    if code is not None:
        custom = load_function(code.sources, code.digest, code.entry, code.function, str(folder), run.code)
    reducer = reducer_for(contract, custom)
    cases = try_reducer(reducer, _Several(stored))
    if custom is None and cases[0].ok:
        return cases, _merge_s(reducer, stored)
    # an author's function is called no more often than need be
    took = {case.count: case.seconds for case in cases if case.ok}
    merge_s = took.get(2, 0.0) - took.get(1, 0.0)
    return cases, merge_s if merge_s > _LEAST_TOLD_S else 0.0


def _merge_s(reducer: Reducer, stored: list[StoredResult]) -> float:
    """Merge the results many times over, to see what one adds."""
    each = 1 + sum(result.length for result in stored) // len(stored)
    copies = min(_MERGED_COPIES, 1 + _MERGED_BYTES // each)
    many = _Several([stored[place % len(stored)]._replace(index=place) for place in range(copies)])
    clock = time.perf_counter()
    with tempfile.TemporaryFile("wb") as out, suppress(AgilabError):
        reducer.reduce(many, out)
    return (time.perf_counter() - clock) / copies


def _preview(stored: list[StoredResult]) -> str:
    if not stored:
        return ""
    first = stored[0]
    if first.encoding.startswith("arrow"):
        return f"a table of {first.records:,} rows"
    with first.path.open("rb") as file:
        file.seek(first.offset)
        text = file.read(min(first.length, 4 * _PREVIEW_CHARACTERS)).decode("utf-8", "replace")
    head = ",".join(first.columns) + "\n" if first.columns else ""
    return (head + text)[:_PREVIEW_CHARACTERS].rstrip("\n")


def _output(run: RunDirectory) -> str:
    text = ""
    for line in RunLogs(run).lines():
        text += f"{line.text}\n"
        if len(text) > _OUTPUT_CHARACTERS:
            break
    return text[:_OUTPUT_CHARACTERS]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
