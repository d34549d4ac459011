"""Failures grouped by cause: what belongs together, what does not, and how much memory it takes."""

import random
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.run.causes import Causes, inputs_in_words, kind_of, masked, message_of, rest_of, title_of


def event(index=0, message="bad", **changes):
    found = {
        "v": 1,
        "t": 100.0 + index,
        "type": "partition.failed",
        "index": index,
        "partition": f"{index:016x}",
        "described": f"data/{index}.csv",
        "error_type": "ValueError",
        "message": message,
        "traceback": f"Traceback of {index}",
        "module_lines": [7, 3],
        "cell_line": 4,
        "source_line": "return int(text)",
        "worker": "pool-0",
        "attempt": 1,
        "kind": "raised",
        "final": True,
        "wait_s": 0.0,
    }
    return found | changes


def grouped(*events):
    causes = Causes()
    for each in events:
        causes.add(each)
    return list(causes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bad number 3", "bad number 12345"),
        ("row 1,204 is bad", "row 7 is bad"),
        ("took 3.5e-10 s", "took 12 s"),
        ("no column 'carrier'", "no column 'tail number'"),
        ('no "a"', 'no "b c"'),
        ("cannot read data/a.csv", "cannot read ../old/b 2/c.csv".replace(" 2", "")),
        (r"cannot read C:\data\a.csv", r"cannot read D:\b.csv"),
        ("<Lock at 0x7f12ab>", "<Lock at 0x7f9900>"),
        ("key 550e8400-e29b-41d4-a716-446655440000", "key 123e4567-e89b-12d3-a456-426614174000"),
        ("its worker had 1.2 GB", "its worker had 800 MB"),
        ("bad x1", "bad x22"),
        ("data/0.csv has no rows", "data/1.csv has no rows"),
    ],
)
def test_messages_that_are_alike(one, other):
    (cause,) = grouped(event(0, one), event(1, other))
    assert cause.partitions == 2
    assert cause.message == one
    assert not cause.is_one_message


@pytest.mark.parametrize(
    "other",
    [
        {"message": "quite another thing"},
        {"error_type": "KeyError"},
        {"module_lines": [7, 5]},
        {"module_lines": []},
        {"kind": "timeout"},
    ],
)
def test_what_tells_causes_apart(other):
    assert [cause.partitions for cause in grouped(event(0), event(1), event(2, **other))] == [2, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("killed by signal 9", "killed by signal 11"),
        ("exited with code 1", "exited with code 3"),
        ("HTTP Error 404: Not", "HTTP Error 500: Not"),
        ("[Errno 2] x", "[Errno 13] x"),
    ],
)
def test_numbers_that_mean_something_are_kept(one, other):
    assert len(grouped(event(0, one), event(1, other))) == 2


def test_an_input_in_the_message_does_not_tell_causes_apart():
    one = event(0, "month jan is empty", described="month jan")
    assert len(grouped(one, event(1, "month feb is empty", described="month feb"))) == 1


def test_the_way_to_the_place_does_not_matter():
    assert len(grouped(event(0, module_lines=[1, 3]), event(1, module_lines=[2, 9, 3]))) == 1


def test_counts_times_inputs_and_the_example():
    events = [event(index, f"bad {index}") for index in (4, 2, 9, 1, 5, 8, 7)]
    (cause,) = grouped(*events)
    assert (cause.partitions, cause.attempts, cause.first, cause.last) == (7, 7, 104.0, 107.0)
    assert [each["index"] for each in cause.inputs] == [4, 2, 9, 1, 5]
    assert cause.inputs[0] == {"index": 4, "partition": f"{4:016x}", "described": "data/4.csv"}
    assert cause.example["traceback"] == "Traceback of 4"
    assert not {"v", "t", "type", "final", "wait_s"} & set(cause.example)
    told = "partition 4 (data/4.csv), partition 2 (data/2.csv), partition 9 (data/9.csv) and 4 more"
    assert inputs_in_words(cause) == told
    cause.where = "cell 3 of flights.ipynb, line 5"
    assert title_of(cause) == f"7 partitions, cell 3 of flights.ipynb, line 5: {told}"


