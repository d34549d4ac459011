"""The parts of a plan as plain text: its head, the worker map, the partitions."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.panel.columns import WIDTH, bar, clip, named_values, printable, table
from jupyter_agilab.panel.figures import counted, percent, size
from jupyter_agilab.planning.plan import Plan

SHOWN_WORKERS = 16
"""Workers that a map shows; the rest is counted."""

BAR_WIDTH = 24


def plan_header(plan: Plan, width: int | None = None, *, backend: str = "", contract: str = "") -> str:
    """Give what a plan came to: run-time, rule, what was planned and what it really is."""
    width = width or WIDTH
    workers = counted(plan.useful_workers, "worker")
    runtime = f"{workers} x {counted(plan.threads_per_worker, 'thread')}, of {counted(plan.cores, 'core')}"
    pairs = [
        ("contract", contract),
        ("run-time", f"{backend}, {runtime}" if backend else runtime),
        ("input", counted(plan.input_files, "file") if plan.input_files else ""),
        ("rule", plan.rule),
        ("planned", _plan_numbers(plan.planned_partitions, plan.effective_workers)),
        ("actual", _plan_numbers(plan.partition_count, plan.useful_workers)),
    ]
    head = f"plan of {printable(plan.stage)}: {counted(plan.partition_count, 'partition')}, "
    head += counted(plan.useful_workers, "useful worker")
    return "\n".join([clip(head, width), *named_values(pairs, width)])


def _plan_numbers(partitions: int, workers: int) -> str:
    return f"{counted(partitions, 'partition')} for {counted(workers, 'worker')}"


def worker_map(plan: Plan, width: int | None = None) -> str:
    """Give one line per planned worker: its load as a bar, its share of the work, its partitions."""
    width = width or WIDTH
    counts = [0] * len(plan.loads)
    for worker in plan.workers:
        counts[worker] += 1
    total = sum(plan.loads)
    most = max(plan.loads, default=0.0)
    in_bytes = plan.partition_count > 0 and plan.partitions[0].kind != "parameters"
    rows = [
        (
            str(worker),
            bar(load, most, min(BAR_WIDTH, max(4, width - 50))),
            percent(load, total),
            size(load) if in_bytes else "",
            counted(counts[worker], "partition"),
        )
        for worker, load in enumerate(plan.loads[:SHOWN_WORKERS])
    ]
    lines = ["work by worker", *table(rows, sides="rlrrr", width=width)]
    if len(plan.loads) > SHOWN_WORKERS:
        lines.append(f"  ... {counted(len(plan.loads) - SHOWN_WORKERS, 'more worker')}")
    return "\n".join(lines)


def partitions_text(plan: Plan, width: int | None = None, rows: int = 10) -> str:
    """Give the first and the last partitions, `rows` in all, and count those between."""
    width = width or WIDTH
    count = plan.partition_count
    last = 0 if count <= rows else rows * 3 // 10
    first = min(count, rows) - last
    shown = [*range(first), *range(count - last, count)]
    lines = table(
        [partition_row(plan, index) for index in shown],
        head=("#", "partition", "range", "size", "worker"),
        sides="rlrrr",
        width=width,
        flexible={1: "left" if plan.partitions[0].kind == "parameters" else "right"},
    )
    if count > len(shown):
        lines.insert(1 + first, f"  ... {counted(count - len(shown), 'more partition')}")
    return "\n".join(lines)


def partition_row(plan: Plan, index: int) -> tuple[str, str, str, str, str]:
    """Give one partition as cells: number, source or parameters, range, size, worker."""
    partition = plan.partitions[index]
    worker = str(plan.workers[index])
    if partition.kind == "parameters":
        return f"{index:,}", partition.describe(), "", "", worker
    scope = partition.describe().removeprefix(partition.source).strip()
    return f"{index:,}", partition.source, scope, size(partition.weight), worker


def partition_lines(plan: Plan) -> Iterator[str]:
    """Give every partition on a line of its own, one after another: number, id, worker, size, description."""
    last = plan.partition_count - 1
    places = len(f"{last:,}"), len(str(max(0, len(plan.loads) - 1)))
    for partition, worker in zip(plan.partitions, plan.workers, strict=True):
        weight = "" if partition.kind == "parameters" else f"{size(partition.weight):>9}  "
        described = printable(partition.describe())
        head = f"{partition.index:>{places[0]},}  {partition.id}  worker {worker:>{places[1]}}"
        yield f"{head}  {weight}{described}"
