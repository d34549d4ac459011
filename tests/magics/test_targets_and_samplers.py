"""Targets and samplers, as in Lambda-Hat: the demo notebook cell by cell, and what it must not depend on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_agilab.workflows import plan_workflow

NOTEBOOK = Path(__file__).parents[2] / "demo_notebooks" / "targets_and_samplers.ipynb"
MODULES = ("targets", "samplers", "ids", "hat_words")
SETTINGS = "from hat_words import HatWords\nfrom jupyter_agilab import run_with_lines\n"


@pytest.fixture
def demo(notebook: Any, monkeypatch: pytest.MonkeyPatch, require: Callable[[str], Any]) -> Iterator[Any]:
    """Give the notebook's cells, and an empty folder to run them in."""
    for name in ("numpy", "pandas", "pyarrow", "sklearn"):
        require(name)
    monkeypatch.syspath_prepend(str(notebook.folder))
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    notebook.cells = [cell.source for cell in cells if cell.cell_type == "code"]
    yield notebook
    for name in MODULES:
        sys.modules.pop(name, None)
    shutil.rmtree(notebook.folder / "__pycache__", ignore_errors=True)


def cell_with(demo: Any, text: str) -> str:
    """Give the only cell that has a text."""
    (found,) = [cell for cell in demo.cells if text in cell]
    return found


def digest(maker: Any, config: dict[str, Any], length: int) -> str:
    """Calculate an id as it is written down: a digest of the sorted configuration."""
    text = json.dumps(config, sort_keys=True, separators=(",", ":"))
    return maker(text.encode()).hexdigest()[:length]


def table_of(demo: Any, name: str = "llc_runs.parquet") -> Any:
    import pandas as pd

    return pd.read_parquet(demo.folder / "results" / name)


def test_the_demo_gives_one_row_for_each_run(demo: Any) -> None:
    import numpy as np
    from sklearn.datasets import load_diabetes

    shown = {}
    for cell in demo.cells:
        demo.run(cell)
        shown[cell] = demo.text
    lines = shown[cell_with(demo, "run_with_lines")].splitlines()

    # 2 targets and 2 samplers: 2 + 4 tasks, and no promotion without its flag
    targets = json.loads((demo.folder / "targets.json").read_text("utf-8"))
    samplers = json.loads((demo.folder / "samplers.json").read_text("utf-8"))
    ids = []
    for target in targets:
        kept = {name: value for name, value in target.items() if name != "verbose"}
        ids.append("tgt_" + digest(hashlib.sha256, kept, 12))
        told = f"Submitting build for {ids[-1]} (model={target['model']}, data={target['data']})"
        assert lines.count(told) == 1
    runs = [
        (one, sampler["sampler"], digest(hashlib.sha1, {"target_id": one, **sampler}, 8))
        for one in ids
        for sampler in samplers
    ]
    for one, sampler, run in runs:
        assert lines.count(f"Submitting {sampler} for {one} (run_id={run})") == 1
    assert "Waiting for 4 sampling runs to complete" in lines
    assert [line for line in lines if re.fullmatch(r"\[\d/4\] completed", line)] == [
        f"[{number}/4] completed" for number in range(1, 5)
    ]
    assert lines.index("Stage A: build_target") < lines.index("Stage B: run_sampler")
    assert any(line.startswith("Stage C: promote skipped: the flag promote is off") for line in lines)
    assert "lambda_hat: 6 of 6 partitions completed" in lines
    assert "run_sampler: results aggregated in results/llc_runs.parquet" in lines

    table = table_of(demo)
    assert list(table[["target_id", "sampler", "run_id"]].itertuples(index=False, name=None)) == runs
    assert {"run_dir", "cfg_yaml", "llc_mean", "llc_std", "walltime_sec"} <= set(table.columns)
    for row in table.itertuples():
        losses = np.load(demo.folder / row.run_dir / "losses.npy")
        assert np.isfinite(losses).all()
        assert f'target_id: "{row.target_id}"' in row.cfg_yaml
    # a quadratic loss has a coefficient in closed form
    x, y = load_diabetes(return_X_y=True)
    x = np.column_stack([(x - x.mean(axis=0)) / x.std(axis=0), np.ones(len(y))])
    heat = len(y) / np.log(len(y))
    curves = heat * np.linalg.eigvalsh(x.T @ x / len(y))
    exact = np.sum(curves / (curves + 1)) / 2
    assert table["llc_mean"][:2].to_numpy() == pytest.approx([exact, exact], abs=0.6)

    # a log and an error file for each task, with its own text only
    logs = demo.folder / "logs"
    names = [f"{one}_{sampler}_{run}" for one, sampler, run in runs]
    for stage, stems in (("build_target", ids), ("run_sampler", names)):
        found = {path.name for path in (logs / stage).iterdir()}
        assert found == {f"{stem}.{end}" for stem in stems for end in ("log", "err")}
    for one in ids:
        text = (logs / "build_target" / f"{one}.log").read_text("utf-8")
        assert text.startswith(f"{one}: ")
        assert text.count("\n") == 1
    for stem, (_, sampler, _) in zip(names, runs, strict=True):
        text = (logs / "run_sampler" / f"{stem}.log").read_text("utf-8")
        assert re.fullmatch(rf"{sampler}: \d+ draws, llc [\d.]+\n", text)

    # with the flag, promotion only: the rest is taken over
    promoted = shown[cell_with(demo, "--flag promote")]
    assert "4 partitions of run_sampler taken over from earlier runs" in promoted
    assert "promote: [1/1] completed" in promoted
    (kept,) = demo.shell.user_ns["promote"].records()
    assert [each["target_id"] for each in kept] == sorted(ids)


