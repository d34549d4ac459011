"""The journal as a picture needs it: lanes, lost tasks, clocks, phases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.run.index_ranges import ranges_text
from jupyter_agilab.run.story.journal import FINISHED, LOST, MOST_MARKS, UNDER_WAY, is_among


def test_nothing_at_all_is_a_journal(script):
    journal = script.read()
    assert (len(journal.tasks), journal.lanes, journal.first_task_s, journal.busy_s) == (0, 0, None, 0)


def test_times_count_from_submit(script):
    script.started(at=1.5).joined("a").given(2.0, 1).done(5.0, 1, "a", 2.5)
    script.add(6.0, "reduce.started", reducer="sum").add(7.0, "run.ended")
    journal = script.read()
    assert journal.tasks.begin_s[0] == pytest.approx(2.5)
    assert (journal.first_task_s, journal.last_task_s) == pytest.approx((2.5, 5.0))
    assert (journal.started_s, journal.reduce_s, journal.end_s, journal.ended) == (1.5, 6.0, 7.0, True)


def test_a_worker_that_replaces_a_lost_one_continues_its_lane(script):
    script.started().joined("a", "b").add(2.0, "worker.lost", worker="a", cause="gone")
    script.joined("c", at=2.1).joined("d", at=2.2)
    journal = script.read()
    assert {worker.name: worker.lane for worker in journal.workers} == {"a": 0, "b": 1, "c": 0, "d": 2}
    assert journal.lanes == 3
    assert (journal.workers[0].lost_s, journal.workers[0].cause) == (2.0, "gone")


def test_a_worker_that_comes_back_under_its_name_keeps_its_lane(script):
    script.started().joined("a").add(2.0, "worker.lost", worker="a", cause="gone").joined("a", at=3.0)
    journal = script.joined("b", at=4.0).read()
    assert {worker.name: worker.lane for worker in journal.workers} == {"a": 0, "b": 1}


def test_a_worker_that_never_said_hello_has_a_lane_too(script):
    journal = script.started().given(1.0, 1).done(2.0, 1, "late", 1.0).read()
    assert [worker.name for worker in journal.workers] == ["late"]


def test_a_clock_that_is_off_is_not_believed(script):
    script.started().joined("a", "b")
    script.given(10.0, 1).done(20.0, 1, "a", 9.0, started=5_000.0)
    script.given(10.0, 2).done(20.0, 2, "b", 9.0, started=0.0)
    assert list(script.read().tasks.begin_s) == pytest.approx([11.0, 11.0])


def test_a_task_is_lost_with_the_worker_that_its_failure_names(script):
    script.started().joined("a", "b").given(2.0, 1, "0-4", partitions=5).given(2.0, 2, "5-9", first=5)
    script.add(4.0, "worker.lost", worker="b", cause="killed")
    script.failed(9.0, 7, "b", final=False, kind="died")
    tasks = script.read().tasks
    assert (tasks.number[0], tasks.state[0], tasks.failed[0]) == (2, LOST, 1)
    # it was lost when its worker was, not when that was told
    assert (tasks.begin_s[0], tasks.seconds[0]) == (2.0, 2.0)
    assert (tasks.number[1], tasks.state[1]) == (1, UNDER_WAY)


def test_heartbeats_tell_who_has_which_task(script):
    script.started().joined("tcp://x:1", "b").given(2.0, 1, "0-4")
    seen = {"worker": "tcp___x_1", "partition": 3, "since": 0.0}
    journal = script.add(3.0, "run.beat", workers=[seen]).read(now=6.0)
    tasks = journal.tasks
    assert (tasks.state[0], tasks.worker[0], tasks.begin_s[0], tasks.seconds[0]) == (UNDER_WAY, 0, 2.0, 4.0)


def test_a_task_that_nobody_is_known_to_have_takes_no_time(script):
    tasks = script.started().joined("a").given(2.0, 1, "0").read(now=60.0).tasks
    assert (tasks.worker[0], tasks.seconds[0]) == (-1, 0.0)


def test_idle_workers_and_foreign_names_in_heartbeats_are_passed_over(script):
    script.started().joined("a").given(2.0, 1, "0")
    idle, stranger = ({"worker": name, "partition": index} for name, index in (("a", None), ("z", 0)))
    assert script.add(3.0, "run.beat", workers=[idle, stranger]).read().tasks.worker[0] == -1


def test_failures_count_for_the_task_that_was_just_told(script):
    script.started().joined("a").given(1.0, 1, partitions=3).done(2.0, 1, "a", 1.0, finished=1)
    script.failed(2.0, 0, "a").failed(2.0, 1, "a", final=False)
    script.given(2.0, 2, attempt=2, first=1).done(3.0, 2, "a", 1.0, attempt=2)
    journal = script.read()
    assert list(journal.tasks.failed) == [2, 0]
    assert list(journal.tasks.attempt) == [1, 2]
    assert [(mark.index, mark.final) for mark in journal.marks] == [(0, True), (1, False)]
    assert set(journal.tasks.state) == {FINISHED}


def test_marks_are_capped_and_still_counted(script):
    script.started().joined("a")
    event = script.failed(2.0, 0, "a").events[-1]
    script.events += [event] * (MOST_MARKS + 5)
    journal = script.read()
    assert (len(journal.marks), journal.mark_count) == (MOST_MARKS, MOST_MARKS + 6)


@given(st.sets(st.integers(0, 60)), st.integers(0, 61))
def test_an_index_is_among_ranges_when_it_is_in_the_set(indexes: set[int], index: int) -> None:
    assert is_among(index, ranges_text(sorted(indexes))) == (index in indexes)
