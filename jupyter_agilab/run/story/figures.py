"""The figures that sum a run up."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from jupyter_agilab.run.story.journal import FINISHED, LOST, UNDER_WAY, Journal
from jupyter_agilab.run.story.measured import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Times are seconds. All are about this run's own work, not about results taken over from earlier runs.

    Attributes
    ----------
    done
        Partitions that this run did.
    elapsed_s
        From submit to the end, or to now.
    start_s, working_s, tail_s, reduce_s
        Its parts: until the first task began; until the last one ended; how long of that at least one worker
        had nothing left to do; merging.
    work_s
        What the partitions took, one after another.
    busy_s
        What the tasks took: work, loading code, reading the plan, writing segments.
    at_once
        Workers busy at once, on average over ``working_s``.
    median_s, longest_s, longest
        Of the partitions; ``longest`` is the plan's index, -1 where nothing is done.
    cpu_share
        Seconds of CPU for each second of work; None where that was not measured.
    peak_memory_bytes
        Of the worker process that took most; 0 where unknown.
    retries, retries_helped, retry_s
        Tasks that tried again after a failure, how many of them gave a result, what they took.
    tasks_lost, lost_s
        Tasks whose worker died, and the work in them.
    under_way
        Tasks that had not ended yet.
    busy_by_lane
        Seconds of work by lane of the timeline.
    """

    done: int
    elapsed_s: float
    start_s: float
    working_s: float
    tail_s: float
    reduce_s: float
    work_s: float
    busy_s: float
    at_once: float
    median_s: float
    longest_s: float
    longest: int
    cpu_share: float | None
    peak_memory_bytes: int
    retries: int
    retries_helped: int
    retry_s: float
    tasks_lost: int
    lost_s: float
    under_way: int
    busy_by_lane: tuple[float, ...]


def sum_up(journal: Journal, measured: Measured) -> RunFigures:
    """Compute the figures of a run."""
    tasks = journal.tasks
    done = measured.done_here()
    seconds = [measured.seconds[index] for index in done]
    work = sum(seconds)
    cpu = sum(measured.cpu_s[index] for index in done)
    begin, end = journal.first_task_s, journal.last_task_s
    working = end - begin if begin is not None and end is not None else 0.0
    busy = journal.busy_s
    by_lane, last_end = [0.0] * journal.lanes, [0.0] * journal.lanes
    retries = helped = lost = under_way = 0
    retry_s = lost_s = 0.0
    for place, worker in enumerate(tasks.worker):
        took = tasks.seconds[place]
        if worker >= 0:
            lane = journal.workers[worker].lane
            by_lane[lane] += took
            last_end[lane] = max(last_end[lane], tasks.begin_s[place] + took)
        state = tasks.state[place]
        if state == LOST:
            lost, lost_s = lost + 1, lost_s + took
        elif state == UNDER_WAY:
            under_way += 1
        elif tasks.attempt[place] > 1 and state == FINISHED:
            retries, retry_s = retries + 1, retry_s + took
            helped += tasks.finished[place] > 0
    return RunFigures(
        done=len(done),
        elapsed_s=journal.end_s,
        start_s=begin if begin is not None else journal.end_s,
        working_s=working,
        tail_s=end - min(last_end) if end is not None and last_end else 0.0,
        reduce_s=journal.end_s - journal.reduce_s if journal.reduce_s is not None else 0.0,
        work_s=work,
        busy_s=busy,
        at_once=busy / working if working else 0.0,
        median_s=statistics.median(seconds) if seconds else 0.0,
        longest_s=max(seconds, default=0.0),
        longest=max(done, key=measured.seconds.__getitem__, default=-1),
        cpu_share=cpu / work if cpu and work else None,
        peak_memory_bytes=max(
            max(tasks.memory_bytes, default=0),
            max((measured.memory_bytes[index] for index in done), default=0),
        ),
        retries=retries,
        retries_helped=helped,
        retry_s=retry_s,
        tasks_lost=lost,
        lost_s=lost_s,
        under_way=under_way,
        busy_by_lane=tuple(by_lane),
    )
