"""Reasons as text: short whatever their number, and no line wider than asked for."""

from __future__ import annotations

from array import array

import pytest

from jupyter_agilab.panel.columns import columns_of
from jupyter_agilab.panel.explain_text import explain_lines, explain_text
from jupyter_agilab.panel.explain_view import ExplainView
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.reasons import Explanation, Reason


def explanation(reasons: list[Reason], numbers: list[int]) -> Explanation:
    partitions = [
        Partition(index, f"{index:016x}", "file", f"data/{index}.csv", 0, 9, 0, "csv", None, 9.0, "f")
        for index in range(len(numbers))
    ]
    return Explanation("clean", partitions, reasons, array("l", numbers))


def many() -> Explanation:
    reasons = [Reason("stage", f"helper `h{number}` changed") for number in range(40)]
    return explanation(reasons, [number % 40 for number in range(20_000)])


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([], "clean: there are no partitions"),
        ([0], "clean: nothing will run: all 1 result can be taken over"),
        ([0, 0], "clean: nothing will run: all 2 results can be taken over"),
        ([1], "clean: the only partition will run"),
        ([1, 1], "clean: all 2 partitions will run"),
        ([0, 1, 1], "clean: 2 of 3 partitions will run, 1 result can be taken over"),
    ],
)
def test_the_verdict_comes_first(numbers, said):
    made = explanation([Reason("reused", "r"), Reason("never", "never ran")], numbers)
    assert explain_text(made).split("\n")[0] == said
    assert said.removeprefix("clean: ") in ExplainView(made).html()


def test_a_group_of_several_shows_the_first_ones_figures():
    reasons = [
        Reason("input", "input changed: size 1 -> 2 MB", "r", "input changed"),
        Reason("input", "input changed: size 3 -> 4 MB", "r", "input changed"),
    ]
    told = explain_text(explanation(reasons, [0, 1]))
    assert "2  input changed (the first: input changed: size 1 -> 2 MB)" in told
    assert "0 (data/0.csv), 1 (data/1.csv)" in told
    alone = explain_text(explanation(reasons, [1]))
    assert "1  input changed: size 3 -> 4 MB" in alone


@pytest.mark.parametrize("width", [40, 60, 100])
def test_many_reasons_stay_short_and_narrow(width):
    lines = explain_text(many(), width).split("\n")
    assert all(columns_of(line) <= width for line in lines)
    assert len(lines) < 60
    assert lines[-1] == "  ... and 28 more reasons"
    assert "… and 28 more reasons" in ExplainView(many()).html()


def test_every_partition_has_its_line():
    lines = list(explain_lines(many()))
    assert len(lines) == 20_000
    assert lines[41] == "    41  0000000000000029  helper `h1` changed  [data/41.csv]"


def test_names_cannot_steer_the_terminal():
    made = explanation([Reason("failed", "failed last time: \x1b[31mred")], [0])
    assert "\x1b" not in explain_text(made) + "".join(explain_lines(made)) + ExplainView(made).html()
