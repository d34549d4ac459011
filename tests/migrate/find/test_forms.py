"""Every form of candidate, and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_agilab.migrate.finding import NotebookFindings

FindAll = Callable[..., NotebookFindings]

FORMS = [
    ("for", "for x in items:\n    out.append(work(x))"),
    ("for", "for i, x in enumerate(items):\n    out.append(work(x))"),
    ("for", "for x in tqdm(sorted(items)):\n    out.append(work(x))"),
    ("for", "for a, b in zip(items, others):\n    out.append(work(a, b))"),
    ("for", "for a, b in itertools.product(items, others):\n    out.append(work(a, b))"),
    ("for", "for i, row in table.iterrows():\n    out.append(work(row))"),
    ("for", "for row in table.itertuples():\n    out.append(work(row))"),
    ("for", "for name, group in table.groupby('k'):\n    out.append(work(group))"),
    ("for", "for part in pd.read_csv('x.csv', chunksize=1000):\n    out.append(work(part))"),
    ("for", "for p in ParameterGrid({'a': [1, 2]}):\n    out.append(work(**p))"),
    ("for", "for day in pd.date_range('2020', '2021'):\n    out.append(work(day))"),
    ("for", "for y in range(9):\n    pm.execute_notebook('a.ipynb', f'{y}.ipynb')"),
    ("for", "for x in items:\n    out.append(client.submit(work, x))"),
    ("ListComp", "out = [work(x) for x in items]"),
    ("SetComp", "out = {work(x) for x in items}"),
    ("DictComp", "out = {x: work(x) for x in items}"),
    ("GeneratorExp", "n = sum(work(x) for x in items)"),
    ("map", "out = list(map(work, items))"),
    ("starmap", "out = list(itertools.starmap(work, zip(items, others)))"),
    ("Pool.map", "with Pool(4) as pool:\n    out = pool.map(work, items)"),
    ("Pool.imap", "with Pool(4) as pool:\n    out = list(pool.imap(work, items, chunksize=3))"),
    ("Pool.starmap", "with Pool(4) as pool:\n    out = pool.starmap(work, zip(items, others))"),
    ("ListComp", "with Pool(4) as pool:\n    out = [pool.apply_async(work, (x,)) for x in items]"),
    ("executor.map", "with ThreadPoolExecutor() as ex:\n    out = list(ex.map(work, items))"),
    ("ListComp", "with ThreadPoolExecutor() as ex:\n    out = [ex.submit(work, x) for x in items]"),
    ("joblib", "out = Parallel(n_jobs=2)(delayed(work)(x) for x in items)"),
    ("ListComp", "out = [dask.delayed(work)(x) for x in items]"),
    ("dask.bag", "out = db.from_sequence(items).map(work).compute()"),
    ("client.map", "futures = client.map(work, items)"),
    ("ipyparallel", "out = lview.map(work, items)"),
    ("pandarallel", "out = table.parallel_apply(work, axis=1)"),
    ("swifter", "out = table.swifter.apply(work, axis=1)"),
    ("groupby-apply", "out = table.groupby('k').apply(work)"),
    ("process_map", "out = process_map(work, items)"),
]

HEAD = """
import itertools
import dask
import pandas as pd
import dask.bag as db
import papermill as pm
from dask.distributed import Client
from concurrent.futures import ThreadPoolExecutor
from joblib import Parallel, delayed
from multiprocessing import Pool
from sklearn.model_selection import ParameterGrid
from tqdm import tqdm
from tqdm.contrib.concurrent import process_map
import ipyparallel as ipp
from lab import work, load
items, others, table, out = load(1), load(2), pd.read_csv("t.csv"), []
client = Client()
lview = ipp.Client().load_balanced_view()
"""

NOT_CONVERTED = [
    "future = client.submit(work, 1)",
    "table['b'] = table['a'].map(work)",
    "table['b'] = table['a'].map({'x': 1})",
    "table.groupby('k').transform('mean')",
    "table.groupby('k').apply('sum')",
    "while work(1):\n    pass",
    "ready = any(work(x) for x in items)",
    "first = next(work(x) for x in items)",
    "numbers = (work(x) for x in items)",
    "names = list(map(str, items))",
    "for x in items:\n    ...",
    "for x in items:\n    print(x)",
]


@pytest.mark.parametrize(("form", "code"), FORMS)
def test_finds(find_all: FindAll, form: str, code: str) -> None:
    loops = [loop for loop in find_all(HEAD, code).loops if loop.cell == 1]
    assert (form, "convert") in {(loop.form, loop.verdict) for loop in loops}, loops


@pytest.mark.parametrize("code", NOT_CONVERTED)
def test_never_converts(find_all: FindAll, code: str) -> None:
    assert [loop for loop in find_all(HEAD, code).loops if loop.verdict == "convert"] == []


def test_of_a_nest_the_outermost_that_holds_is_taken(find_all: FindAll) -> None:
    nest = "for a in items:\n    for b in others:\n        out.append(work(a, b))"
    assert [(loop.line, loop.verdict) for loop in find_all(HEAD, nest).loops] == [(1, "convert")]


def test_inside_a_refused_loop_the_inner_ones_are_looked_at(find_all: FindAll) -> None:
    nest = "level = 0\nfor a in items:\n    level = level * 2\n    rows = [work(b, level) for b in others]"
    assert [(loop.line, loop.verdict) for loop in find_all(HEAD, nest).loops] == [
        (2, "refuse"),
        (4, "convert"),
    ]


def test_loops_in_functions_and_methods_name_them(find_all: FindAll) -> None:
    code = "class A:\n    def run(self, items):\n        return [work(x) for x in items]\n"
    assert [loop.in_function for loop in find_all(HEAD, code).loops] == ["A.run"]


def test_a_cell_that_runs_on_every_engine_is_told_apart(find_all: FindAll) -> None:
    (loop,) = find_all(HEAD, "%%px\nfor x in items:\n    work(x)").loops
    assert (loop.form, loop.verdict, loop.rule) == ("ipyparallel", "refuse", "migrate.px-cell")


def test_items_are_counted_where_the_text_tells(find_all: FindAll) -> None:
    cells = [
        "n = 4\nnames = ['a', 'b']",
        "for i in range(0, n * 3, 2):\n    work(i)",
        "[work(x) for x in names]",
    ]
    assert [loop.items for loop in find_all(HEAD, *cells).loops] == [6, 2]


def test_ranks_put_conversions_first_and_the_dearest_before_others(find_all: FindAll) -> None:
    loops = find_all(
        HEAD,
        "[x + 1 for x in items]",
        "[work(x) for x in ('a', 'b')]",
        "for i in range(1000):\n    out.append(work(i) + work(i))",
    ).loops
    assert [loop.rank for loop in loops] == [3, 2, 1]
