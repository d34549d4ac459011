"""Weights held against seconds."""

from __future__ import annotations

import pytest

from jupyter_agilab.run.story.forecast import fit_weights


def test_sizes_that_foretell_the_time(measured):
    fit = fit_weights([100.0 * n for n in range(1, 21)], measured([0.5 * n for n in range(1, 21)]))
    assert fit.correlation == pytest.approx(1.0)
    assert fit.seconds_per_weight == pytest.approx(0.005)
    assert (fit.outliers, fit.outlier_count) == ((), 0)


def test_a_partition_that_took_longer_than_its_size_says(measured):
    seconds = [1.0] * 19 + [40.0]
    fit = fit_weights([10.0] * 18 + [11.0, 10.0], measured(seconds))
    [(index, ratio)] = fit.outliers
    assert index == 19
    assert ratio == pytest.approx(40 / (sum(seconds) / 201 * 10))


@pytest.mark.parametrize(
    ("weights", "seconds"),
    [([1.0] * 20, [1.0] * 20), ([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0] * 10, [None] * 20)],
    ids=["even weights", "too few", "nothing done"],
)
def test_nothing_is_said_where_there_is_nothing_to_compare(measured, weights, seconds):
    assert fit_weights(weights, measured(seconds)) is None


def test_times_that_are_all_alike_have_no_correlation(measured):
    assert fit_weights([1.0, 2.0] * 10, measured([1.0] * 20)).correlation is None
