"""The figures that sum a run up, against sums by hand."""

from __future__ import annotations

import pytest

from jupyter_agilab.run.story.figures import sum_up
from jupyter_agilab.run.story.measured import REUSED


def test_a_plain_run(script, measured):
    script.started(slots=2).joined("a", "b")
    script.given(1.0, 1).done(4.0, 1, "a", 2.0).given(1.0, 2).done(8.0, 2, "b", 6.0)
    script.add(9.0, "reduce.started", reducer="sum").add(10.0, "run.ended")
    figures = sum_up(script.read(), measured([1.5, 5.5], cpu=0.5, memory=7))
    assert (figures.done, figures.elapsed_s, figures.start_s) == (2, 10.0, 2.0)
    assert (figures.working_s, figures.tail_s, figures.reduce_s) == pytest.approx((6.0, 4.0, 1.0))
    assert (figures.work_s, figures.busy_s) == pytest.approx((7.0, 8.0))
    assert figures.at_once == pytest.approx(8 / 6)
    assert (figures.median_s, figures.longest_s, figures.longest) == (3.5, 5.5, 1)
    assert (figures.cpu_share, figures.peak_memory_bytes) == (0.5, 7)
    assert figures.busy_by_lane == pytest.approx((2.0, 6.0))


def test_results_of_earlier_runs_do_not_count(script, measured):
    figures = sum_up(script.started().read(), measured([9.0, 1.0], task=[REUSED, 4], memory=3))
    assert (figures.done, figures.work_s, figures.longest) == (1, 1.0, 1)


def test_retries_and_losses_are_told_apart(script, measured):
    script.started().joined("a", "b")
    script.given(1.0, 1, attempt=2).done(2.0, 1, "a", 1.0, attempt=2)
    script.given(2.0, 2, attempt=3).done(4.0, 2, "a", 2.0, attempt=3, finished=0)
    script.given(2.0, 3, "5").add(5.0, "worker.lost", worker="b", cause="").failed(5.0, 5, "b", kind="died")
    script.given(6.0, 4, "6")
    figures = sum_up(script.read(), measured([1.0]))
    assert (figures.retries, figures.retries_helped, figures.retry_s) == (2, 1, 3.0)
    assert (figures.tasks_lost, figures.lost_s, figures.under_way) == (1, 3.0, 1)


def test_nothing_done_gives_no_figures(script, measured):
    figures = sum_up(script.read(), measured([None, None]))
    assert (figures.done, figures.longest, figures.cpu_share, figures.at_once) == (0, -1, None, 0.0)


def test_cpu_that_was_not_measured_is_not_zero(script, measured):
    assert sum_up(script.read(), measured([1.0])).cpu_share is None
