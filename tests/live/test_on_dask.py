"""What is Dask's alone: results stay on the workers, clusters come up by name, lost workers are made good."""

import asyncio
import os
import signal
import time

import pytest

from jupyter_agilab import Hooks, Jobs, task, use_cluster
from jupyter_agilab.errors import ClaimError, ClusterError, TaskError, UsageError
from jupyter_agilab.workflow.model import Feed, Group, Workflow, WorkflowStage

MEGABYTE = 1_000_000


@task
def large(number):
    return bytes(5 * MEGABYTE) + bytes([number])


@task
def small(parts):
    return [part[-1] for part in parts]


@task
def nothing(number=0):
    return number


def bytes_between(client):
    """Give what the workers have had from each other, all in all."""
    logs = client.run(lambda dask_worker: [each["total"] for each in dask_worker.transfer_incoming_log])
    return sum(sum(each) for each in logs.values())


@pytest.fixture
def here(dask_client, monkeypatch):
    """Give the place, and a list of what is fetched from it."""
    fetched = []
    gather = dask_client.gather

    def noting(futures, *args, **kwargs):
        values = gather(futures, *args, **kwargs)
        fetched.extend(values)
        return values

    monkeypatch.setattr(dask_client, "gather", noting)
    with use_cluster(dask_client) as place:
        yield place, fetched


def test_results_do_not_come_here_unless_they_are_asked_for(here):
    _, fetched = here
    parts = large.map(list(range(6)))
    total = small(parts)
    assert total.get_result() == [0, 1, 2, 3, 4, 5]
    assert sum(map(len, (each for each in fetched if isinstance(each, bytes)))) == 0
    assert len(fetched) == 1


def test_coming_after_something_moves_nothing(here, dask_client):
    before = bytes_between(dask_client)
    parts = large.map(list(range(6)))
    behind = nothing.after(parts).map(list(range(8)))
    assert behind.get_results() == list(range(8))
    assert bytes_between(dask_client) - before < MEGABYTE


def test_the_scheduler_knows_the_graph_at_once(here, dask_client):
    """What depends on a job is Dask's to start: it does not wait for this process to hear of the job."""
    parts = large.map([1, 2])
    job = small(parts)
    key = job._handle.kept.key
    assert job.wait()
    held = dask_client.run_on_scheduler(
        lambda dask_scheduler: [str(each.key) for each in dask_scheduler.tasks[key].dependencies]
    )
    assert sorted(held) == sorted(part._handle.kept.key for part in parts)


def test_a_client_is_left_as_it_is(dask_client):
    with use_cluster(dask_client):
        assert nothing(1).get_result() == 1
    assert dask_client.status == "running"


def test_a_scheduler_by_its_address(dask_client):
    with use_cluster(dask_client.scheduler.address):
        assert nothing.map([1, 2]).get_results() == [1, 2]
    assert dask_client.submit(int, 3).result() == 3


@pytest.mark.parametrize("wrong", ["", None, 3, object()])
def test_what_is_no_cluster_is_refused(wrong):
    with pytest.raises(UsageError, match="takes a cluster's name"):
        use_cluster(wrong)


def test_a_cluster_that_is_not_named_anywhere_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    with pytest.raises(ClusterError, match="there is no cluster named 'nowhere'"):
        use_cluster("nowhere", folder=tmp_path)


def wait_for_workers(place, count):
    """Wait until those that died are not listed any more, and have been replaced."""
    deadline = time.monotonic() + 120
    while len(place._alive()) < count:
        assert time.monotonic() < deadline, "a worker that died was not replaced"
        time.sleep(0.1)


def test_a_local_cluster_by_name(tmp_path, monkeypatch):
    """A table of clusters.toml; its workers declare what they have; a worker that dies is replaced."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "clusters.toml").write_text('[two]\nkind = "local"\nworkers = 2\nmemory = "1 GB"\n')
    with use_cluster("two", folder=tmp_path) as place:
        offers = place.offers()
        assert len(offers) == 2
        assert {offer["memory"] for offer in offers.values()} == {1e9}
        with pytest.raises(ClaimError, match=r"the cluster 'two' has .* of memory for one worker"):
            nothing.with_options(mem="2 GB")(1)
        assert nothing.with_options(mem="600 MB").map([1, 2, 3]).get_results() == [1, 2, 3]

        kept = large(7)
        assert kept.wait(timeout=120)
        dying = task(lambda: os.kill(os.getpid(), signal.SIGKILL))()
        with pytest.raises(TaskError, match="the worker died under it"):
            dying.get_result(timeout=120)
        # what went with a worker is computed again
        assert small([kept]).get_result(timeout=120) == [7]

        results = asyncio.run(asyncio.wait_for(_jobs_with_a_dying_worker(place), 120))
        assert [each.results.get("B", None) for each in results] == [1, None, 3]
        assert "A of job 1 was lost: its worker is gone" in str(results[1].error)

        wait_for_workers(place, 2)
        lost = asyncio.run(asyncio.wait_for(_job_that_loses_a_result(place, tmp_path / "pid"), 120))
        assert (dict(lost.results), lost.failed) == ({"C": 8, "D": 7}, "B")
        assert str(lost.error) == "B of job 0 was lost: its worker is gone"
        with pytest.raises(TaskError, match=r"setup of g\[0\] was lost: its worker is gone"):
            asyncio.run(asyncio.wait_for(_build_that_kills(place), 120))


async def _jobs_with_a_dying_worker(place):
    """The replica's worker dies under the second job: the third finds it elsewhere, set up anew."""

    def a(job, state):
        if job == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return job, os.getpid() == state

    stages = {
        "A": WorkflowStage(name="A", group="g"),
        "B": WorkflowStage(name="B", inputs=(Feed("A"),), group="g"),
    }
    workflow = Workflow(name="flow", stages=stages, groups={"g": Group(name="g")})
    functions = {"A": a, "B": lambda A: A[0] if A[1] else "another process"}
    async with Jobs(workflow, functions, place, hooks=Hooks(setup=os.getpid)) as jobs:
        return [await jobs.run(job) for job in (1, 2, 3)]


async def _job_that_loses_a_result(place, path):
    """B's result goes with its worker after the job had it, before it is fetched."""

    def kill():
        os.kill(int(path.read_text()), signal.SIGKILL)
        return 8

    stages = {
        "B": WorkflowStage(name="B", group="g"),
        "C": WorkflowStage(name="C", group="h", after=("B",)),
        "D": WorkflowStage(name="D"),
    }
    workflow = Workflow(name="flow", stages=stages)
    functions = {"B": lambda: path.write_text(str(os.getpid())), "C": kill, "D": lambda: 7}
    async with Jobs(workflow, functions, place, expose=["B", "C", "D"]) as jobs:
        return await jobs.run(0)


async def _build_that_kills(place):
    workflow = Workflow(name="flow", stages={"A": WorkflowStage(name="A", group="g")})
    hooks = Hooks(setup=lambda: os.kill(os.getpid(), signal.SIGKILL))
    await Jobs(workflow, {"A": str}, place, hooks=hooks).build()
