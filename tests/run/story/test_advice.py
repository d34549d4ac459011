"""Advice: each rule speaks where its figures say so, and is silent a little beside that."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_agilab.panel.report.words import in_words
from jupyter_agilab.run.story.advice import RULES, Advice, Evidence, advise
from jupyter_agilab.run.story.figures import RunFigures

GOOD = RunFigures(
    done=100,
    elapsed_s=100.0,
    start_s=1.0,
    working_s=96.0,
    tail_s=2.0,
    reduce_s=1.0,
    work_s=370.0,
    busy_s=380.0,
    at_once=3.95,
    median_s=3.7,
    longest_s=6.0,
    longest=7,
    cpu_share=0.95,
    peak_memory_bytes=100_000_000,
    retries=0,
    retries_helped=0,
    retry_s=0.0,
    tasks_lost=0,
    lost_s=0.0,
    under_way=0,
    busy_by_lane=(95.0,) * 4,
)
"""Four workers on four cores that were busy all the time: nothing to say."""


def seen(
    *, slots: int = 4, cores: int = 4, memory: str | None = None, marks: int = 0, **figures: Any
) -> Evidence:
    journal: Any = SimpleNamespace(slots=slots, runner="pool", reducer="concat-csv", mark_count=marks)
    contract: Any = SimpleNamespace(execution=SimpleNamespace(memory=memory))
    return Evidence(
        figures=replace(GOOD, **figures), journal=journal, contract=contract, cores=cores, longest="a.csv"
    )


SPEAKS = {
    "run.not-worth-it": {"work_s": 60.0, "busy_s": 300.0},
    "partitions.tiny": {"median_s": 0.001, "work_s": 120.0, "busy_s": 380.0, "slots": 2},
    "partitions.one-long": {"longest_s": 90.0, "work_s": 150.0},
    "workers.unbalanced": {"tail_s": 40.0},
    "workers.idle": {"at_once": 1.5, "busy_s": 144.0, "work_s": 140.0},
    "workers.more": {"cores": 16},
    "partitions.wait": {"cpu_share": 0.1},
    "run.start-up": {"start_s": 60.0, "working_s": 30.0},
    "run.merging": {"reduce_s": 60.0, "working_s": 30.0},
    "workers.memory": {"memory": "110 MB"},
    "retries.needed": {"retries": 2, "retries_helped": 1},
    "retries.wasted": {"retries": 5, "retry_s": 1.0},
}
SILENT = {
    "run.not-worth-it": [
        {"work_s": 112.0},
        {"work_s": 60.0, "slots": 1},
        {"work_s": 1.0, "elapsed_s": 1.5},
        {"work_s": 60.0, "marks": 1},
    ],
    "partitions.tiny": [
        {"median_s": 0.001, "work_s": 370.0},
        {"median_s": 0.5, "work_s": 120.0, "busy_s": 380.0},
        {"median_s": 0.001, "work_s": 0.1, "busy_s": 0.5, "elapsed_s": 1.0},
    ],
    "partitions.one-long": [
        {"longest_s": 90.0},
        {"longest_s": 90.0, "work_s": 150.0, "median_s": 80.0},
        {"longest_s": 90.0, "work_s": 150.0, "slots": 1},
    ],
    "workers.unbalanced": [{"tail_s": 9.0}, {"tail_s": 40.0, "slots": 1}],
    "workers.idle": [{"at_once": 3.0}, {"at_once": 0.9, "slots": 1}, {"at_once": 1.5, "marks": 3}],
    "workers.more": [{"cores": 16, "at_once": 2.0}, {"cores": 16, "working_s": 5.0}, {"cores": 0}],
    "partitions.wait": [{"cpu_share": None}, {"cpu_share": 0.1, "work_s": 5.0}],
    "run.start-up": [{"start_s": 1.0, "elapsed_s": 1.5}, {"start_s": 60.0, "done": 0}],
    "run.merging": [{"reduce_s": 20.0}],
    "workers.memory": [{"memory": "2 GiB"}, {"memory": None}],
    "retries.needed": [{"retries": 0}],
    "retries.wasted": [{"retries": 1, "retry_s": 0.1}],
}


def codes(evidence: Evidence) -> list[str]:
    return [advice.code for advice in advise(evidence)]


def test_a_run_that_went_well_gets_no_advice() -> None:
    assert codes(seen()) == []


@pytest.mark.parametrize("code", SPEAKS)
def test_each_rule_speaks(code: str) -> None:
    assert code in codes(seen(**SPEAKS[code]))


@pytest.mark.parametrize(
    ("code", "figures"), [(code, each) for code, several in SILENT.items() for each in several]
)
def test_each_rule_is_silent_beside_its_case(code: str, figures: dict[str, Any]) -> None:
    assert code not in codes(seen(**figures))


def test_every_rule_has_a_case() -> None:
    spoken = {advice.code for code in SPEAKS for rule in RULES if (advice := rule(seen(**SPEAKS[code])))}
    assert spoken == set(SPEAKS) == set(SILENT)


def test_one_long_partition_says_why_the_others_waited() -> None:
    waited = seen(longest_s=90.0, work_s=150.0, tail_s=60.0, at_once=1.6, busy_s=155.0)
    assert codes(waited) == ["partitions.one-long"]


@pytest.mark.parametrize("code", SPEAKS)
def test_advice_is_a_sentence_with_its_figures(code: str) -> None:
    advice = next(each for each in advise(seen(**SPEAKS[code])) if each.code == code)
    said = in_words(advice)
    assert said.title
    assert said.reason.endswith((".", "memory."))
    assert any(char.isdigit() for char in said.reason + said.title)
    assert said.title.count("`") % 2 == said.reason.count("`") % 2 == 0


def test_a_limit_that_was_reached_is_named() -> None:
    [advice] = advise(seen(**SPEAKS["workers.memory"]))
    assert advice == Advice("workers.memory", {"peak_bytes": 100_000_000, "limit_bytes": 110_000_000})
    assert "100 MB of the 110 MB" in in_words(advice).reason
