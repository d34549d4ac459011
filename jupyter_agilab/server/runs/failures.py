"""The partitions of a run that failed for good."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.run.causes import NOT_OF_FAILURE
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.typed_places import TypedPlaces

_MOST_TRACEBACK = 20_000


def failures_of(run: RunDirectory, most: int) -> list[dict[str, Any]]:
    """Give the first of them in the order in which they failed; tracebacks name the notebook's cell."""
    places = TypedPlaces(run)
    found: list[dict[str, Any]] = []
    for event in read_events(run.events):
        if event["type"] == "partition.failed" and event["final"]:
            told = {name: value for name, value in event.items() if name not in NOT_OF_FAILURE}
            found.append({**told, "traceback": places.mapped(told["traceback"])[:_MOST_TRACEBACK]})
            if len(found) >= most:
                break
    return found
