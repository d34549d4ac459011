"""What the page's script draws: the timeline and the time of each partition, as packed columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_agilab.panel.columns import clip, printable
from jupyter_agilab.panel.report.packed import integers, numbers
from jupyter_agilab.run.story.journal import Journal
from jupyter_agilab.run.story.story import RunStory

_NAMED = 2_000
_NAME_COLUMNS = 120
_MEMORY_UNIT_BYTES = 1 << 20


def payload(story: RunStory) -> dict[str, Any]:
    """Give the script's data; 100,000 partitions take less than a megabyte, as many tasks three more."""
    return {
        "timeline": _timeline(story.journal) if len(story.journal.tasks) else None,
        "partitions": _partitions(story),
        "names": _names(story),
    }


def _timeline(journal: Journal) -> dict[str, Any]:
    tasks = journal.tasks
    marks = [mark for mark in journal.marks if mark.worker >= 0]
    return {
        "origin": journal.origin,
        "end": journal.end_s,
        "firstTask": journal.first_task_s,
        "reduce": journal.reduce_s,
        "reducer": journal.reducer,
        "ended": journal.ended,
        "lanes": journal.lanes,
        "workers": [
            {
                "name": _text(worker.name),
                "lane": worker.lane,
                "lost": worker.lost_s,
                "cause": _text(worker.cause),
            }
            for worker in journal.workers
        ],
        "tasks": {
            "number": integers(tasks.number),
            "worker": integers(tasks.worker),
            "begin": numbers(tasks.begin_s),
            "seconds": numbers(tasks.seconds),
            "partitions": integers(tasks.partitions),
            "first": integers(tasks.first),
            "finished": integers(tasks.finished),
            "failed": integers(tasks.failed),
            "attempt": integers(tasks.attempt),
            "slowest": numbers(tasks.slowest_s),
            "memory": integers([each // _MEMORY_UNIT_BYTES for each in tasks.memory_bytes]),
            "state": integers(tasks.state),
        },
        "marks": {
            "at": numbers(mark.at_s for mark in marks),
            "worker": integers([mark.worker for mark in marks]),
            "index": integers([mark.index for mark in marks]),
            "final": integers([int(mark.final) for mark in marks]),
        },
        "markTexts": _mark_texts([(mark.kind, mark.error_type) for mark in marks]),
    }


def _mark_texts(kinds: Sequence[tuple[str, str]]) -> dict[str, Any]:
    places: dict[tuple[str, str], int] = {}
    at = [places.setdefault(kind, len(places)) for kind in kinds]
    return {"texts": [_text(error_type) for _, error_type in places], "at": integers(at)}


def _partitions(story: RunStory) -> dict[str, Any] | None:
    done = story.measured.done_here()
    if len(done) < 2:
        return None
    weights = [story.weights[index] for index in done] if story.weights else []
    varied = bool(weights) and min(weights) < max(weights)
    return {
        "index": integers(done),
        "seconds": numbers(story.measured.seconds[index] for index in done),
        "weight": numbers(weights) if varied else None,
        "sized": story.is_sized,
    }


def _names(story: RunStory) -> list[str] | None:
    """Name all partitions where they are few; of many, those that matter stand in the tables."""
    if story.plan is None or story.plan.partition_count > _NAMED:
        return None
    return [_text(partition.describe()) for partition in story.plan.partitions]


def _text(text: str) -> str:
    return clip(printable(text), _NAME_COLUMNS)
