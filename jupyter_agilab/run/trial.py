"""Trial: really run one partition, in a process of its own, and try the reducer on its result."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_json
from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.planning.cost import Sample
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.reduce.trial import ReducerTrial
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.driver_process import driver_environment
from jupyter_agilab.run.experience import TrialCosts, backend_of, keep_costs
from jupyter_agilab.run.fixed_cost import kept_fixed_cost, measure_fixed_cost
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.logs import RunLogs
from jupyter_agilab.run.resume_key import trial_key
from jupyter_agilab.run.spec import load_spec, stage_spec, write_spec
from jupyter_agilab.run.submit import freeze_code
from jupyter_agilab.run.trial_factors import alone_factor, together_factor
from jupyter_agilab.run.tried import TrialReport, TriedPartition
from jupyter_agilab.run.typed_places import TypedPlaces
from jupyter_agilab.run.types import Failure

_BATCH = 200


def try_partition(
    file: ContractFile, contract: Contract, plan: Plan, index: int = 0, *, sizes: bool = False
) -> TrialReport:
    """Run partition `index` of a plan in a fresh process; blocks until it is done.

    With `sizes`, a small, a median and a large partition are run instead, one after another, what a run
    costs on this machine is measured where that was never done, and what they took is kept for plans.

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
    home = folder / HOME / "trials" / contract.name
    indexes = sizes_of(plan) if sizes else (index,)
    threads = plan.threads_per_worker
    report = _tried(home / "last", folder, contract, plan, indexes, threads, has_sizes=sizes)
    if not report.ok:
        return report
    quicker, slower, together = 1.0, 1.0, 1
    if sizes:

        def try_again(name: str, others: Sequence[int], threads: int) -> TrialReport:
            try:
                return _tried(home / name, folder, contract, plan, others, threads, has_sizes=True)
            finally:
                shutil.rmtree(home / name, ignore_errors=True)

        quicker = alone_factor(plan, indexes, report, try_again)
        slower, together = together_factor(plan, report, try_again)
        backend = backend_of(contract)
        if kept_fixed_cost(backend) is None:
            measure_fixed_cost(backend)
    told = json.loads((home / "last" / "beside.json").read_bytes())
    samples = {
        each.partition: Sample(
            weight=each.weight,
            seconds=each.seconds,
            cpu_s=each.cpu_s,
            memory_bytes=each.memory_bytes,
            size_bytes=each.size_bytes,
        )
        for each in (TriedPartition(**value) for value in told["tried"])
    }
    keep_costs(
        folder,
        contract.name,
        TrialCosts(
            stage_key=load_spec(RunDirectory(home / "last")).stage.stage_key,
            samples=samples,
            load_s=report.load_seconds,
            process_s=told["process_s"],
            first_s=told["first_s"],
            alone_factor=quicker,
            together_factor=slower,
            together=together,
            merge_s=told["merge_s"],
            partition_s=told["partition_s"],
        ),
        has_sizes=sizes,
    )
    return report


def sizes_of(plan: Plan) -> tuple[int, ...]:
    """Give a small, a median and a large partition; where all weigh the same, the first, middle and last."""
    weights = plan.weights()
    order: Sequence[int] = range(len(weights))
    if len(weights) and min(weights) != max(weights):
        order = sorted(order, key=weights.__getitem__)
    return tuple(dict.fromkeys((order[0], order[len(order) // 2], order[-1])))


def _batch_of(plan: Plan, has_sizes: bool) -> Sequence[int]:
    """Give the partitions that are run as one batch where all are tiny: some from all over the plan."""
    count = plan.partition_count
    if not has_sizes or count < 2 * _BATCH:
        return ()
    return range(0, count, count // _BATCH)


def _tried(
    place: Path,
    folder: Path,
    contract: Contract,
    plan: Plan,
    indexes: Sequence[int],
    threads: int,
    *,
    has_sizes: bool,
) -> TrialReport:
    """Run partitions in a process with so many threads; the first of them is reported on."""
    run = RunDirectory(place)
    _empty(run.path)
    run.segments.mkdir(parents=True)
    (folder / HOME / ".gitignore").write_text("*\n", "utf-8")
    code = freeze(contract.function, folder)
    reduce_code = freeze_code(run, contract, folder, code)
    spec = stage_spec(contract, code, record_format_for(contract), folder, run)
    write_spec(run, spec, reduce_code, contract)
    partitions = [plan.partitions[index] for index in indexes]
    write_json(
        run.path / "trial.json",
        {
            "partition": dataclasses.asdict(partitions[0]),
            "others": [dataclasses.asdict(partition) for partition in partitions[1:]],
            "trial_key": trial_key(spec.stage_key, contract, reduce_code),
            "has_sizes": has_sizes,
            "batch": [dataclasses.asdict(plan.partitions[place]) for place in _batch_of(plan, has_sizes)],
            "asked": time.time(),
        },
    )
    command = [sys.executable, "-P", "-m", "jupyter_agilab.run.trial_process", str(run.path)]
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=driver_environment(threads),
        check=False,
    )
    try:
        return _report_from(json.loads((run.path / "report.json").read_bytes()), TypedPlaces(run))
    except (OSError, ValueError) as error:
        told = [*ended.stderr.strip().splitlines(), *filter(None, [_last_words(run)])]
        raise AgilabError(
            f"the process that tried {partitions[0].describe()} ended with code {ended.returncode}",
            hint=told[-1] if told else "it may have run out of memory",
        ) from error


def tried_well(folder: Path, contract: Contract, key: str) -> bool:
    """Say whether the stage with this `trial_key` (code, parameters, reducer) has had a good trial."""
    run = RunDirectory(folder / HOME / "trials" / contract.name / "last")
    try:
        request = json.loads((run.path / "trial.json").read_bytes())
        report = json.loads((run.path / "report.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(request.get("trial_key") == key and report["ok"])


def _last_words(run: RunDirectory) -> str:
    """Give what a process that died said about it; empty where it said nothing."""
    lines = [line.text for line in RunLogs(run).lines(stream="stderr") if line.text.strip()]
    crash = next((line for line in lines if line.startswith("Fatal Python error")), "")
    return crash or (lines[-1] if lines else "")


def _report_from(value: dict[str, Any], places: TypedPlaces) -> TrialReport:
    failure = Failure(**value["failure"]) if value["failure"] else None
    if failure is not None:
        failure = dataclasses.replace(failure, traceback=places.mapped(failure.traceback))
    cases = tuple(
        ReducerTrial(**{**case, "traceback": places.mapped(case["traceback"])}) for case in value["reducer"]
    )
    sizes = tuple(TriedPartition(**each) for each in value["sizes"])
    return TrialReport(**{**value, "failure": failure, "reducer": cases, "sizes": sizes})


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
