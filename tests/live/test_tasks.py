"""Calls and maps: what items become, what depends on what, and what comes back."""

import collections
import pickle
import threading
import time
from itertools import pairwise

import pytest

from jupyter_agilab import ArrayJob, Job, task
from jupyter_agilab.errors import (
    ClaimError,
    NoPlaceError,
    NotRunError,
    PlaceClosedError,
    TimeLimitError,
    UsageError,
    WaitTimeoutError,
)


@task
def add(x, y=0):
    return x + y


@task
def given(*args, **kwargs):
    return args, kwargs


@task
def one(value):
    return value


@task
def fail(x=0):
    raise ValueError(f"Whoops {x}")


@task
def times(seconds=0.0, *needed):
    started = time.time()
    time.sleep(seconds)
    return started, time.time()


def test_a_call_gives_a_job_at_once_and_its_result_later(place):
    job = add(1, y=2)
    assert isinstance(job, Job)
    assert job.wait() is True
    assert (job.get_result(), job.done(), job.state, job.error) == (3, True, "finished", None)
    assert job.get_result() == 3


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([(1, 2), (3, 4)], [3, 7]),
        ([{"x": 1, "y": 5}, {"x": 2}], [6, 2]),
        ([{"y": "b", "x": "a"}], ["ab"]),
    ],
)
def test_items_become_arguments(place, items, expected):
    assert add.map(items).get_results() == expected


@pytest.mark.parametrize(
    "item", [[1, 2], "text", None, {"any": "key"}, {1: 2}, {"x": 1, "z": 2}, {"a", "b"}, 1.5]
)
def test_what_the_function_does_not_take_apart_is_its_one_argument(threads, item):
    assert one.map([item]).get_results() == [item]


def test_a_dictionary_whose_key_is_the_parameter_is_taken_apart(threads):
    assert one.map([{"value": 7}]).get_results() == [7]


def test_dictionaries_for_any_keywords_and_tuples_for_any_arguments(threads):
    assert given.map([{"a": 1}, (1, 2), [3], ()]).get_results() == [
        ((), {"a": 1}),
        ((1, 2), {}),
        (([3],), {}),
        ((), {}),
    ]


def test_items_that_fit_in_no_way_are_refused_before_anything_starts(threads):
    ran = []

    @task
    def two(a, b):
        ran.append(a)

    with pytest.raises(UsageError, match=r"two\[1\] cannot be called with 5: two\(a, b\)"):
        two.map([(1, 2), 5])
    assert ran == []


def test_a_hundred_items_come_back_in_order(place):
    array = add.map([(i, i * i) for i in range(100)])
    assert len(array) == 100
    assert array.wait() is True
    assert array.get_results() == [i + i * i for i in range(100)]
    assert [job.get_result() for job in array] == array.get_results()
    assert array[7].get_result() == 56


@pytest.mark.parametrize("index", [-1, 3, 100])
def test_an_array_has_no_other_indexes(threads, index):
    array = add.map([1, 2, 3])
    with pytest.raises(IndexError):
        array[index]


def test_slices_of_an_array_are_lists_of_jobs(threads):
    assert [job.get_result() for job in add.map([1, 2, 3])[1:]] == [2, 3]


def test_no_items_are_no_jobs(place):
    array = add.map([])
    assert (len(array), array.wait(), array.get_results(), list(array)) == (0, True, [], [])
    # what comes after nothing waits for nothing
    assert add.after(array)(1).get_result() == 1
    assert one(array).get_result() == []


@pytest.mark.parametrize("call", [lambda: add(1), lambda: add.map([1]), lambda: add.after().map([])])
def test_without_a_place_there_is_one_clear_error(call):
    with pytest.raises(NoPlaceError, match="no place is active") as raised:
        call()
    assert isinstance(raised.value, RuntimeError)
    assert "use_cluster" in str(raised.value)


def test_unwrapped_needs_no_place():
    assert add.unwrapped(1, 2) == 3
    assert add.__name__ == "add"


def test_arguments_that_do_not_fit_are_refused_as_python_does(threads):
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        add()


