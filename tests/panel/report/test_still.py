"""Charts without scripts: small whatever the amount of data, and with every extreme in them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.panel.report.scale import log_ticks, time_ticks
from jupyter_agilab.panel.report.still import scatter_svg, timeline_svg
from jupyter_agilab.panel.report.times import axis, fine
from jupyter_agilab.run.story.journal import read_journal


@given(st.floats(1e-5, 1e7))
def test_times_along_an_axis_are_few_and_even(span: float) -> None:
    ticks = time_ticks(span)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 9 or len(ticks) == 1
    assert ticks[-1] <= span * (1 + 1e-9)
    assert len({axis(tick) for tick in ticks}) == len(ticks)


@given(st.floats(1e-6, 1e6), st.floats(1.2, 1e9))
def test_logarithmic_ticks_are_inside_and_few(least: float, ratio: float) -> None:
    ticks = log_ticks(least, least * ratio)
    assert 1 <= len(ticks) <= 12
    assert all(0.99 * least <= tick <= 1.01 * least * ratio for tick in ticks)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (3e-6, "3 µs"), (0.0012, "1.2 ms"), (0.02, "20 ms"), (65, "1 min 05 s")]
)
def test_fine_times(seconds: float, text: str) -> None:
    assert fine(seconds) == text


def journal_of(tasks: int, workers: int = 4):
    events = [{"t": 0.0, "type": "run.started", "runner": "pool", "slots": workers}]
    for number in range(tasks):
        worker, at = f"worker-{number % workers}", number / 100
        told = {"task": number, "attempt": 1, "worker": worker, "finished": 1, "peak_memory_bytes": 0}
        events.append({"t": at + 0.03, "type": "task.finished", "started": at, "seconds": 0.03, **told})
    return read_journal(events, 0.0)


def test_a_timeline_of_many_tasks_stays_small() -> None:
    few, many = (len(timeline_svg(journal_of(tasks), "x")) for tasks in (100, 100_000))
    assert many < 40 * few < 2_000_000
    assert many < 200_000


def test_more_workers_than_can_be_drawn_are_counted() -> None:
    assert "and 52 more workers not drawn" in timeline_svg(journal_of(300, workers=100), "x")


@given(st.integers(2, 20_000), st.integers(0, 10**9))
def test_a_sample_keeps_the_extremes(count: int, seed: int) -> None:
    ys = [1.0 + ((index * 7919 + seed) % 1000) / 1000 for index in range(count)]
    ys[seed % count] = 1000.0
    ys[(seed + 1) % count] = 0.001
    drawn = scatter_svg([float(index) for index in range(count)], ys, "x", "y", [], log_x=False)
    dots = re.search(r'class="s-points" d="([^"]+)"', drawn)[1]  # type: ignore[index]  # it is there
    heights = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h0", dots)]
    assert len(heights) <= 1_502
    # the top and the bottom of the picture's own area
    assert (min(heights), max(heights)) == (14.0, 274.0)
