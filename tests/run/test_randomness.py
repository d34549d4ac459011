"""Random numbers: the same for any number of workers, any batch size, and on every runner."""

import json
import random
from collections import Counter

import numpy as np
import pytest

from jupyter_agilab import api
from jupyter_agilab.run.global_draws import EVERYTHING, draws_in
from jupyter_agilab.run.randomness import GlobalSeeding, partition_rng, partition_seed

RUNS = (
    {"backend": "local"},
    {"backend": "pool", "workers": 1, "batch_size": 7},
    {"backend": "pool", "workers": 2},
    {"backend": "pool", "workers": 7, "batch_size": 1},
    {"backend": "dask", "workers": 2, "batch_size": 3},
)

OWN = """
    def work(i, rng, seed):
        return {"i": i, "seed": seed, "x": float(rng.normal()), "n": [int(n) for n in rng.integers(0, 99, 5)]}
"""
LEGACY = """
    import random
    import numpy as np

    AT_IMPORT = [random.random(), float(np.random.rand())]

    def work(i):
        import time
        numbers = [random.random(), random.gauss(0, 1), float(np.random.rand())]
        # long enough for whatever else draws in this process
        time.sleep(0.01)
        order = list(range(9))
        random.shuffle(order)
        numbers += [random.gauss(0, 1), float(np.random.normal()), int(np.random.randint(1000))]
        return {"i": i, "numbers": numbers, "order": order, "import": AT_IMPORT}
"""
LATE = """
    def work(i):
        from sklearn.utils import shuffle
        import pandas as pd
        return {"i": i, "a": shuffle([1, 2, 3, 4, 5, 6, 7]), "b": list(pd.Series(range(50)).sample(4))}
"""


def artifacts_of(stage, text, runs, count=40) -> list[bytes]:
    """Run a stage several times, each time from nothing."""
    found = []
    for number, settings in enumerate(runs):
        stage.module(text).sweep(count)
        stage.contract(name=f"work{number}", output=f"artifacts/work{number}.jsonl")
        found.append(stage.run(**settings).path.read_bytes())
    return found


@pytest.mark.parametrize(
    ("text", "runs"),
    [(OWN, RUNS), (LEGACY, RUNS), (LATE, (RUNS[1], RUNS[4]))],
    ids=["rng-and-seed", "legacy", "by-libraries"],
)
def test_the_artifact_is_the_same_bytes_for_any_workers_batches_and_runner(stage, text, runs):
    first, *others = artifacts_of(stage, text, runs)
    assert others == [first] * len(others)
    records = list(map(json.loads, first.splitlines()))
    for name in records[0].keys() - {"i", "import"}:
        values = Counter(json.dumps(record[name]) for record in records)
        assert max(values.values()) == 1 or name in {"a", "order"}


def test_another_seed_gives_other_numbers_and_the_order_of_partitions_does_not_matter(stage):
    stage.module(LEGACY).sweep(3)
    one = {record["i"]: record["numbers"] for record in stage.run().records()}
    (stage.folder / "grid.json").write_text(json.dumps({"i": [2, 5, 0]}))
    stage.contract(name="turned", output="artifacts/turned.jsonl")
    turned = {record["i"]: record["numbers"] for record in stage.run().records()}
    assert (turned[0], turned[2]) == (one[0], one[2])
    stage.contract("[execution]\nseed = 1\n", name="other", output="artifacts/other.jsonl")
    other = {record["i"]: record["numbers"] for record in stage.run().records()}
    assert other[0] != one[0]


def test_draws_on_a_dask_worker_hold_against_the_event_loop(stage):
    """Its estimates of sizes draw from the module `random` while a partition is under way."""
    stage.module("""
        import random, sys, time
        def work(i):
            state = random.getstate()
            sizes = sys.modules["dask.sizeof"]
            for _ in range(20):
                sizes.sizeof(dict.fromkeys(range(1000), "x"))
            time.sleep(0.05)
            return {"kept": random.getstate() == state, "x": random.random()}
    """).sweep(30).contract(workers=2)
    records = list(stage.run(backend="dask").records())
    assert all(record["kept"] for record in records)
    assert len({record["x"] for record in records}) == 30


