"""Stages to run: a contract and a module in a folder of their own."""

import faulthandler
import json
import textwrap
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.run.types import StageSpec


@pytest.fixture(autouse=True)
def _dump_when_hanging():
    faulthandler.dump_traceback_later(240, exit=False)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def stage_spec(tmp_path):
    """Give ``stage_spec(sources)``: what workers get of a stage, ``work`` of ``stages/work.py``."""

    def make(sources: dict[str, str], **changes: object) -> StageSpec:
        return StageSpec(
            stage="work",
            run_id="r",
            function="work",
            entry="stages/work.py",
            sources=sources,
            digest="d" * 32,
            folder=str(tmp_path),
            split="parameter-sweep",
            parameters={},
            record_format="json",
            seed=0,
            run_dir=str(tmp_path / "run"),
            **changes,  # type: ignore[arg-type]  # any field
        )

    return make


class Stage:
    """A stage in a folder; `write` lays its files, `run` runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "work.parallel_stage.toml"
        (folder / "stages").mkdir()
        self.tables = ""

    def module(self, text: str) -> "Stage":
        (self.folder / "stages/work.py").write_text(textwrap.dedent(text))
        return self

    def sweep(self, count: int, **constants: object) -> "Stage":
        grid = {"i": list(range(count)), **constants}
        (self.folder / "grid.json").write_text(json.dumps(grid))
        return self.contract(split="parameter-sweep", input="grid.json", partition_strategy="parameter-items")

    def contract(self, tables: str = "", **keys: object) -> "Stage":
        values = {
            "schema": "agilab.parallel_stage.v1",
            "name": "work",
            "function": "stages/work.py:work",
            "split": "files",
            "input": "data/*.csv",
            "workers": 2,
            "partition_strategy": "one-file-per-partition",
            "target_partitions": 0,
            "min_partitions_per_worker": 2,
            "reducer": "concat-jsonl",
            "backend": "local",
            "output": "artifacts/work.jsonl",
            **getattr(self, "keys", {}),
            **keys,
        }
        self.keys = {**getattr(self, "keys", {}), **keys}
        self.tables = tables or self.tables
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self.path.write_text("\n".join(lines) + "\n\n" + textwrap.dedent(self.tables))
        return self

    def run(self, **settings: object) -> "api.StageResult":
        return api.run(self.path, api.RunSettings(**settings))

    def status(self, **settings: object) -> "api.RunStatus":
        """Run and give the last status, also of a run that failed."""
        return api.submit(self.path, api.RunSettings(**settings)).wait(timeout_s=200)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