def test_jobs_are_found_at_any_depth(place):
    Pair = collections.namedtuple("Pair", "left right")
    a, b = add(1), add(2)
    array = add.map([10, 20])
    value = {"deep": [{"er": (a, [b])}], "all": array, "plain": {"x": 1}, "pair": Pair(a, 3)}
    job = one(value)
    assert set(job.dependencies) == {a, b, *array}
    result = job.get_result()
    assert result["deep"] == [{"er": (1, [2])}]
    assert result["all"] == [10, 20]
    assert result["plain"] == {"x": 1}
    assert tuple(result["pair"]) == (1, 3)
    assert value["deep"][0]["er"][0] is a


def test_only_the_job_among_mixed_items_is_a_dependency(place):
    a = add(40)
    array = add.map([(a, 2), (1, 1), {"x": a, "y": 0}])
    assert array.dependencies == (a,)
    assert [set(job.dependencies) for job in array] == [{a}, set(), {a}]
    assert array.get_results() == [42, 2, 40]


def test_a_job_as_the_only_item(place):
    assert one.map([add(1)]).get_results() == [1]


def test_a_list_that_contains_itself_is_left_alone(threads):
    items = [1]
    items.append(items)
    assert one(items).get_result() is items


def test_an_element_starts_when_its_own_job_is_done(place_of):
    with place_of("threads", 4):
        slow = times.map([0.0, 1.5])
        after = times.map([(0.0, slow[0]), (0.0, slow[1])])
        (first, _), (second, _) = after.get_results()
        assert first < slow[1].get_result()[1] <= second


def test_after_an_array_waits_for_all_of_it(place):
    array = times.map([0.3, 0.0, 0.1])
    started, _ = times.after(array)().get_result()
    assert started >= max(ended for _, ended in array.get_results())
    for started, _ in times.after(array).map([0.0, 0.0]).get_results():
        assert started >= max(ended for _, ended in array.get_results())


def test_after_is_stateless_and_adds_up(threads):
    a, b, c = add(1), add(2), add.map([3, 4])
    behind = add.after(a)
    assert behind is not add
    assert add.dependencies == ()
    assert behind.after(b, c).dependencies == (a, b, *c)
    assert behind.dependencies == (a,)
    assert add.after().dependencies == ()
    assert behind(5).dependencies == (a,)
    assert behind.after(a).dependencies == (a,)
    assert behind.with_options(mem="1G").dependencies == (a,)
    assert behind.unwrapped(1, 1) == 2
    assert add.after(a).after(c).map([1]).get_results() == [1]


@pytest.mark.parametrize("wrong", [1, "job", None, [], add])
def test_after_takes_jobs_and_arrays_only(threads, wrong):
    text = f".after() expects Job or ArrayJob arguments, got {type(wrong).__name__}"
    with pytest.raises(TypeError) as raised:
        add.after(add(1), wrong)
    assert str(raised.value) == text


def test_what_failed_keeps_its_exception_and_traceback(place):
    job = fail(3)
    assert job.wait() is False
    with pytest.raises(ValueError, match="Whoops 3") as raised:
        job.get_result()
    assert raised.traceback[-1].path.name == "test_tasks.py"
    assert raised.traceback[-1].name == "fail"
    assert any("in the task fail" in note for note in raised.value.__notes__)
    # asked again it is the same, and no longer
    depth = len(raised.traceback)
    with pytest.raises(ValueError, match="Whoops 3") as raised:
        job.get_result()
    assert len(raised.traceback) == depth


def test_what_needs_a_failed_job_is_not_run_and_says_why(place):
    array = fail.map([1])
    ran = one(array)
    behind = add.after(ran)(1)
    elements = one.map([array[0], add(5)])
    assert behind.wait() is False
    assert elements.wait() is False
    assert (ran.state, behind.state, elements[0].state, elements[1].state) == (
        *("not run", "not run", "not run"),
        "finished",
    )
    with pytest.raises(
        NotRunError, match=r"add was not run: fail\[0\] failed: ValueError: Whoops 1"
    ) as raised:
        behind.get_result()
    assert raised.value.ancestor == "fail[0]"
    assert isinstance(raised.value.__cause__, ValueError)
    # the others are not disturbed
    assert elements[1].get_result() == 5
    with pytest.raises(NotRunError):
        elements.get_results()


