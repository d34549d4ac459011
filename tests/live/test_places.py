"""What places owe to whoever uses them again, side by side, or not to the end."""

import os
import threading
from contextlib import suppress

import pytest

from jupyter_agilab import task, use_threads
from jupyter_agilab.errors import PlaceClosedError
from jupyter_agilab.live.ledger import Ledger

WAIT_S = 60


@task
def one(value):
    return value


@task
def pair(left, right):
    return left, right


def waiting_task():
    """Give a task that runs until it is let go, an event that says that it runs, and one that lets it go."""
    begun, go_on = threading.Event(), threading.Event()

    @task
    def wait(value=None):
        begun.set()
        go_on.wait(WAIT_S)
        return value

    return wait, begun, go_on


def stop_at_work(place, wait, begun):
    """Leave a block with an exception while a call runs; gives the thread that runs it."""
    with suppress(KeyError), place:
        before = set(threading.enumerate())
        wait()
        assert begun.wait(WAIT_S)
        (worker,) = [each.thread for each in place._lanes.values()]
        assert worker in before
        raise KeyError
    return worker


def test_a_place_that_was_closed_at_work_can_be_opened_again(place_of):
    """The thread that is still at an old call ends with it: nothing new is given to it."""
    place = place_of("threads", 1)
    old, old_begun, old_go_on = waiting_task()
    worker = stop_at_work(place, old, old_begun)
    with place:
        new, begun, go_on = waiting_task()
        first = new(1)
        assert begun.wait(WAIT_S)
        old_go_on.set()
        worker.join(WAIT_S)
        assert not worker.is_alive()
        others = one.map([2, 3])
        assert not others.wait(timeout=0.2)
        go_on.set()
        assert (first.get_result(WAIT_S), others.get_results(WAIT_S)) == (1, [2, 3])


def test_what_an_old_call_gives_back_is_not_given_twice(place_of):
    place = place_of("threads", 1, resources={"licence": 1})
    old, old_begun, old_go_on = waiting_task()
    claiming = old.with_options(resources={"licence": 1})
    worker = stop_at_work(place, claiming, old_begun)
    with place:
        new, begun, go_on = waiting_task()
        held = new.with_options(resources={"licence": 1})()
        assert begun.wait(WAIT_S)
        old_go_on.set()
        worker.join(WAIT_S)
        assert place._ledger.free["licence"] == 0
        go_on.set()
        assert held.wait(WAIT_S)


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_results_from_before_a_place_was_closed_are_refused(place_of, kind):
    place = place_of(kind, 1)
    with place:
        job = one(1)
    with place:
        with pytest.raises(
            PlaceClosedError, match=r"the result of one went with .* was closed and opened again"
        ):
            job.get_result()
        with pytest.raises(PlaceClosedError, match="was closed and opened again"):
            one(job)
        assert one(2).get_result() == 2


def test_what_is_taken_back_is_cancelled_and_not_failed(place):
    """The scheduler tells of a cancelled task as of one that was lost: what was said here comes first."""
    wait, _, go_on = waiting_task() if place.kind == "threads" else (one, None, threading.Event())
    jobs = [wait(number) for number in range(30)]
    for job in jobs:
        job.cancel()
    go_on.set()
    # those that were too quick have their result
    assert {job.state for job in jobs} <= {"cancelled", "finished"}
    assert "cancelled" in {job.state for job in jobs}


def test_a_list_that_contains_itself_beside_a_job(threads):
    items = [1]
    items.append(items)
    left, right = pair(items, one(2)).get_result()
    assert (left is items, right) == (True, 2)


def test_what_waits_for_a_gpu_leaves_the_cores_to_others(place_of):
    with place_of("threads", 4, resources={"gpus": 1}):
        wait, begun, go_on = waiting_task()
        held = wait.with_options(gpus=1)()
        assert begun.wait(WAIT_S)
        behind = one.with_options(gpus=1)(2)
        assert one.map([3, 4]).get_results(WAIT_S) == [3, 4]
        assert behind.state == "waiting"
        go_on.set()
        assert behind.get_result(WAIT_S) == 2
        assert held.wait()


def test_what_a_large_claim_waits_for_is_kept_for_it():
    """It needs three cores and a GPU that is in use: of four cores others may have one."""
    ledger = Ledger({"cpus": 4, "gpus": 1})
    assert ledger.take({"gpus": 1}, {})
    held = {}
    assert not ledger.take({"cpus": 3, "gpus": 1}, held)
    assert not ledger.take({"cpus": 2}, dict(held))
    assert ledger.take({"cpus": 1}, held)
    ledger.give({"cpus": 1})
    ledger.give({"gpus": 1})
    held = {}
    assert ledger.take({"cpus": 3, "gpus": 1}, held)
    assert ledger.take({"cpus": 1}, held)
    assert not ledger.take({"cpus": 0.5}, held)
    assert ledger.free == {"cpus": 0, "gpus": 0}


def test_blocks_of_two_threads_may_end_in_any_order(place_of):
    place = place_of("threads", 2)
    inside, may_leave, told = threading.Event(), threading.Event(), []

    def other():
        try:
            with place:
                inside.set()
                may_leave.wait(WAIT_S)
                told.append(one(5).get_result(WAIT_S))
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=other)
    with place:
        thread.start()
        assert inside.wait(WAIT_S)
    assert place.is_open
    may_leave.set()
    thread.join(WAIT_S)
    assert told == [5]
    assert not place.is_open


def test_a_function_with_rng_is_sent_once(place_of):
    """Not once for each item: workers keep what they were sent."""
    table = list(range(1000))

    @task
    def draw(index, rng):
        return table[index], rng.random()

    with place_of("pool", 1) as place:
        drawn = draw.map(list(range(20))).get_results()
        assert [each[0] for each in drawn] == table[:20]
        assert len({each[1] for each in drawn}) == 20
        (lane,) = place._lanes.values()
        assert len(lane.process.knows) == 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="platform: cores cannot be limited")
def test_a_place_has_as_many_workers_as_there_are_cores_to_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7})
    assert use_threads().workers == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert use_threads().workers == 8
