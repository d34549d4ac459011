"""Trial: really run one partition, in a process of its own, and try the reducer on no, one and two results.

``python -m jupyter_agilab.run.trial DIRECTORY`` is that process; it reads and writes only its directory.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_json
from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.dated_json import untagged
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.registry import record_format_for, reducer_for
from jupyter_agilab.reduce.trial import ReducerTrial, try_reducer
from jupyter_agilab.reduce.types import StoredResult
from jupyter_agilab.run.code import FrozenCode, freeze
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.loading import load_function
from jupyter_agilab.run.segments import read_indexes
from jupyter_agilab.run.spec import load_spec, stage_spec, write_spec
from jupyter_agilab.run.submit import driver_environment, freeze_code
from jupyter_agilab.run.types import Failure, Task
from jupyter_agilab.run.work import run_task

_PREVIEW_CHARACTERS = 2000
_OUTPUT_CHARACTERS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """What one partition did.

    Attributes
    ----------
    ok
        The function returned something that can be stored, and the reducer merges one and two such results.
    seconds, load_seconds
        What the function took, reading its input included; what importing its module took.
    peak_memory_bytes
        Of the whole process.
    records, size_bytes, preview
        The stored result; its beginning as text.
    output
        The beginning of what the function printed.
    failure
        The user's exception, or None.
    reducer
        How the reducer did on one, two and no results.
    """

    stage: str
    partition: str
    described: str
    ok: bool
    seconds: float
    load_seconds: float
    peak_memory_bytes: int
    records: int
    size_bytes: int
    preview: str
    output: str
    failure: Failure | None
    reducer: tuple[ReducerTrial, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``trial --json``."""
        return dataclasses.asdict(self)


class _Several:
    """One stored result, as if several partitions had given it."""

    def __init__(self, results: Sequence[StoredResult]) -> None:
        self._results = results

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[StoredResult]:
        return iter(self._results)


def try_partition(file: ContractFile, contract: Contract, plan: Plan, index: int = 0) -> TrialReport:
    """Run partition `index` of a plan in a fresh process; blocks until it is done.

    Raises
    ------
    PlanError
        The plan has errors, or no such partition.
    ContractError
        The function is not there.
    AgilabError
        The process died; the message says how.
    """
    if any(finding.severity == "error" for finding in plan.findings):
        raise PlanError(f"{contract.name} cannot be tried", plan.findings)
    if not 0 <= index < plan.partition_count:
        raise PlanError(
            f"{contract.name} has partitions 0 to {plan.partition_count - 1}; {index} was asked for", ()
        )
    folder = file.folder.resolve()
    run = RunDirectory(folder / HOME / "trials" / contract.name / "last")
    _empty(run.path)
    run.segments.mkdir(parents=True)
    (folder / HOME / ".gitignore").write_text("*\n", "utf-8")
    code = freeze(contract.function, folder)
    reduce_code = freeze_code(run, contract, folder, code)
    spec = stage_spec(contract, code, record_format_for(contract), folder, run)
    write_spec(run, spec, reduce_code, contract)
    partition = plan.partitions[index]
    write_json(
        run.path / "trial.json",
        {
            "partition": dataclasses.asdict(partition),
            "stage_key": spec.stage_key,
        },
    )
    command = [sys.executable, "-P", "-m", "jupyter_agilab.run.trial", str(run.path)]
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=driver_environment(plan.threads_per_worker),
        check=False,
    )
    try:
        return _report_from(json.loads((run.path / "report.json").read_bytes()))
    except (OSError, ValueError) as error:
        told = ended.stderr.strip().splitlines()
        raise AgilabError(
            f"the process that tried {partition.describe()} ended with code {ended.returncode}",
            hint=told[-1] if told else "it may have run out of memory",
        ) from error


def tried_well(folder: Path, contract: Contract, key: str) -> bool:
    """Say whether this very stage (code, parameters, reducer) has had a good trial."""
    run = RunDirectory(folder / HOME / "trials" / contract.name / "last")
    try:
        request = json.loads((run.path / "trial.json").read_bytes())
        report = json.loads((run.path / "report.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(request["stage_key"] == key and report["ok"])


def main(arguments: list[str]) -> int:
    """Be the process that runs the partition."""
    run = RunDirectory(Path(arguments[0]))
    request = json.loads((run.path / "trial.json").read_bytes(), object_hook=untagged)
    partition = Partition(**request["partition"])
    frozen = load_spec(run)
    spec, contract, reduce_code = frozen.stage, frozen.contract, frozen.reduce_code
    clock = time.perf_counter()
    task = Task(0, 1, (partition.index,))
    report = run_task(spec, task, "trial", keep_going=False, partitions=(partition,))
    total = time.perf_counter() - clock
    stored = [result for index in read_indexes(run.segments) for result in index.results()]
    cases = _try_reducer(contract, reduce_code, Path(spec.folder), run, stored)
    answer = TrialReport(
        stage=contract.name,
        partition=partition.id,
        described=partition.describe(),
        ok=not report.failures and all(case.ok for case in cases if case.count),
        seconds=report.slowest_s,
        load_seconds=max(0.0, total - report.slowest_s),
        peak_memory_bytes=report.peak_memory_bytes,
        records=report.records,
        size_bytes=report.bytes,
        preview=_preview(stored),
        output=_output(run),
        failure=report.failures[0] if report.failures else None,
        reducer=cases,
    )
    write_json(run.path / "report.json", answer.to_json())
    return 0


def _try_reducer(
    contract: Contract, code: FrozenCode | None, folder: Path, run: RunDirectory, stored: list[StoredResult]
) -> tuple[ReducerTrial, ...]:
    if not stored:
        return ()
    custom = None
    if code is not None:
        custom = load_function(code.sources, code.digest, code.entry, code.function, str(folder), run.code)
    return try_reducer(reducer_for(contract, custom), _Several(stored))


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
    parts: list[str] = []
    for path in sorted(run.logs.glob("*.jsonl")) if run.logs.is_dir() else []:
        with path.open(encoding="utf-8") as file:
            for line in file:
                parts.append(json.loads(line)["text"])
                if sum(map(len, parts)) > _OUTPUT_CHARACTERS:
                    break
    return "".join(parts)[:_OUTPUT_CHARACTERS]


def _report_from(value: dict[str, Any]) -> TrialReport:
    failure = Failure(**value["failure"]) if value["failure"] else None
    cases = tuple(ReducerTrial(**case) for case in value["reducer"])
    return TrialReport(**{**value, "failure": failure, "reducer": cases})


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