def test_results_of_an_array_raise_what_the_first_failed_one_raised(place):
    array = fail.map([1, 2])
    with pytest.raises(ValueError, match="Whoops 1"):
        array.get_results()


def test_a_long_chain_of_what_is_not_run(threads):
    job = fail()
    for _ in range(3000):
        job = one(job)
    assert job.wait() is False
    assert job.error.ancestor == "fail"


def test_timeouts(place_of):
    with place_of("pool", 1) as place:
        job = times(30)
        array = times.map([30, 30])
        assert job.wait(timeout=0.05) is False
        assert array.wait(timeout=0.05) is False
        with pytest.raises(WaitTimeoutError):
            job.get_result(timeout=0.05)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            array.get_results(timeout=0.2)
        assert time.monotonic() - started < 10
        job.cancel()
        array.cancel()
        assert (job.state, job.wait()) == ("cancelled", False)
        # the worker is free again
        assert add(1).get_result(timeout=60) == 1
        assert place.is_open


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_the_time_of_a_task_is_enforced(place_of, kind):
    with place_of(kind):
        job = times.with_options(time=0.3)(20.0)
        behind = add.after(job)(1)
        started = time.monotonic()
        with pytest.raises(TimeLimitError, match=r"times took longer than its time of 0\.3 s"):
            job.get_result()
        assert time.monotonic() - started < 15
        assert behind.wait() is False
        assert "times failed" in str(behind.error)
        assert times.with_options(time="00:00:30")(0.0).wait()


@pytest.mark.parametrize(
    "options",
    [
        *(
            {"time": each}
            for each in ("3", "00:60:00", "1:2", "", "0:00:00", "-1:00:00", 0, -1, True, "3 min")
        ),
        *({"mem": each} for each in ("256", "", "M", "-1M", "256 X", 0, "0M", 1.5, True)),
        *({"cpus_per_task": each} for each in (0, -1, 1.5, "2", True)),
        *({"gpus": each} for each in (-0.5, "1")),
        {"resources": {"licence": 0}},
    ],
    ids=str,
)
def test_options_that_cannot_be_read_are_refused(options):
    with pytest.raises(ClaimError):
        task(**options)
    with pytest.raises(ClaimError):
        add.with_options(**options)


def test_options_as_people_write_them():
    options = task(time="00:03:00", mem="256M", cpus_per_task=2, gpus=0.5, resources={"licence": 1})(
        len
    ).options
    assert options.time_limit_s == 180
    assert options.claims == {"cpus": 2, "memory": 256 * 1024**2, "gpus": 0.5, "licence": 1}
    assert task(time="1-02:00:00", mem="2 GiB")(len).options.time_limit_s == 93600
    assert task(mem="500 MB")(len).options.claims["memory"] == 500_000_000


def test_with_options_leaves_the_task_alone():
    changed = add.with_options(time="00:00:10", name="plus")
    assert (changed.name, changed.options.time_limit_s) == ("plus", 10)
    assert (add.name, add.options.time_limit_s) == ("add", None)
    with pytest.raises(UsageError, match="cpus_per_task"):
        add.with_options(cpus_per_tasks=2)


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_a_claim_that_nothing_can_meet_is_refused_at_once(place_of, kind):
    with place_of(kind), pytest.raises(ClaimError, match="add claims 1 cpus, 64 gpus"):
        add.with_options(gpus=64)(1)


def test_claims_are_held_while_a_task_runs(place_of):
    with place_of("threads", 4, resources={"gpus": 1.5}):
        half = times.with_options(gpus=0.5).map([0.3] * 3).get_results()
        assert max(started for started, _ in half) < min(ended for _, ended in half)
        whole = sorted(times.with_options(gpus=1).map([0.1] * 3).get_results())
        assert all(ended <= started for (_, ended), (started, _) in pairwise(whole))


