"""The plain Dask script gives what a run gives, and knows nothing of this package."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import PlanError, UsageError

REFUSE_US = """
import importlib.abc, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "jupyter_agilab":
            raise ImportError("an exported script must not need this package")

sys.meta_path.insert(0, Refuse())
"""


def run_plainly(exported, tmp_path: Path, program: str, *arguments: str) -> str:
    """Run an exported program where this package cannot be imported."""
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(REFUSE_US)
    done = subprocess.run(
        [sys.executable, str(exported.folder / program), *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_exported_names_this_package(stage):
    stage.module("def work(i):\n    return {'i': i}\n").sweep(3)
    exported = api.export(stage.path, "script")
    for path in exported.files:
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text())):
                names = (
                    [alias.name for alias in getattr(node, "names", [])]
                    if isinstance(node, ast.Import)
                    else []
                )
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not any(name.startswith("jupyter_agilab") for name in names), path
        assert str(Path.home()) not in path.read_text()
        assert str(stage.folder) not in path.read_text()


def test_a_sweep_on_dask_gives_the_same_records(stage, tmp_path):
    stage.module(
        """
        import random
        from helper import double

        def work(i, rng, seed, scale):
            drawn = {"drawn": random.random(), "rng": rng.random(), "seed": seed}
            return {"i": i, "double": double(i) * scale, **drawn}
        """
    ).sweep(13).contract("[parameters]\nscale = 3\n[execution]\nseed = 7\n")
    (stage.folder / "stages/helper.py").write_text("def double(i):\n    return 2 * i\n")
    expected = stage.artifact_of_a_run()
    exported = api.export(stage.path, "script")
    told = run_plainly(
        exported, tmp_path, "run_on_dask.py", "--workers", "2", "--output", "artifacts/plain.jsonl"
    )
    made = stage.folder / "artifacts/plain.jsonl"
    assert told.strip() == str(made)
    assert made.read_bytes() == expected
    assert len(made.read_bytes().splitlines()) == 13


CASES = {
    "paths": ("def work(path):\n    return {'path': path, 'size': len(open(path).read())}\n", {}, ""),
    "lines": ("def work(lines):\n    return [{'line': line} for line in lines]\n", {}, ""),
    "rows": ("def work(rows):\n    return list(rows)\n", {}, ""),
    "text": ("from typing import TextIO\ndef work(file: TextIO):\n    return file.read()\n", {}, ""),
    "csv": (
        "import pandas as pd\ndef work(df: pd.DataFrame):\n    return df.assign(c=df.a / 3)\n",
        {"reducer": "concat-csv", "output": "artifacts/work.csv"},
        "",
    ),
    "pieces": (
        "import pandas as pd\ndef work(df: pd.DataFrame):\n    return {'n': len(df), 'a': int(df.a.sum())}\n",
        {"partition_strategy": "file-chunks", "target_partitions": 7},
        "",
    ),
    "json": (
        "def work(path):\n    return path\n",
        {"reducer": "collect-json", "output": "artifacts/work.json"},
        "",
    ),
    "custom": (
        "def work(path):\n    return {'n': len(open(path).readlines())}\n",
        {"reducer": "custom", "output": "artifacts/work.json", "notes": "sums"},
        '[reduce]\nfunction = "stages/merge.py:merge"\nstart = 5\n',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_files_give_the_same_bytes_as_a_run(stage, tmp_path, name):
    module, keys, tables = CASES[name]
    (stage.folder / "data").mkdir()
    for number in range(3):
        rows = "".join(f'{at},"x, {at * number}",ü\n' for at in range(40))
        (stage.folder / f"data/{number}.csv").write_text("a,b,d\n" + rows)
    (stage.folder / "stages/merge.py").write_text(
        "def merge(results, *, start):\n    return {'total': start + sum(each['n'] for each in results)}\n"
    )
    stage.module(module).contract(tables, **keys)
    expected = stage.artifact_of_a_run()
    exported = api.export(stage.path, "sbatch", array_limit=2)
    for task in ("0", "1"):
        run_plainly(exported, tmp_path, "array_task.py", task)
    run_plainly(exported, tmp_path, "merge_results.py", f"artifacts/plain{stage.artifact.suffix}")
    assert (stage.folder / f"artifacts/plain{stage.artifact.suffix}").read_bytes() == expected


def test_rows_of_parquet_give_the_same_bytes(stage, tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    (stage.folder / "data").mkdir()
    table = pa.table({"a": list(range(100)), "b": [f"t{at}" for at in range(100)]})
    pyarrow.parquet.write_table(table, stage.folder / "data/t.parquet", row_group_size=17)
    stage.module("import pandas as pd\ndef work(df: pd.DataFrame):\n    return df[df.a % 3 == 0]\n").contract(
        split="data-partitions", input="data/t.parquet", partition_strategy="row-chunks", target_partitions=5
    )
    expected = stage.artifact_of_a_run()
    exported = api.export(stage.path, "sbatch", array_limit=1)
    run_plainly(exported, tmp_path, "array_task.py", "0")
    run_plainly(exported, tmp_path, "merge_results.py", "artifacts/plain.jsonl")
    assert (stage.folder / "artifacts/plain.jsonl").read_bytes() == expected


@pytest.mark.parametrize(
    ("module", "keys", "tables", "message"),
    [
        (
            "def work(i):\n    return i\n",
            {"reducer": "custom", "notes": "n"},
            '[reduce]\nfunction = "sum"\n',
            "part of jupyter-agilab",
        ),
        ("def work(i, partition):\n    return i\n", {}, "", "class of ours"),
    ],
)
def test_what_only_this_package_does_is_refused(stage, module, keys, tables, message):
    stage.module(module).sweep(3).contract(tables, **keys)
    with pytest.raises(PlanError, match=message):
        api.export(stage.path, "script")
    assert not (stage.folder / "export").exists()


def test_a_target_that_there_is_not_is_refused(stage):
    stage.module("def work(i):\n    return i\n").sweep(3)
    with pytest.raises(UsageError, match="docker") as refused:
        api.export(stage.path, "docker")
    assert "sbatch" in refused.value.hint


def test_a_failing_partition_is_named_and_leaves_nothing_half_done(stage, tmp_path):
    stage.module("def work(i):\n    return 1 // (i - 2)\n").sweep(4)
    exported = api.export(stage.path, "sbatch", array_limit=1)
    done = subprocess.run(
        [sys.executable, str(exported.folder / "array_task.py"), "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "partition 2 failed" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert not list((exported.folder / "results").iterdir())
    merged = subprocess.run(
        [sys.executable, str(exported.folder / "merge_results.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert merged.returncode
    assert "partition 0 is missing" in merged.stderr