def test_attempts_that_were_tried_again_count_once_they_fail_for_good():
    first = [event(3, attempt=1, final=False), event(3, attempt=2, final=False)]
    causes = Causes()
    for each in first:
        causes.add(each)
    assert list(causes) == []
    (passing,) = causes.passing()
    assert (passing.partitions, passing.attempts) == (0, 2)
    assert causes.add(event(3, attempt=3)) is passing
    (cause,) = causes
    assert (cause.partitions, cause.attempts) == (1, 3)
    assert cause.example["attempt"] == 3
    assert title_of(cause) == "partition 3 (data/3.csv), attempt 3"
    assert causes.passing() == []


def test_the_largest_causes_come_first_and_the_rest_is_counted():
    numbers = {"A": 2, "B": 5, "C": 1, "D": 3, "E": 1}
    events = [event(at, error_type=name) for name, count in numbers.items() for at in range(count)]
    causes = grouped(*events)
    assert [cause.error_type for cause in causes] == ["B", "D", "A", "C", "E"]
    assert rest_of(causes) == "... and 2 more causes with 2 failed partitions"
    assert rest_of(causes[:4]) == "... and 1 more cause with 1 failed partition"
    assert rest_of(causes[:3]) == ""


def test_the_partitions_name_before_a_message_is_left_out():
    """Every display names the partition already."""
    told = event(3, f"partition {3:016x} (data/3.csv): a set cannot be stored")
    assert message_of(told) == "a set cannot be stored"
    assert message_of(event(3, "partition 7 is missing")) == "partition 7 is missing"


def test_journals_of_older_versions_say_no_kind():
    old = event(error_type="WorkerLost")
    del old["kind"]
    assert kind_of(old) == "died"
    assert kind_of({**old, "error_type": "KeyError"}) == "raised"


def test_messages_that_are_all_different_are_one_cause():
    words = [f"{a}{b}{c} went wrong" for a in "pqrst" for b in "lmnop" for c in "abcde"]
    (cause,) = grouped(*(event(at, word) for at, word in enumerate(words)))
    assert (cause.partitions, cause.attempts, len(cause.inputs)) == (125, 125, 5)
    assert cause.example["index"] == 0
    assert cause.inputs[0]["index"] == 0


def test_very_many_kinds_of_errors_are_counted_whole():
    causes = grouped(*(event(at, error_type=f"Error{at}") for at in range(500)))
    assert len(causes) <= 65
    assert sum(cause.partitions for cause in causes) == 500
    assert causes[0].error_type == "various errors"


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.booleans()), max_size=60))
def test_nothing_is_lost_and_nothing_doubled(told):
    causes = Causes()
    for at, (line, error_type, final) in enumerate(told):
        causes.add(event(at, error_type=error_type, module_lines=[line], final=final))
    expected = Counter((error_type, line) for line, error_type, _ in told)
    found = {
        (cause.error_type, cause.example["module_lines"][-1]): cause.attempts
        for cause in [*causes, *causes.passing()]
    }
    assert found == expected
    assert sum(cause.partitions for cause in causes) == sum(final for *_, final in told)


@given(st.text(max_size=300), st.text(max_size=20))
def test_masking_never_fails(message, described):
    assert isinstance(masked(message, described), str)


def test_very_many_failures_take_little_memory():
    chance = random.Random(1)

    def events():
        for index in range(20_000):
            kind = chance.randrange(7)
            yield event(index, f"number {index} of {kind}", error_type=f"E{kind}", traceback="x" * 2_000)

    causes = Causes()
    tracemalloc.start()
    try:
        for each in events():
            causes.add(each)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    assert sum(cause.partitions for cause in causes) == 20_000
    assert len(list(causes)) == 7
