"""Where so many jobs fit, and how long a batch job should be allowed to take."""

from __future__ import annotations

import math

import pytest

from jupyter_agilab import advise, suggested_walltime


@pytest.mark.parametrize(
    ("jobs", "scale", "max_blocks"),
    [
        (1, "small", None),
        (4, "small", None),
        (5, "medium", None),
        (40, "medium", None),
        (41, "large", 50),
        (100, "large", 50),
        (250, "large", 50),
        (251, "very large", 100),
        (500, "very large", 100),
        (200_000, "very large", 100),
    ],
)
def test_the_number_of_jobs_says_where_they_fit(jobs: int, scale: str, max_blocks: int | None) -> None:
    found = advise(jobs)
    assert (found.scale, found.max_blocks) == (scale, max_blocks)
    assert found.text.startswith(f"{scale}: ")
    assert (f"at most {max_blocks} batch jobs" in found.text) == (max_blocks is not None)


@pytest.mark.parametrize(
    ("minutes", "least", "most", "text"),
    [
        (100, 120, 130, "02:10:00"),
        (10, 12, 13, "00:13:00"),
        (1, 2, 2, "00:02:00"),
        (1440, 1728, 1872, "31:12:00"),
    ],
)
def test_a_walltime_is_a_fifth_to_three_tenths_more(minutes: int, least: int, most: int, text: str) -> None:
    found = suggested_walltime(minutes * 60)
    assert (found.least_min, found.most_min, found.text) == (least, most, text)


@pytest.mark.parametrize("estimate_s", [0, -1, math.nan, math.inf])
def test_what_is_no_estimate_is_refused(estimate_s: float) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        suggested_walltime(estimate_s)
