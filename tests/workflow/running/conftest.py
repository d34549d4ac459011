"""Workflows to run: contracts, modules and a workflow's file in a folder of their own."""

import faulthandler
import json
import textwrap
from pathlib import Path

import pytest

from jupyter_agilab import workflows
from jupyter_agilab.workflow.running.settings import WorkflowSettings
from jupyter_agilab.workflow.running.status import WorkflowStatus


@pytest.fixture(autouse=True)
def _dump_when_hanging():
    faulthandler.dump_traceback_later(240, exit=False)
    yield
    faulthandler.cancel_dump_traceback_later()


class Flow:
    """A workflow in a folder: `stage` adds a stage with its contract and module, `run` runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "flow.workflow.toml"
        self.head = ""
        self.tail = ""
        self.tables: dict[str, str] = {}
        (folder / "stages").mkdir()

    def stage(
        self,
        name: str,
        code: str,
        lines: str = "",
        *,
        grid: dict | None = None,
        tables: str = "",
        **keys: object,
    ) -> "Flow":
        """Add a stage whose function has its name; `lines` go into its table of the workflow."""
        self.code(name, code)
        if grid is not None:
            (self.folder / f"{name}.json").write_text(json.dumps(grid))
        values = {
            "schema": "agilab.parallel_stage.v1",
            "name": name,
            "function": f"stages/{name}.py:{name}",
            "split": "parameter-sweep",
            "input": f"{name}.json" if grid is not None else self.path.name,
            "workers": 2,
            "partition_strategy": "parameter-items",
            "target_partitions": 0,
            "min_partitions_per_worker": 2,
            "reducer": "concat-jsonl",
            "backend": "pool",
            "output": f"artifacts/{name}.jsonl",
            **keys,
        }
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        (self.folder / f"{name}.parallel_stage.toml").write_text(text + "\n" + textwrap.dedent(tables))
        self.tables[name] = textwrap.dedent(lines)
        return self.write()

    def code(self, name: str, code: str) -> "Flow":
        """Write the module of a stage."""
        (self.folder / f"stages/{name}.py").write_text(textwrap.dedent(code))
        return self

    def write(self, head: str | None = None, tail: str | None = None) -> "Flow":
        """Write the workflow's file; `head` has keys of its own, `tail` tables such as groups."""
        self.head = self.head if head is None else head
        self.tail = self.tail if tail is None else textwrap.dedent(tail)
        text = f'schema = "agilab.workflow.v1"\nname = "flow"\n{self.head}\n'
        for name, lines in self.tables.items():
            text += f'[stages.{name}]\ncontract = "{name}.parallel_stage.toml"\n{lines}\n'
        self.path.write_text(text + self.tail)
        return self

    def submit(self, **settings: object) -> "workflows.WorkflowWatch":
        return workflows.submit_workflow(self.path, WorkflowSettings(**settings))

    def run(self, **settings: object) -> WorkflowStatus:
        """Run it and give the last status, also of a run that failed."""
        return self.submit(**settings).wait(timeout_s=200)

    def artifact(self, name: str) -> bytes:
        return (self.folder / f"artifacts/{name}.jsonl").read_bytes()

    def values(self, name: str) -> list:
        return [json.loads(line) for line in self.artifact(name).splitlines()]

    def ran(self, name: str) -> list[str]:
        """Give what the functions of a stage wrote into their log, one line for each call."""
        path = self.folder / f"ran-{name}.log"
        return path.read_text().split() if path.exists() else []

    def events(self, status: WorkflowStatus, kind: str) -> list[dict]:
        text = (Path(status.run_dir) / "events.jsonl").read_text()
        return [event for line in text.splitlines() if (event := json.loads(line))["type"] == kind]


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return Flow(tmp_path)