def test_a_large_claim_has_its_turn_among_small_ones(place_of):
    with place_of("threads", 4, resources={"gpus": 1}):
        small = [times.with_options(gpus=0.5)(0.1) for _ in range(4)]
        large = times.with_options(gpus=1)(0.0)
        more = [times.with_options(gpus=0.5)(0.1) for _ in range(4)]
        _, ended = large.get_result()
        assert ended <= max(job.get_result()[0] for job in more)
        assert all(job.wait() for job in small)


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_no_more_than_max_concurrent_at_once(place_of, kind):
    with place_of(kind, 4):
        array = times.map([0.05] * 9, max_concurrent=2)
        behind = one.map(array)
        spans = array.get_results()
        assert behind.get_results() == spans
    edges = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    at_once = [0]
    for _, step in edges:
        at_once.append(at_once[-1] + step)
    assert max(at_once) <= 2


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "2"])
def test_max_concurrent_is_a_whole_number_above_nothing(threads, wrong):
    with pytest.raises(UsageError, match="max_concurrent"):
        add.map([1], max_concurrent=wrong)


def test_failures_make_room_in_a_window(threads):
    array = one.map([fail()] * 2000, max_concurrent=1)
    assert array.wait() is False


def test_rng_is_the_same_everywhere(place):
    import numpy

    @task(seed=7)
    def draw(count, rng):
        return rng.random(count).tolist()

    expected = [
        numpy.random.default_rng(numpy.random.SeedSequence([7, place])).random(2).tolist()
        for place in range(3)
    ]
    assert draw.map([2, 2, 2]).get_results() == expected
    assert draw(2).get_result() == expected[0]
    assert draw(2, rng=numpy.random.default_rng(1)).get_result() != expected[0]


def test_a_job_cannot_be_sent_by_hand(place_of):
    with place_of("pool", 1):
        job = add(1)

        with pytest.raises(TypeError, match="the job add cannot be sent to a worker as it is"):
            pickle.dumps(job)
        with pytest.raises(TypeError, match="the array add cannot be sent to a worker as it is"):
            pickle.dumps(add.map([1]))


def test_results_go_with_their_place(place_of):
    with place_of("pool", 1):
        job = add(1)
    assert job.state == "finished"
    with pytest.raises(PlaceClosedError, match="the result of add went with the place 'pool'"):
        job.get_result()


def test_a_job_of_another_place_is_refused(place_of):
    with place_of("pool", 1):
        job = add(1)
        with place_of("threads"), pytest.raises(PlaceClosedError, match="is at another place"):
            add(job)
        assert add(job).get_result() == 1


def test_a_block_waits_for_what_was_started_in_it(place_of):
    with place_of("threads"):
        job = times(0.2)
    assert job.state == "finished"


def test_a_block_that_fails_cancels_what_was_started_in_it(place_of):
    jobs = []

    def start_and_fail():
        with place_of("pool", 1):
            jobs.extend(times(60) for _ in range(3))
            raise KeyError

    with pytest.raises(KeyError):
        start_and_fail()
    assert [job.state for job in jobs] == ["cancelled"] * 3


def test_a_place_can_be_active_for_good(place_of):
    place = place_of("threads").start()
    try:
        assert add(1).get_result() == 1
        with place_of("threads") as inner:
            assert add(1)._handle.place is inner
        assert add(1)._handle.place is place
    finally:
        place.close()
    with pytest.raises(NoPlaceError):
        add(1)


def test_functions_change_between_calls_and_not_within(place_of):
    """What a function uses is taken as it is when it is mapped: in a notebook cells are run again."""
    namespace = {"factor": 2}
    exec("def scale(x):\n    return x * factor", namespace)
    scale = task(namespace["scale"])
    with place_of("pool", 2):
        first = scale.map([1, 2])
        namespace["factor"] = 10
        assert first.get_results() == [2, 4]
        assert scale.map([1, 2]).get_results() == [10, 20]


def test_classes_of_the_program_come_back_as_themselves(place_of):
    class Point:
        def __init__(self, x):
            self.x = x

    with place_of("pool", 2):
        made = task(Point)(3).get_result()
        assert isinstance(made, Point)
        assert task(lambda point: point.x + 1)(made).get_result() == 4


