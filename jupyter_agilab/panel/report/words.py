"""Sentences of the report: how it went, and what to do differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.panel.figures import counted, duration, percent, size
from jupyter_agilab.panel.report.times import fine
from jupyter_agilab.run.story.advice import Advice
from jupyter_agilab.run.story.story import RunStory


@dataclass(frozen=True, slots=True)
class Said:
    """Advice in words: what to do, and what it follows from. Backticks enclose code."""

    title: str
    reason: str


def headline(story: RunStory) -> str:
    """Say in one sentence how the run went."""
    status, figures = story.status, story.figures
    total = counted(status.partitions, "partition")
    took = duration(figures.elapsed_s)
    workers = counted(story.journal.slots, "worker")
    missing = status.partitions - status.done
    match status.state:
        case "finished":
            return f"{_all(status.partitions)} done in {took} on {workers}{_reused(story)}."
        case "partial":
            return (
                f"Finished in {took} on {workers} without {counted(missing, 'partition')}: "
                f"{status.done:,} of {total} are in the result."
            )
        case "failed" if status.failed:
            return (
                f"Failed after {took}: {status.failed:,} of {total} failed, "
                f"{status.done:,} {_have(status.done)} a result that is kept."
            )
        case "failed" if not missing and status.partitions:
            return f"Failed after {took}: all {total} are done, but their results were not merged."
        case "failed":
            return f"Failed after {took} with {status.done:,} of {total} done."
        case "stopped":
            return f"Stopped after {took} with {status.done:,} of {total} done; what is done is kept."
        case "interrupted":
            after = f" after {duration(figures.elapsed_s)}" if figures.elapsed_s else ""
            return f"Broke off{after} with {status.done:,} of {total} done; what is done is kept."
        case "submitted":
            return f"Starting: {total} to do."
        case "reducing":
            return f"Merging the results of {total} after {took}."
        case _:
            left = f", about {duration(status.remaining_s)} left" if status.remaining_s is not None else ""
            share = percent(status.done, status.partitions)
            failed = f", {status.failed:,} failed" if status.failed else ""
            return f"Under way for {took}: {status.done:,} of {total} done ({share}){failed}{left}."


def _all(count: int) -> str:
    return "The one partition was" if count == 1 else f"All {count:,} partitions were"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _reused(story: RunStory) -> str:
    reused = story.status.reused
    if not reused:
        return ""
    if reused == story.status.partitions:
        return "; every result came from earlier runs"
    return f"; {reused:,} results came from earlier runs"


def in_words(advice: Advice) -> Said:
    """Put advice into words, with the figures that it follows from."""
    return _SAYERS[advice.code](advice.figures)


def _not_worth_it(seen: Mapping[str, Any]) -> Said:
    return Said(
        'This is not worth several workers: `backend = "local"` does it as fast',
        f"One partition after another would have taken about {duration(seen['alone_s'])}; "
        f"with {seen['workers']:,} workers, starting them included, it took {duration(seen['elapsed_s'])}.",
    )


def _tiny(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Put more into each partition",
        f"{seen['partitions']:,} partitions took {fine(seen['median_s'])} each (median), "
        f"{duration(seen['work_s'])} together. Handing them out and storing what they gave took "
        f"{duration(seen['overhead_s'])} more. Fewer partitions (`target_partitions`, or more rows in each), "
        "or larger batches (`--batch-size`), save most of that.",
    )


def _one_long(seen: Mapping[str, Any]) -> Said:
    return Said(
        f"Cut partition {seen['index']:,} into smaller ones",
        f"{seen['described']} took {duration(seen['longest_s'])} of the {duration(seen['working_s'])} in "
        f"which partitions ran; the median is {fine(seen['median_s'])}. In even pieces, all of them "
        f"would have taken about {duration(seen['ideal_s'])}.",
    )


def _idle(seen: Mapping[str, Any]) -> Said:
    few = seen["partitions"] < seen["workers"]
    cause = "there were fewer partitions than workers" if few else "workers waited for work"
    more = "Make more partitions, or ask for" if few else "Ask for"
    return Said(
        f"{more} {counted(seen['enough'], 'worker')}",
        f"Of {seen['workers']:,} workers {seen['at_once']:.1f} were busy at once on average: {cause}.",
    )


def _unbalanced(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Cut the work into smaller partitions, so that all workers end together",
        f"For the last {duration(seen['tail_s'])} of {duration(seen['working_s'])} at least one of "
        f"{seen['workers']:,} workers had nothing left to do.",
    )


def _more_workers(seen: Mapping[str, Any]) -> Said:
    return Said(
        f"Use {seen['use']:,} workers",
        f"{_were_busy(seen['workers'])} nearly all the time, and the machine has {seen['cores']:,} cores. "
        f"{duration(seen['working_s'])} would become about {duration(seen['expected_s'])}, where memory and "
        "disk allow it.",
    )


def _were_busy(workers: int) -> str:
    return "The worker was busy" if workers == 1 else f"All {workers:,} workers were busy"


def _waiting(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Use more workers than cores, or threads",
        f"Partitions computed for {percent(seen['cpu_share'], 1)} of their {duration(seen['work_s'])} and "
        "waited for the rest, as for a disk or a network. `--workers` may exceed the number of cores; "
        '`pool = "threads"` makes many workers cheap.',
    )


def _start_up(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Give one run more to do",
        f"The first partition began {duration(seen['start_s'])} after the start, of "
        f"{duration(seen['elapsed_s'])} in all. Planning, starting workers and importing your libraries "
        "cost the same for any amount of work.",
    )


def _merging(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Let partitions give smaller results, or merge with a ready-made reducer",
        f"Merging ({seen['reducer']}) took {duration(seen['reduce_s'])} of {duration(seen['elapsed_s'])}. "
        "It is one process, whatever the number of workers.",
    )


def _memory(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Make partitions smaller, or give workers more memory",
        f"A worker took {size(seen['peak_bytes'])} of the {size(seen['limit_bytes'])} that "
        "`[execution] memory` allows. At the limit it is ended, and its partition with it.",
    )


def _retries_needed(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Find out why partitions go well only when they are tried again",
        f"{counted(seen['retries'], 'batch', 'batches')} had to be tried again, and {seen['helped']:,} of "
        "them then gave results. Something outside the data decides: a service, a file that comes late, "
        "memory.",
    )


def _retries_wasted(seen: Mapping[str, Any]) -> Said:
    return Said(
        "Set `retries = 0`",
        f"Trying again {counted(seen['retries'], 'time')} took {duration(seen['seconds'])} and never helped: "
        "these partitions fail each time.",
    )


_SAYERS: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "run.not-worth-it": _not_worth_it,
    "partitions.tiny": _tiny,
    "partitions.one-long": _one_long,
    "partitions.wait": _waiting,
    "workers.idle": _idle,
    "workers.unbalanced": _unbalanced,
    "workers.more": _more_workers,
    "workers.memory": _memory,
    "run.start-up": _start_up,
    "run.merging": _merging,
    "retries.needed": _retries_needed,
    "retries.wasted": _retries_wasted,
}
