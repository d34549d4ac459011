"""What a run will take, as text."""

from __future__ import annotations

from jupyter_agilab.panel.columns import WIDTH, named_values, table, wrapped
from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.planning.expected import Estimate, Point


def estimate_text(estimate: Estimate, width: int | None = None) -> str:
    """Give the verdict, what it follows from, and times for other numbers of workers."""
    width = width or WIDTH
    lines = [*wrapped(f"cost: {estimate.verdict.text}", width, hanging="  ")]
    lines += named_values(estimate_facts(estimate), width)
    if estimate.is_known:
        rows = [
            (
                f"{point.workers:,}",
                duration(point.seconds),
                f"{point.speed_up:.1f} x",
                size(point.memory_bytes) if point.memory_bytes else "",
                "" if point.is_here else "on a cluster",
            )
            for point in shown_points(estimate)
        ]
        head = ("workers", "time", "speed-up", "memory", "")
        lines += table(rows, head=head, sides="rrrrl", width=width)
    return "\n".join(lines)


def estimate_facts(estimate: Estimate) -> list[tuple[str, str]]:
    """Give the figures by name."""
    facts = []
    if estimate.is_known:
        run = f"{duration(estimate.seconds)} with {counted(estimate.workers, 'worker')}"
        facts = [
            ("run", f"{run}; a plain loop {duration(estimate.alone_s)}"),
            ("partitions", f"{duration(estimate.work_s)} in all, the longest {duration(estimate.longest_s)}"),
            ("besides", f"{duration(estimate.overhead_s)} to start, import, merge and end"),
        ]
        if estimate.memory_per_worker_bytes:
            facts.append(("memory", f"{size(estimate.memory_per_worker_bytes)} for each worker"))
        facts.append(("results", size(estimate.result_bytes)))
        if estimate.seconds > 600:
            facts.append(("wall time", f"{duration(estimate.wall_time_s)} to ask a queue for"))
        facts.append(("known from", estimate.source))
    facts += [("not known", sentence) for sentence in estimate.unknown]
    return facts


def shown_points(estimate: Estimate) -> list[Point]:
    """Give the numbers of workers worth a line: up to where more gain less than a tenth, and one beyond."""
    points = list(estimate.points)
    enough = max(estimate.enough_workers, estimate.workers)
    beyond = [point for point in points if point.workers > enough][:1]
    return [point for point in points if point.workers <= enough] + beyond
