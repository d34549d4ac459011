"""What takes a minute whatever one does goes on beside the other tests."""

from pathlib import Path

import pytest

BEGINS, ENDS = "test_a_run_begins_on_jobs_with_a_short_walltime", "test_jobs_that_reach_their_walltime"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the tests of this folder, begin the run whose jobs reach their walltime first, and end it last."""
    here = Path(__file__).parent
    places = [place for place, item in enumerate(items) if item.path.parent == here]
    rank = {BEGINS: 0, ENDS: 2}
    ours = sorted((items[place] for place in places), key=lambda item: rank.get(item.name, 1))
    for place, item in zip(places, ours, strict=True):
        items[place] = item
