"""A folder with contracts, their module and a workflow that joins them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.workflow.load import WorkflowFile, read_workflow
from jupyter_agilab.workflow.plan import WorkflowPlan
from jupyter_agilab.workflow.planning.make import make_workflow_plan

HEAD = 'schema = "agilab.workflow.v1"\nname = "w"\n'


class Folder:
    """Writes contracts and a workflow, and plans it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def workflow(self) -> Path:
        return self.path / "w.workflow.toml"

    def module(self, text: str) -> Folder:
        (self.path / "stages").mkdir(exist_ok=True)
        (self.path / "stages/all.py").write_text(textwrap.dedent(text))
        return self

    def sweep(self, name: str, **grid: list[Any]) -> str:
        (self.path / f"{name}.json").write_text(json.dumps(grid))
        return f"{name}.json"

    def contract(self, name: str, input: str, tables: str = "", **keys: Any) -> Folder:
        values = {
            "schema": "agilab.parallel_stage.v1",
            "name": name,
            "function": f"stages/all.py:{name}",
            "split": "parameter-sweep",
            "input": input,
            "workers": "auto",
            "partition_strategy": "parameter-items",
            "target_partitions": 0,
            "min_partitions_per_worker": 2,
            "reducer": "collect-json",
            "backend": "pool",
            "output": f"artifacts/{name}.json",
            **keys,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        (self.path / f"{name}.toml").write_text("\n".join(lines) + "\n\n" + textwrap.dedent(tables))
        return self

    def write(self, text: str) -> Folder:
        self.workflow.write_text(HEAD + textwrap.dedent(text))
        return self

    def read(self) -> WorkflowFile:
        return read_workflow(self.workflow)

    def plan(self, *flags: str, **settings: Any) -> WorkflowPlan:
        return make_workflow_plan(self.read(), flags=flags, **{"workers": 2, "cores": 2, **settings})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder with a module whose functions are called as the stages are."""
    functions = {
        "build": "def build(target):\n    return {'t': target}\n",
        "sample": "def sample(build, sampler):\n    return [build['t'], sampler]\n",
        "each": "def each(build):\n    return build\n",
        "merge": "def merge(path):\n    return str(path)\n",
    }
    return Folder(tmp_path).module("".join(functions.values()))


@pytest.fixture
def lambda_hat(folder: Folder) -> Folder:
    """Give targets times samplers, and a promotion that a flag switches on."""
    folder.contract("build", folder.sweep("targets", target=[10, 20]))
    folder.contract("sample", folder.sweep("samplers", sampler=["hmc", "sgld"]))
    folder.contract("merge", "w.workflow.toml", split="files", partition_strategy="one-file-per-partition")
    return folder.write(
        """
        [flags]
        promote = false
        [stages.build]
        contract = "build.toml"
        [stages.sample]
        contract = "sample.toml"
        input = "build"
        [stages.merge]
        contract = "merge.toml"
        input = "sample.artifact"
        when = "promote"
        """
    )


@pytest.fixture
def told() -> Callable[[Any], list[str]]:
    """Give ``told(findings)``: each as ``FILE:LINE CODE``."""

    def of(findings: Any) -> list[str]:
        return [f"{Path(each.path or '').name}:{each.line} {each.code}" for each in findings]

    return of