def test_check_warns_where_threads_share_a_generator(stage):
    stage.module("import random\ndef work(i):\n    return random.random()\n").sweep(2)
    stage.contract('[execution]\npool = "threads"\n', backend="pool")
    found = {finding.code: finding for finding in api.check(stage.path).findings}
    assert found["function.shared-generator"].severity == "warning"
    for change in ({"backend": "local"}, {"backend": "dask"}):
        stage.contract('[execution]\npool = "threads"\n', **change)
        assert "function.shared-generator" not in {each.code for each in api.check(stage.path).findings}
    stage.module("import sklearn\ndef work(i, rng):\n    return rng.random()\n").contract(backend="pool")
    assert "function.shared-generator" not in {each.code for each in api.check(stage.path).findings}


@pytest.mark.parametrize(
    ("text", "python", "numpy", "libraries"),
    [
        ("import random", True, False, ()),
        ("from random import choice as c", True, False, ()),
        ("def f():\n    import random", True, False, ()),
        ("import numpy as np\nnp.random.rand()", False, True, ()),
        ("from numpy.random import rand", False, True, ()),
        ("from numpy import random", False, True, ()),
        ("import numpy as np\nr = getattr(np, 'random')", False, False, ()),
        ("import pandas as pd\ndef f(d):\n    return d.sample(3)", False, True, ()),
        ("import polars as pl\ndef f(d):\n    return d.sample(3)", True, False, ("polars",)),
        ("import sklearn.utils", True, True, ()),
        ("import torch", True, True, ("torch",)),
        ("import importlib\nm = importlib.import_module('random')", True, True, ()),
        ("import numpy as np\nnp.sum([1])", False, False, ()),
        ("import pandas, csv, json, polars, pyarrow", False, False, ()),
        ("from stages.helper import f\nfrom . import g\nimport helper", False, False, ()),
        ("x = 'import random'", False, False, ()),
        ("def f(rng):\n    return rng.random()", False, False, ()),
    ],
)
def test_what_a_module_may_draw_from(text, python, numpy, libraries):
    draws = draws_in({"stages/work.py": text, "stages/helper.py": ""})
    assert (draws.python, draws.numpy, draws.libraries) == (python, numpy, libraries)


@pytest.mark.parametrize("sources", [{}, {"a.py": "def ("}])
def test_code_that_cannot_be_read_may_draw_from_everything(sources):
    assert draws_in(sources) is EVERYTHING


def test_seeding_starts_the_generators_anew_and_leaves_others_alone():
    before = random.getstate(), np.random.get_state()
    try:
        quiet = GlobalSeeding({"a.py": "x = 1"}, 3)
        quiet.start("00ff")
        assert random.getstate() == before[0]
        both = GlobalSeeding({"a.py": "import random, numpy as np\nnp.random"}, 3)
        drawn = []
        for partition in ("00ff", "00fe", "00ff"):
            both.start(partition)
            drawn.append((random.random(), random.gauss(0, 1), np.random.rand(), np.random.normal()))
        assert drawn[0] == drawn[2] != drawn[1]
        assert not set(drawn[0]) & set(drawn[1])
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def test_frameworks_that_are_imported_are_seeded(monkeypatch):
    import sys
    import types

    told = []
    torch = types.SimpleNamespace(manual_seed=lambda seed: told.append(("torch", seed)))
    set_seed = types.SimpleNamespace(set_seed=lambda seed: told.append(("tensorflow", seed)))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "tensorflow", types.SimpleNamespace(random=set_seed))
    before = random.getstate(), np.random.get_state()
    try:
        GlobalSeeding({"a.py": "import torch\nimport tensorflow as tf"}, 0).start("0a")
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
    assert told == [("torch", partition_seed(0, "0a")), ("tensorflow", partition_seed(0, "0a"))]


def test_seeds_and_generators_differ_by_stage_seed_and_partition():
    seeds = {partition_seed(stage, f"{part:016x}") for stage in range(20) for part in range(200)}
    assert len(seeds) > 20 * 200 - 5
    draws = {partition_rng(stage, f"{part:016x}").random() for stage in range(5) for part in range(50)}
    assert len(draws) == 250
