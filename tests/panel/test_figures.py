"""Numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.panel.figures import counted, duration, moment, percent, rate, size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (336_776_000_000, "337 GB"),
        (5e18, "5,000 PB"),
    ],
)
def test_sizes(size_bytes, text):
    assert size(size_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (0.15, "150 ms"),
        (0.9996, "1.0 s"),
        (3.21, "3.2 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7980, "2 h 13 min"),
        (86_399, "1 d 0 h"),
        (273_600, "3 d 4 h"),
        (float("nan"), "?"),
        (float("inf"), "?"),
        (-1, "?"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(1240.4, "1,240/s"), (4.21, "4.2/s"), (0.996, "1.0/s"), (0.2, "12/min"), (1 / 1200, "3.0/h")],
)
def test_rates(per_second, text):
    assert rate(per_second) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 10, "0%"), (1, 10_000, "1%"), (9_999, 10_000, "99%"), (10, 10, "100%"), (0, 0, "0%"), (1, 3, "33%")],
)
def test_shares(part, whole, text):
    assert percent(part, whole) == text


def test_counts():
    assert counted(1, "partition") == "1 partition"
    assert counted(20_000, "partition") == "20,000 partitions"
    assert counted(2, "match", "matches") == "2 matches"
    assert moment(0) == ""


@given(st.floats(0, 1e17))
def test_a_size_says_the_truth_within_a_twentieth(size_bytes):
    number, unit = size(size_bytes).replace(",", "").split()
    factor = {"byte": 1, "bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}[unit]
    assert float(number) * factor == pytest.approx(size_bytes, rel=0.051, abs=0.5)


@given(st.floats(0, 1e8))
def test_a_duration_says_the_truth_within_a_twentieth(seconds):
    parts = duration(seconds).replace(",", "").split()
    units = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400}
    told = sum(float(number) * units[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True))
    assert told == pytest.approx(seconds, rel=0.051, abs=0.0006)
