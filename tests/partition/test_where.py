from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.where import Where, read_where

SET = {"lr": 0.1, "batch": 32, "model": "svm", "deep": True, "layers": [64, 32], "none": None}


@pytest.mark.parametrize(
    "text",
    [
        "lr * batch < 10",
        "lr*batch/2 >= 1 and model != 'tree'",
        "not deep or model in ['svm', 'nn']",
        "model not in ('svm', 'nn')",
        "0 < lr < 1 <= batch",
        "0 < lr < 0.01",
        "batch % 3 == 2 and batch // 3 == 10",
        "-lr < +batch ** 2",
        "layers == [64, 32]",
        "none is None and none is not deep",
        "64 in layers",
        "deep",
        "'v' in model",
        "(lr if_ 1)".replace(" if_ 1", ""),
    ],
)
def test_it_says_what_python_says(text) -> None:
    where = read_where(text, list(SET))
    if text == "(lr)":
        with pytest.raises(TypeError, match="neither true nor false"):
            where(SET)
        return
    assert isinstance(where, Where)
    assert where(SET) is eval(text, {}, dict(SET))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("__import__('os').system('ls')", "may hold comparisons"),
        ("lr.__class__ == 1", "not 'lr.__class__'"),
        ("[x for x in (1, 2)] == lr", "may hold comparisons"),
        ("(lambda: 1) == lr", "may hold comparisons"),
        ("layers[0] == 64", "may hold comparisons"),
        ("f'{lr}' == 'x'", "may hold comparisons"),
        ("lr if deep else batch", "may hold comparisons"),
        ("(y := 3) < lr", "may hold comparisons"),
        ("lr < ", "is not a comparison that can be read"),
        ("lr = 1", "is not a comparison that can be read"),
        ("", "is not a comparison that can be read"),
        ("lr < 1; import os", "is not a comparison that can be read"),
        ("btch < 3", "names 'btch'"),
        ("~lr == 1", "may hold comparisons"),
        ("lr << 2 == 1", "may hold comparisons"),
        ("(" * 5000 + "lr" + ")" * 5000, "longer than 10,000"),
        ("(" * 400 + "lr" + ")" * 400, "is not a comparison that can be read"),
        ("lr == '\0'", "is not a comparison that can be read"),
    ],
)
def test_what_is_refused(text, told) -> None:
    finding = read_where(text, list(SET))
    assert isinstance(finding, Finding)
    assert told in finding.message
    assert finding.key == "partition.where"


def test_places_and_near_misses() -> None:
    finding = read_where("lr < 1 and btch < 3", list(SET))
    assert isinstance(finding, Finding)
    assert (finding.column, finding.hint) == (12, "did you mean 'batch'?")


@pytest.mark.parametrize(
    "text",
    [
        "'a' * 3 == 'aaa'",
        "model * 1000000000 == model",
        "10 ** 10 ** 10 > 1",
        "(9 ** 999) ** 999 > 1",
        "layers * 2 == 1",
    ],
)
def test_nothing_can_be_made_huge(text) -> None:
    where = read_where(text, list(SET))
    assert isinstance(where, Where)
    with pytest.raises((TypeError, ValueError)):
        where(SET)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="lrbatch<>=!()[]{}'\"+-*/% .,0123andotis\\\n:", max_size=40))
def test_any_text_is_understood_or_refused(text) -> None:
    found = read_where(text, list(SET))
    assert isinstance(found, Where | Finding)
