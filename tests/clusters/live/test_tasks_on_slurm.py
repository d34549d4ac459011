"""Tasks and jobs on real SLURM: the same values as anywhere, computed in jobs of the batch system."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from jupyter_agilab import Hooks, Jobs, task, use_cluster
from jupyter_agilab.errors import ClaimError, ClusterError, NotRunError
from jupyter_agilab.workflow.model import Feed, Group, Workflow, WorkflowStage

OPTIONS = {"time": "00:03:00", "mem": "256M", "cpus_per_task": 1}


def where():
    return os.environ.get("SLURM_JOB_ID", ""), os.getpid()


@pytest.fixture
def folder(tmp_path: Path, slurm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project whose clusters.toml names the SLURM of these tests."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter-config"))
    (tmp_path / "project").mkdir()
    (tmp_path / "project/clusters.toml").write_text(slurm.text())
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def jobs_left():
    command = ["squeue", "--noheader", "--format=%i", "--name=agilab-live"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.filterwarnings("ignore:Port")
def test_the_three_patterns_and_groups(folder):
    @task(**OPTIONS)
    def split_dataset(path, num_chunks):
        return [{"start_idx": i * 100, "end_idx": (i + 1) * 100} for i in range(num_chunks)]

    @task(**OPTIONS)
    def process_chunk(start_idx, end_idx):
        return {"items": end_idx - start_idx, "sum": sum(range(start_idx, end_idx)), "where": where()}

    @task(**OPTIONS)
    def merge(results):
        return len(results), sum(each["items"] for each in results), sum(each["sum"] for each in results)

    @task(**OPTIONS)
    def preprocess(raw):
        return f"preprocessed_{raw}"

    @task(**OPTIONS)
    def transform(data, transform_type):
        return f"{transform_type}({data})"

    @task(**OPTIONS)
    def finalize(transformed):
        return f"final_{transformed}"

    @task(**OPTIONS)
    def train(lr, batch_size, epochs, seed):
        import random

        random.seed(seed)
        return {"lr": lr, "bs": batch_size, "accuracy": 0.5 + lr * 10 * random.random()}

    @task
    def best(results):
        return max(results, key=lambda each: each["accuracy"])

    @task
    def fail():
        raise ValueError("Whoops")

    with use_cluster("place") as place:
        chunks = split_dataset("large_dataset.csv", num_chunks=5)
        processed = process_chunk.after(chunks).map(chunks.get_result())
        assert merge.after(processed)(processed).get_result() == (5, 500, 124750)
        # in jobs of SLURM, not here
        assert all(
            job and pid != os.getpid() for job, pid in (each["where"] for each in processed.get_results())
        )

        first = preprocess.map(["data_1", "data_2", "data_3"])
        second = transform.map(
            [{"data": job, "transform_type": f"transform_{i}"} for i, job in enumerate(first)]
        )
        assert finalize.map(second).get_results() == [
            "final_transform_0(preprocessed_data_1)",
            "final_transform_1(preprocessed_data_2)",
            "final_transform_2(preprocessed_data_3)",
        ]

        sets = [
            {"lr": lr, "batch_size": size, "epochs": 10, "seed": seed}
            for lr in (0.001, 0.01, 0.1)
            for size in (32, 64)
            for seed in (0, 1)
        ]
        trained = train.map(sets)
        accuracies = [round(each["accuracy"], 6) for each in trained.get_results()]
        assert accuracies == ([0.508444, 0.501344] * 2 + [0.584442, 0.513436] * 2 + [1.344422, 0.634364] * 2)
        found = best.after(trained)(trained).get_result()
        line = f"Best: lr={found['lr']}, bs={found['bs']}, acc={found['accuracy']:.3f}"
        assert line == "Best: lr=0.1, bs=32, acc=1.344"

        with pytest.raises(NotRunError, match="fail failed: ValueError: Whoops"):
            best(fail()).get_result()
        # more than a job of this cluster has, or longer than it lives
        with pytest.raises(ClaimError, match="of memory"):
            best.with_options(mem="64G")([])
        with pytest.raises(ClaimError, match="jobs of the cluster 'place' end after 00:10:00"):
            best.with_options(time="01:00:00")([])

        results = asyncio.run(_run_workflow(place))
    assert [each.results["B"] for each in results] == [(0, True), (1, True), (2, True)]
    assert not jobs_left()


async def _run_workflow(place):
    """A, then B in the same process, which is set up once."""
    stages = {
        "A": WorkflowStage(name="A", group="g"),
        "B": WorkflowStage(name="B", inputs=(Feed("A"),), group="g"),
    }
    workflow = Workflow(name="flow", stages=stages, groups={"g": Group(name="g", replicas=2)})
    functions = {
        "A": lambda job: (job, where()),
        "B": lambda A, state: (A[0], A[1] == where() == state),
    }
    async with Jobs(workflow, functions, place, hooks=Hooks(setup=where)) as jobs:
        return await jobs.gather(range(3))


def test_a_queue_that_is_not_there_is_told_when_the_place_is_entered(folder, slurm):
    (folder / "clusters.toml").write_text(slurm.text().replace("debug", "nowhere"))
    with pytest.raises(ClusterError, match="there is no partition named 'nowhere'"):
        use_cluster("place").start()
