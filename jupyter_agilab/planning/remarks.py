"""What the reader of a plan should know before running."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, Severity
from jupyter_agilab.partition.matching import is_pattern, would_match
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.partition.registry import Cut, Way
from jupyter_agilab.planning.plan import Plan

_TINY_BYTES = 65_536
_MANY = 1_000
_FEWEST_FOR_SKEW = 3
_FEW_PER_WORKER, _MANY_PER_WORKER = 2, 4


def remarks(plan: Plan, contract: Contract, way: Way, cut: Cut) -> Plan:
    """Give the plan with findings about the numbers that came out."""
    found: list[Finding] = []
    if contract.partition_strategy != way.strategy:
        found.append(_other_strategy(contract, way))
    if plan.partition_count:
        found += _fewer(plan, way, cut.shortfall)
        found += _threads(plan)
        found += _sizes(plan, way, cut)
        found += balance_remarks(plan, cut.weights)
        found += _output_matches(plan, contract)
    return dataclasses.replace(plan, findings=(*plan.findings, *found))


def _other_strategy(contract: Contract, way: Way) -> Finding:
    if way.strategy == "row-chunks" and contract.partition_strategy == "file-chunks":
        return _finding(
            "plan.strategy",
            "`rows` is given, so files are cut by rows (row-chunks)",
            "info",
            "partition.rows",
        )
    return _finding(
        "plan.strategy",
        f"{contract.partition_strategy} does not fit split = {contract.split!r}; "
        f"{way.strategy} is used: {way.meaning}",
        "warning",
        "partition_strategy",
        f'write partition_strategy = "{way.strategy}"',
    )


def _fewer(plan: Plan, way: Way, shortfall: str) -> list[Finding]:
    found: list[Finding] = []
    count, planned = plan.partition_count, plan.planned_partitions
    if count < planned:
        why = shortfall or "there is no more input"
        message = f"{planned:,} partitions were planned, {count:,} came out: {why}"
        found.append(_finding("plan.fewer-partitions", message, "info", "target_partitions"))
    if plan.useful_workers < plan.requested_workers:
        message = (
            f"of {plan.requested_workers:,} workers only {plan.useful_workers:,} can be busy: "
            f"there {'is 1 partition' if count == 1 else f'are {count:,} partitions'}"
        )
        remedy = plan.effective_workers > plan.useful_workers and not way.over_partitions
        hint = "file-chunks cuts large files into several partitions" if remedy else ""
        found.append(_finding("plan.fewer-workers", message, "info", "workers", hint))
    return found


def _threads(plan: Plan) -> list[Finding]:
    running = plan.useful_workers * plan.threads_per_worker
    if running <= plan.cores:
        return []
    workers = "1 worker" if plan.useful_workers == 1 else f"{plan.useful_workers:,} workers"
    threads = "1 thread" if plan.threads_per_worker == 1 else f"{plan.threads_per_worker:,} threads"
    message = f"{workers} x {threads} are more than {plan.cores:,} cores"
    hint = "lower `workers` or `threads_per_worker`: threads beyond the cores slow each other down"
    return [_finding("plan.oversubscribed", message, "warning", "execution.threads_per_worker", hint)]


def _sizes(plan: Plan, way: Way, cut: Cut) -> list[Finding]:
    found: list[Finding] = []
    count, workers = plan.partition_count, plan.useful_workers
    per_worker = count / workers
    if way.over_partitions and workers > 1 and not _FEW_PER_WORKER <= per_worker <= _MANY_PER_WORKER:
        each = "1 partition" if per_worker == 1 else f"{per_worker:.3g} partitions"
        message = f"{each} per worker; two to four balance well and cost little"
        found.append(_finding("plan.partitions-per-worker", message, "info", "target_partitions"))
    if plan.input_files and count >= _MANY:
        from statistics import median

        typical = median(cut.weights)
        if typical < _TINY_BYTES:
            message = f"{count:,} partitions of about {typical:,.0f} bytes; batches of them keep each cheap"
            found.append(_finding("plan.tiny-partitions", message, "info", "target_partitions"))
    return found


def balance_remarks(plan: Plan, weights: Sequence[float]) -> list[Finding]:
    """Say when one worker has all there is to do, or one partition is more than all others together."""
    if plan.partition_count < 2:
        return []
    total = sum(plan.loads)
    busy = sum(1 for load in plan.loads if load > 0)
    if len(plan.loads) > 1 and total > 0 and busy == 1 and plan.partition_count > 1:
        owner = max(range(len(plan.loads)), key=plan.loads.__getitem__)
        message = f"all the work is planned for worker {owner}; the others have nothing to do"
        hint = "spread the partitions, or cut the one that holds all into several"
        return [_finding("plan.one-worker", message, "warning", "workers", hint)]
    if len(plan.loads) == 1 and plan.requested_workers > 1 and plan.effective_workers > 1:
        message = f"all {plan.partition_count:,} partitions are planned for one worker"
        return [_finding("plan.one-worker", message, "warning", "workers")]
    if plan.useful_workers < 2 or isinstance(weights, Same) or plan.partition_count < _FEWEST_FOR_SKEW:
        return []
    heaviest = max(range(len(weights)), key=weights.__getitem__)
    if weights[heaviest] <= total - weights[heaviest]:
        return []
    message = (
        f"one partition is larger than all the others together: {plan.partitions[heaviest].describe()}, "
        f"{weights[heaviest] / total:.0%} of the work"
    )
    hint = "cut it into several (file-chunks, or a larger target_partitions): more workers do not help"
    return [_finding("plan.skew", message, "warning", "target_partitions", hint)]


def _output_matches(plan: Plan, contract: Contract) -> list[Finding]:
    """Say when the pattern of the input would find the artifact, once it is there."""
    if any(finding.code == "plan.output-is-input" for finding in plan.findings):
        return []
    output = artifact_path(contract)
    if contract.split == "parameter-sweep" or not is_pattern(contract.input):
        return []
    if not would_match(contract.input, output):
        return []
    return [
        _finding(
            "plan.output-matches-input",
            f"the input {contract.input} would also find the artifact {output}, once it is there",
            "warning",
            "output",
            "write `output` outside the folder that `input` matches",
        )
    ]


def _finding(code: str, message: str, severity: Severity, key: str, hint: str = "") -> Finding:
    return Finding(code=code, message=message, level="environment", severity=severity, key=key, hint=hint)
