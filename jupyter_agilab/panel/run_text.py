"""A run as plain text: on one line while it goes on, in full when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import WIDTH, bar, clip, columns_of, named_values, printable, table
from jupyter_agilab.panel.failures_text import failures_text
from jupyter_agilab.panel.figures import counted, duration, percent, rate, size
from jupyter_agilab.panel.plan_text import BAR_WIDTH, SHOWN_WORKERS
from jupyter_agilab.panel.text import STATES

if TYPE_CHECKING:
    from jupyter_agilab.run.watch import RunStatus
    from jupyter_agilab.run.worker_status import WorkerStatus


def status_line(status: RunStatus, width: int | None = None) -> str:
    """Give a run on one line: a bar, done and total, rate, time left, workers, failures."""
    width = width or WIDTH
    parts = [f"{status.done:,} of {counted(status.partitions, 'partition')}"]
    if status.state == "reducing":
        parts = [f"merging {status.merged:,} of {counted(status.partitions, 'partition')}"]
    elif status.state == "submitted":
        parts = ["starting"]
    elif status.ended:
        parts = [f"{STATES[status.state]} after {duration(status.elapsed_s)}: {parts[0]}"]
    if status.failed:
        parts.append(f"{status.failed:,} failed")
    if status.state == "running":
        if status.remaining_s is not None:
            parts.append(f"{duration(status.remaining_s)} left")
        if status.rate:
            parts.append(rate(status.rate))
        parts.append(counted(status.alive, "worker") if status.alive else "workers are starting")
        if status.retries_waiting:
            parts.append(f"{status.retries_waiting:,} to try again")
        if status.memory_bytes:
            parts.append(f"{size(status.memory_bytes)} memory")
        if stuck := _still(status):
            parts.append(stuck)
        if status.reused:
            parts.append(f"{status.reused:,} reused")
    name = clip(printable(status.stage), 24)
    drawn = _status_bar(status, min(20, max(0, width - 70)))
    text = "  ".join(filter(None, [name, drawn, parts[0]]))
    for part in parts[1:]:
        # whole figures are left out where there is no room: a cut one would be wrong
        if columns_of(text) + 2 + len(part) > width:
            break
        text += f", {part}"
    return clip(text, width)


def _status_bar(status: RunStatus, width: int) -> str:
    part = status.merged if status.state == "reducing" else status.done
    return bar(part, status.partitions, width)


def status_text(status: RunStatus, width: int | None = None) -> str:
    """Give a run in full: progress, times, one line per worker, the first causes of failures."""
    width = width or WIDTH
    share = percent(status.done, status.partitions)
    drawn = _status_bar(status, min(40, width - 20))
    times = [duration(status.elapsed_s)] if status.elapsed_s else []
    if status.rate:
        times.append(rate(status.rate))
    if status.remaining_s is not None:
        times.append(f"{duration(status.remaining_s)} left")
    pairs = [
        ("progress", f"{drawn} {share}"),
        ("partitions", _partition_counts(status)),
        ("merging", f"{status.merged:,} of {status.partitions:,}" if status.state == "reducing" else ""),
        ("time", ", ".join(times)),
        ("workers", workers_alive(status)),
        ("longest", longest_words(status)),
        ("waiting", retries_words(status)),
        ("results", _amount(status)),
        ("artifact", status.artifact or ""),
        ("message", status.message),
    ]
    title = f"{printable(status.stage)}: run {status.run_id} {_state_words(status)}"
    lines = [clip(title, width), *named_values(pairs, width)]
    if status.workers:
        lines += ["", *workers_lines(status, width)]
    if status.causes:
        lines += ["", failures_text(status, width)]
    return "\n".join(lines)


def _state_words(status: RunStatus) -> str:
    if status.state == "partial":
        return f"has finished without {counted(status.missing or status.failed, 'partition')}"
    verb = {"finished": "has", "failed": "has", "stopped": "was", "interrupted": "was"}.get(
        status.state, "is"
    )
    return f"{verb} {STATES[status.state]}"


def _amount(status: RunStatus) -> str:
    return f"{counted(status.records, 'record')}, {size(status.size_bytes)}" if status.records else ""


def _partition_counts(status: RunStatus) -> str:
    parts = [f"{status.done:,} of {status.partitions:,} have a result"]
    if status.reused:
        parts.append(f"{status.reused:,} of them from earlier runs")
    if status.failed:
        parts.append(f"{status.failed:,} failed")
    return ", ".join(parts)


def workers_alive(status: RunStatus) -> str:
    """Say how many workers live and what memory they take; empty once the run has ended."""
    if status.ended or not status.slots:
        return ""
    parts = [f"{status.alive:,} of {status.slots:,} alive"]
    if status.memory_bytes:
        parts.append(f"{size(status.memory_bytes)} in memory")
    return ", ".join(parts)


def longest_words(status: RunStatus) -> str:
    """Say which partition is under way for longest, for how long, and whether it moves."""
    found = status.longest
    if found is None:
        return ""
    name, worker = found
    return f"{worker_words(worker, status)} ({name})"


def retries_words(status: RunStatus) -> str:
    """Say how many failed partitions wait to be tried again, and when the next one is."""
    if not status.retries_waiting:
        return ""
    left = status.retry_at - _now(status)
    soon = f", the next in {duration(left)}" if left > 0 else ""
    return f"{counted(status.retries_waiting, 'failed partition')} to try again{soon}"


def worker_words(worker: WorkerStatus, status: RunStatus, *, short: bool = False) -> str:
    """Say what a worker does: which partition, for how long, and whether it is moving or stuck."""
    if worker.lost:
        return f"lost: {worker.lost}"
    if worker.partition is None:
        return ""
    words = f"partition {worker.partition:,} for {duration(max(0.0, _now(status) - worker.since))}"
    if short:
        return words + {"working": ", computing", "still": ", no CPU used"}.get(worker.activity, "")
    if worker.activity == "still":
        return f"{words}, no CPU used for {duration(worker.quiet_s)}: it waits for something, or is stuck"
    return f"{words}, {worker.moving}" if worker.moving else words


def _still(status: RunStatus) -> str:
    """Count the workers that may be stuck; empty where there are none."""
    number = sum(worker.activity == "still" for worker in status.workers.values())
    return f"{number:,} without CPU use" if number else ""


def _now(status: RunStatus) -> float:
    return status.started + status.elapsed_s


def workers_lines(status: RunStatus, width: int | None = None) -> list[str]:
    """Give one line per worker: its partitions as a bar and a number, busy time, memory, what it does."""
    width = width or WIDTH
    most = max((worker.finished for worker in status.workers.values()), default=0)
    words = {name: worker_words(worker, status, short=True) for name, worker in status.workers.items()}
    drawn = min(BAR_WIDTH, max(4, width - (90 if any(words.values()) else 70)))
    rows = [
        (
            name,
            bar(worker.finished, most, drawn),
            counted(worker.finished, "partition"),
            f"busy {duration(worker.busy_s)}",
            size(worker.peak_memory_bytes) if worker.peak_memory_bytes else "",
            words[name],
        )
        for name, worker in list(status.workers.items())[:SHOWN_WORKERS]
    ]
    lines = table(rows, sides="llrrrl", width=width, flexible={0: "right", 5: "left"})
    if len(status.workers) > SHOWN_WORKERS:
        lines.append(f"  ... {counted(len(status.workers) - SHOWN_WORKERS, 'more worker')}")
    return lines
