"""Workers times threads fits the cores, also with pandas, which does not look at the environment."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest

from jupyter_agilab.run.threads_per_worker import THREAD_VARIABLES, limit_threads, thread_environment

OPTION = "mode.max_threads"
HAS_OPTION = "max_threads" in dir(pd.options.mode)
needs_option = pytest.mark.skipif(not HAS_OPTION, reason="this pandas reads with one thread")


@pytest.fixture(autouse=True)
def _as_before():
    before = pd.get_option(OPTION) if HAS_OPTION else None
    yield
    if HAS_OPTION:
        pd.set_option(OPTION, before)


def test_all_variables_get_the_number(monkeypatch) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert thread_environment(3) == dict.fromkeys(THREAD_VARIABLES, "3")


def test_what_the_author_set_stays(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert thread_environment(2)["OMP_NUM_THREADS"] == "7"


@needs_option
def test_pandas_is_held_to_them(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    pd.set_option(OPTION, None)
    limit_threads()
    assert pd.get_option(OPTION) == 3


@needs_option
def test_an_option_that_the_author_set_stays(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    pd.set_option(OPTION, 2)
    limit_threads()
    assert pd.get_option(OPTION) == 2


@needs_option
@pytest.mark.parametrize("value", ["", "4,2", "many", "0", "-1"])
def test_without_a_number_nothing_is_changed(monkeypatch, value) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    pd.set_option(OPTION, None)
    limit_threads()
    assert pd.get_option(OPTION) is None


def test_without_pandas_nothing_is_imported(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "pandas")
    limit_threads()
    assert "pandas" not in sys.modules


def test_an_older_pandas_is_let_be(monkeypatch) -> None:
    class Older:
        def get_option(self, name):
            raise KeyError(name)

        set_option = None

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setitem(sys.modules, "pandas", Older())
    limit_threads()


@needs_option
@pytest.mark.parametrize(
    ("backend", "pool"), [("pool", "processes"), ("pool", "threads"), ("dask", "processes")]
)
def test_workers_are_held_to_what_the_plan_gives_them(stage, monkeypatch, backend, pool) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    stage.module(
        f"""
        import os
        import pandas as pd

        def work(i):
            return {{"pandas": pd.get_option("{OPTION}"), "blas": os.environ["OPENBLAS_NUM_THREADS"]}}
        """
    ).sweep(2)
    stage.contract(f'[execution]\nthreads_per_worker = 3\npool = "{pool}"\n', backend=backend)
    told = [json.loads(line) for line in stage.run().path.read_text().splitlines()]
    assert told == [{"pandas": 3, "blas": "3"}] * 2
