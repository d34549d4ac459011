"""A stage to export, in a folder of its own."""

import json
import textwrap
from pathlib import Path

import pytest

from jupyter_agilab import api


class Stage:
    """A stage in a folder whose files are laid by the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "work.parallel_stage.toml"
        (folder / "stages").mkdir(parents=True)
        self.keys: dict[str, object] = {}
        self.tables = ""

    def module(self, text: str) -> "Stage":
        (self.folder / "stages/work.py").write_text(textwrap.dedent(text))
        return self

    def sweep(self, count: int) -> "Stage":
        (self.folder / "grid.json").write_text(json.dumps({"i": list(range(count))}))
        return self.contract(split="parameter-sweep", input="grid.json", partition_strategy="parameter-items")

    def contract(self, tables: str = "", **keys: object) -> "Stage":
        self.keys |= keys
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
            **self.keys,
        }
        self.tables = textwrap.dedent(tables) or self.tables
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self.path.write_text("\n".join(lines) + "\n\n" + self.tables)
        return self

    @property
    def artifact(self) -> Path:
        return self.folder / str(self.keys.get("output", "artifacts/work.jsonl"))

    def artifact_of_a_run(self) -> bytes:
        return Path(api.run(self.path).path).read_bytes()


@pytest.fixture(autouse=True)
def _own_config(tmp_path, monkeypatch):
    """Keep whoever runs the tests from lending their own clusters."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "project")
