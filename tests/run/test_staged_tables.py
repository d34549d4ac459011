"""Staged tables and clean-ups, and a whole run over groups."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.run.clean import Selection, clean, look
from jupyter_agilab.run.lock import StageLock

CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "sums"
function = "sums.py:sums"
split = "data-partitions"
input = "table.csv"
workers = 2
partition_strategy = "row-chunks"
target_partitions = 3
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "pool"
output = "artifacts/sums.json"

[partition]
by = "groups"
columns = ["g"]
"""
CODE = """import pandas as pd


def sums(df: pd.DataFrame) -> dict:
    return {str(name): int(total) for name, total in df.groupby("g", dropna=False)["x"].sum().items()}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    (tmp_path / "sums.py").write_text(CODE)
    rows = [("a", 1), ("b", 2), ("", 4), ("a", 8), ("c", 16), ("b", 32)]
    (tmp_path / "table.csv").write_text("g,x\n" + "".join(f"{g},{x}\n" for g, x in rows))
    path = tmp_path / "sums.parallel_stage.toml"
    path.write_text(CONTRACT)
    return path


def tables(folder: Path) -> list[Path]:
    return sorted(folder.glob(".agilab/staged/*"))


def left(folder: Path, **selection: bool) -> list[Path]:
    found = look(folder, Selection(**selection)).leftovers
    return [each.path for each in found if each.kind == "staged table"]


def run(stage: Path, *verb: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "jupyter_agilab", *verb, str(stage), "--json"],
        cwd=stage.parent,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_run_merges_the_groups_in_order_and_only_changed_ones_run_again(stage: Path) -> None:
    ended = run(stage, "run")
    assert ended.returncode == 0, ended.stderr
    artifact = stage.parent / "artifacts/sums.json"
    assert json.loads(artifact.read_text()) == [{"a": 9}, {"b": 34}, {"c": 16, "nan": 4}]
    table = stage.parent / "table.csv"
    table.write_text(table.read_text().replace("b,32", "b,64"))
    ended = run(stage, "run")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(artifact.read_text()) == [{"a": 9}, {"b": 66}, {"c": 16, "nan": 4}]
    told = json.loads(ended.stdout)
    assert (told["finished"], told["reused"]) == (1, 2)


def test_check_does_not_stage_and_plan_does_once(stage: Path) -> None:
    assert api.check(stage).ok
    assert tables(stage.parent) == []
    labels = [part.describe() for part in api.plan(stage).partitions]
    assert labels == ["g = a", "g = b", "2 groups: g = c to g = no value"]
    (table,) = tables(stage.parent)
    api.plan(stage)
    assert tables(stage.parent) == [table]


def test_clean_removes_tables_whose_source_changed_and_with_all_every_one(stage: Path) -> None:
    folder = stage.parent
    api.plan(stage)
    assert left(folder) == []
    (folder / "table.csv").write_text("g,x\na,1\n")
    api.plan(stage)
    assert len(tables(folder)) == 2
    cleaned = clean(folder, Selection())
    assert "staged table" in {each.kind for each in cleaned.leftovers}
    assert cleaned.freed_bytes > 0
    (table,) = tables(folder)
    assert api.plan(stage).partition_count == 1
    clean(folder, Selection(stage="other", all_runs=True))
    assert tables(folder) == [table]
    clean(folder, Selection(all_runs=True))
    assert tables(folder) == []


def test_tables_stay_while_a_run_is_under_way(stage: Path) -> None:
    folder = stage.parent
    api.plan(stage)
    home = folder / ".agilab/runs/sums"
    home.mkdir(parents=True)
    with StageLock(home / "lock") as lock:
        assert lock.acquire()
        assert left(folder, all_runs=True) == []
    shutil.rmtree(home)
    assert left(folder, all_runs=True) == tables(folder)