def test_large_functions_and_arguments(place):
    table = list(range(30_000))

    @task
    def at(index):
        return table[index]

    assert at.map(list(range(10))).get_results() == table[:10]
    assert sum(one(table).get_result()) == sum(table)


def test_what_cannot_be_sent_or_stored_is_told(place_of):
    from jupyter_agilab.errors import ResultTypeError

    with place_of("pool", 1):
        job = task(lambda: (i for i in range(3)))()
        with pytest.raises(ResultTypeError, match="a generator, cannot be stored"):
            job.get_result()
        lock = threading.Lock()
        with pytest.raises(ResultTypeError, match="cannot be sent to another process"):
            one(lock).get_result()


def test_exceptions_with_arguments_of_their_own_come_back_whole(place):
    """Python's own way of pickling calls their class with the message alone."""

    class Odd(Exception):
        def __init__(self, a, b):
            super().__init__(f"{a} and {b}")
            self.b = b

    def odd():
        raise Odd(1, 2) from KeyError("cause")

    with pytest.raises(Odd, match="1 and 2") as raised:
        task(odd)().get_result()
    assert raised.value.b == 2
    assert isinstance(raised.value.__cause__, KeyError)
    assert raised.traceback[-1].name == "odd"


@pytest.mark.parametrize("kind", ["pool", "dask"])
def test_exceptions_that_do_not_pickle_are_described(place_of, kind):
    from jupyter_agilab.errors import TaskError

    class Odd(Exception):
        def __init__(self, message):
            super().__init__(message)
            self.lock = threading.Lock()

    def odd():
        raise Odd("Whoops")

    with place_of(kind, 1), pytest.raises(TaskError, match="Odd: Whoops") as raised:
        task(odd)().get_result()
    assert any('raise Odd("Whoops")' in note for note in raised.value.__notes__)


def test_a_worker_that_dies_takes_one_task_with_it(place_of):
    import os
    import signal

    from jupyter_agilab.errors import TaskError

    with place_of("pool", 2):
        kept = add(1)
        assert kept.wait()
        dying = task(lambda: os.kill(os.getpid(), signal.SIGKILL))()
        with pytest.raises(TaskError, match="killed by SIGKILL"):
            dying.get_result()
        assert add.map([(kept, i) for i in range(6)]).get_results() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt])
def test_a_task_that_calls_exit_is_a_failed_task(place, ending):
    from jupyter_agilab.errors import TaskError

    def leave():
        raise ending

    with pytest.raises(TaskError, match="leave ended its own process"):
        task(leave)().get_result()
    assert add(1).get_result() == 1


def test_awaiting_jobs(place):
    import asyncio

    async def main():
        assert await add(1, 2) == 3
        assert await add.map([1, 2]) == [1, 2]
        with pytest.raises(ValueError, match="Whoops"):
            await fail()
        return await asyncio.gather(*(add(i) for i in range(5)))

    assert asyncio.run(main()) == [0, 1, 2, 3, 4]


def test_results_are_forgotten_with_their_jobs(place_of):
    import gc

    with place_of("pool", 1) as place:
        array = one.map([b"x" * 1000] * 20)
        assert array.wait()
        assert len(list(place._folder.iterdir())) == 20
        total = one(array[3])
        assert total.wait()
        del array
        gc.collect()
        assert len(list(place._folder.iterdir())) == 1
        assert total.get_result() == b"x" * 1000
    assert not place._folder.exists()


def test_tasks_know_each_other_on_workers(place_of):
    """A function may use another task's function; the decorator does not stand in its way."""

    @task
    def double(x):
        return 2 * x

    @task
    def quadruple(x):
        return double.unwrapped(double.unwrapped(x))

    with place_of("pool", 1):
        assert quadruple(3).get_result() == 12


def test_what_they_look_like(threads):
    job, array = add(1), add.map([1, 2])
    array.wait()
    job.wait()
    assert repr(job) == "<Job add: finished>"
    assert repr(array) == "<ArrayJob add: 2 jobs, 2 ended>"
    assert repr(add.after(job)) == "<Task add, after 1 jobs>"
    assert isinstance(array, ArrayJob)
