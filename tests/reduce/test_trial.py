"""A reducer tried on one, two and no results."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.reduce.collect_json import CollectJson
from jupyter_agilab.reduce.concat_csv import ConcatCsv
from jupyter_agilab.reduce.custom import CustomReducer
from jupyter_agilab.reduce.registry import READY_MADE
from jupyter_agilab.reduce.trial import try_reducer


@pytest.fixture
def temp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_one_two_and_none(store: Callable[..., Any], temp_folder: Path) -> None:
    one, two, none = try_reducer(CollectJson(), store([7, 8, 9], "json"))
    assert [(each.count, each.ok, each.records) for each in (one, two, none)] == [
        (1, True, 1),
        (2, True, 2),
        (0, True, 0),
    ]
    assert one.artifact_bytes == len("[\n7\n]\n")
    assert none.artifact_bytes == len("[]\n")
    assert all(each.error == each.traceback == "" and each.seconds >= 0 for each in (one, two, none))
    assert list(temp_folder.iterdir()) == []


def test_a_single_result_stands_for_two(store: Callable[..., Any]) -> None:
    trials = try_reducer(ConcatCsv(), store([{"a": 1}], "csv"))
    assert [(each.count, each.records) for each in trials] == [(1, 1), (2, 2), (0, 0)]
    assert trials[1].artifact_bytes == len("a\n1\n1\n")


def test_what_goes_wrong_is_told_for_each(store: Callable[..., Any], temp_folder: Path) -> None:
    one, two, none = try_reducer(ConcatCsv(), store([{"a": 1}, {"b": 1}], "csv"))
    assert (one.ok, two.ok, none.ok) == (True, False, True)
    assert "Compared with partition 0 (id0), partition 1 (id1) lacks 'a' and has 'b' besides" in two.error
    assert two.traceback == ""
    assert list(temp_folder.iterdir()) == []


def test_no_results_are_an_error_for_a_sum(store: Callable[..., Any]) -> None:
    reducer = CustomReducer(next(each.make for each in READY_MADE if each.name == "sum"), name="sum")
    trials = try_reducer(reducer, store([1, 2], "value"))
    assert [each.ok for each in trials] == [True, True, False]
    assert trials[2].error.startswith("sum has nothing to work on")


def test_the_authors_error_comes_with_its_traceback_from_their_code(store: Callable[..., Any]) -> None:
    def merge(results: Iterator[Any]) -> int:
        values = list(results)
        return values[0]["n"] + values[1]["n"]

    one, two, none = try_reducer(CustomReducer(merge), store([{"n": 1}, {"n": 2}], "value"))
    assert (one.ok, two.ok, none.ok) == (False, True, False)
    assert one.error == "IndexError: list index out of range"
    assert 'values[0]["n"] + values[1]["n"]' in one.traceback
    assert "custom.py" not in one.traceback
    assert "trial.py" not in one.traceback.replace("test_trial.py", "")


def test_an_interrupt_is_not_an_answer(store: Callable[..., Any]) -> None:
    def merge(results: Iterator[Any]) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        try_reducer(CustomReducer(merge), store([1], "value"))
