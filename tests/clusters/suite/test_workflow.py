"""A workflow on real clusters: each partition starts when its own predecessor is done, on whatever worker."""

import json
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from jupyter_agilab import workflows
from jupyter_agilab.workflow.running.settings import WorkflowSettings

CODE = {
    "first": "import os\ndef first(i):\n    return {'i': i, 'pid': os.getpid()}\n",
    "second": (
        "import time\n"
        "def second(first):\n"
        "    time.sleep(0.3)\n"
        "    return {**first, 'square': first['i'] ** 2}\n"
    ),
    "third": "def third(second, k):\n    return [second['i'], k, second['square'] * k]\n",
    "total": (
        "import json\n"
        "def total(path: str):\n"
        "    return {'sum': sum(row[2] for row in json.load(open(path)))}\n"
    ),
}
LINES = {
    "first": "",
    "second": 'input = "first"',
    "third": 'input = "second"',
    "total": 'input = "third.artifact"',
}
GRIDS = {"first": {"i": list(range(20))}, "third": {"k": [1, 2]}}


@pytest.fixture
def flow(stage):
    """Lay the workflow beside the clusters' table; give its path."""
    text = 'schema = "agilab.workflow.v1"\nname = "flow"\n'
    for name, code in CODE.items():
        (stage.folder / f"stages/{name}.py").write_text(textwrap.dedent(code))
        if name in GRIDS:
            (stage.folder / f"{name}.json").write_text(json.dumps(GRIDS[name]))
        values = {
            "schema": "agilab.parallel_stage.v1",
            "name": name,
            "function": f"stages/{name}.py:{name}",
            "split": "files" if name == "total" else "parameter-sweep",
            "input": f"{name}.json" if name in GRIDS else "flow.workflow.toml",
            "workers": "auto",
            "partition_strategy": "one-file-per-partition" if name == "total" else "parameter-items",
            "target_partitions": 0,
            "min_partitions_per_worker": 1,
            "reducer": "collect-json",
            "backend": "dask",
            "output": f"artifacts/{name}.json",
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        (stage.folder / f"{name}.parallel_stage.toml").write_text("\n".join(lines) + "\n")
        text += f'[stages.{name}]\ncontract = "{name}.parallel_stage.toml"\n{LINES[name]}\n'
    path = stage.folder / "flow.workflow.toml"
    path.write_text(text)
    return path


def expected():
    return [[i, k, i * i * k] for i in range(20) for k in (1, 2)]


def judge(flow: Path, status) -> None:
    assert status.state == "finished", (status.message, [each.message for each in status.stages])
    artifacts = flow.parent / "artifacts"
    assert json.loads((artifacts / "third.json").read_text()) == expected()
    assert json.loads((artifacts / "total.json").read_text()) == [{"sum": sum(row[2] for row in expected())}]


@pytest.mark.parametrize("place", ["slurm", "ssh_hosts", "tls_scheduler"])
def test_four_stages(stage, flow, place, request):
    stage.at(request.getfixturevalue(place))
    status = workflows.submit_workflow(flow, WorkflowSettings(cluster="place")).wait(timeout_s=250)
    judge(flow, status)
    pids = {row["pid"] for row in json.loads((flow.parent / "artifacts/first.json").read_text())}
    assert pids
    again = workflows.submit_workflow(flow, WorkflowSettings(cluster="place")).wait(timeout_s=250)
    assert all(each.finished == 0 for each in again.stages)


def test_a_cancelled_job_takes_nothing_with_it(stage, slurm, flow):
    stage.at(slurm)
    watch = workflows.submit_workflow(flow, WorkflowSettings(cluster="place", batch_size=1))
    deadline = time.monotonic() + 120
    while watch.refresh().stage("second").finished < 3:
        assert time.monotonic() < deadline, watch.status
        time.sleep(0.1)
    command = ["squeue", "--noheader", "--states=RUNNING", "--format=%i", "--partition=debug"]
    victim = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]
    subprocess.run(["scancel", victim], check=True)
    status = watch.wait(timeout_s=250)
    judge(flow, status)
    text = (Path(status.run_dir) / "events.jsonl").read_text()
    lost = [event for line in text.splitlines() if (event := json.loads(line))["type"] == "worker.lost"]
    assert any(f"job {victim} was cancelled" in event["cause"] for event in lost)
    assert not any(each.failed or each.skipped for each in status.stages)