def test_the_same_seeds_give_the_same_rows_and_a_failed_run_is_counted_and_left_out(demo: Any) -> None:
    for cell in demo.cells:
        if "run_with_lines" in cell:
            break
        demo.run(cell)
    quick = [
        {"sampler": "hmc", "seed": 1, "overrides": {"draws": 20}},
        # no draws: a share of nothing
        {"sampler": "hmc", "seed": 2, "overrides": {"draws": 0}},
        {"sampler": "sgld", "seed": 3, "overrides": {"draws": 20}},
    ]
    demo.write("samplers.json", json.dumps(quick))
    run = f'{SETTINGS}status = run_with_lines("lambda_hat", wording=HatWords(), logs="logs")'
    demo.run(run)
    lines = demo.text.splitlines()
    told = [line for line in lines if re.match(r"\[\d/6\]", line)]
    assert [line[:5] for line in told] == [f"[{number}/6]" for number in range(1, 7)]
    assert sum(line.endswith("completed") for line in told) == 4
    failed = [line for line in told if "FAILED" in line]
    assert len(failed) == 2
    assert all(re.fullmatch(r"\[\d/6\] FAILED: ZeroDivisionError: .+", line) for line in failed)
    assert "lambda_hat: 6 of 8 partitions completed, 2 failed" in lines
    # what lacks something has a name that says so
    name = "llc_runs.partial.parquet"
    assert f"run_sampler: results aggregated in results/{name}, which lacks 2 partitions" in lines
    assert not (demo.folder / "results" / "llc_runs.parquet").exists()
    table = table_of(demo, name)
    assert sorted(table["sampler"]) == ["hmc", "hmc", "sgld", "sgld"]
    errors = [path for path in (demo.folder / "logs" / "run_sampler").glob("*.err") if path.read_bytes()]
    assert len(errors) == 2
    assert len(list((demo.folder / "logs" / "run_sampler").glob("*.log"))) == 6
    for path in errors:
        assert "ZeroDivisionError" in path.read_text("utf-8")

    # done again from nothing, in other processes: the same figures, bit for bit
    demo.run(
        "from jupyter_agilab import WorkflowSettings\n"
        'run_with_lines("lambda_hat", WorkflowSettings(force=True))'
    )
    assert "run_sampler: [6/6]" in demo.text
    again = table_of(demo, name)
    same = ["target_id", "sampler", "run_id", "llc_mean", "llc_std", "acceptance"]
    assert again[same].equals(table[same])


@pytest.mark.parametrize(("cores", "workers"), [(16, 8), (8, 8), (4, 4), (2, 2), (None, 4)])
def test_this_machine_works_with_its_cores_eight_at_most(
    notebook: Any, monkeypatch: pytest.MonkeyPatch, cores: int | None, workers: int
) -> None:
    notebook.write("targets.json", json.dumps({"target": list(range(20))}))
    notebook.run("%%parallel_stage build_target --input targets.json\ntarget")
    notebook.run("%%parallel_stage run_sampler --input build_target\nbuild_target")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert plan_workflow(notebook.folder / "workflow.workflow.toml").workers == workers


def test_a_slow_target_does_not_delay_the_samplers_of_the_fast_one(notebook: Any) -> None:
    """The slow target waits for what only the fast one's samplers make: a barrier would wait for ever."""
    notebook.write("targets.json", json.dumps({"target": ["slow", "fast"]}))
    notebook.write("samplers.json", json.dumps({"sampler": ["hmc", "sgld"]}))
    notebook.run("import os, time")
    notebook.run(
        "%%parallel_stage build_target --input targets.json --workers 2\n"
        "until = time.monotonic() + 60\n"
        "while target == 'slow' and not (os.path.exists('fast-hmc') and os.path.exists('fast-sgld')):\n"
        "    if time.monotonic() > until:\n"
        "        raise TimeoutError('the samplers of the fast target did not start')\n"
        "    time.sleep(0.02)\n"
        "target"
    )
    notebook.run(
        "%%parallel_stage run_sampler --input build_target --input samplers.json\n"
        "os.close(os.open(f'{build_target}-{sampler}', os.O_CREAT))\n"
        "f'{build_target} {sampler}'"
    )
    notebook.run("%parallel_workflow --run")
    expected = [f"{target} {sampler}" for target in ("slow", "fast") for sampler in ("hmc", "sgld")]
    assert list(notebook.shell.user_ns["run_sampler"].records()) == expected
