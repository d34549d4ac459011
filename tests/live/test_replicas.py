"""Replicas of groups: built, lent, lost and taken down, whatever goes wrong meanwhile."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_agilab import Hooks, Jobs
from jupyter_agilab.errors import ClusterError, JobsClosedError, UsageError
from jupyter_agilab.live import crew
from jupyter_agilab.live.named_function import function_named
from jupyter_agilab.workflow.model import Feed, Group, Workflow, WorkflowStage

WAIT_S = 60


def grouped(replicas=1):
    stages = {"A": WorkflowStage(name="A", group="g"), "D": WorkflowStage(name="D")}
    return Workflow(name="flow", stages=stages, groups={"g": Group(name="g", replicas=replicas)})


def bound(place):
    return [lane.name for lane in place._lanes.values() if lane.is_bound]


def test_closing_again_after_it_was_given_up(place_of):
    """Who stops waiting for the jobs under way can close later; the replicas are torn down once."""
    go_on, ended = threading.Event(), []

    async def main():
        functions = {"A": lambda job: go_on.wait(WAIT_S), "D": str}
        jobs = Jobs(grouped(), functions, place, hooks=Hooks(teardown=lambda: ended.append(1)))
        await jobs.build()
        running = asyncio.ensure_future(jobs.run(1))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(jobs.close(), 0.1)
        assert (ended, len(bound(place))) == ([], 1)
        go_on.set()
        await asyncio.gather(jobs.close(), jobs.close())
        assert (ended, bound(place)) == ([1], [])
        return await running

    with place_of("threads") as place:
        assert asyncio.run(asyncio.wait_for(main(), WAIT_S)).error is None


def test_closing_takes_no_thread_that_jobs_need(place_of):
    """Results are fetched in the event loop's threads; here there is one."""
    go_on = threading.Event()

    async def main():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        functions = {"A": lambda job: go_on.wait(WAIT_S), "D": str}
        many = [Jobs(grouped(), functions, place) for _ in range(3)]
        for jobs in many:
            await jobs.build()
        running = [asyncio.ensure_future(jobs.run(1)) for jobs in many]
        await asyncio.sleep(0)
        closing = [asyncio.ensure_future(jobs.close()) for jobs in many]
        await asyncio.sleep(0.05)
        go_on.set()
        await asyncio.gather(*closing)
        return await asyncio.gather(*running)

    with place_of("threads", 6) as place:
        assert [each.error for each in asyncio.run(asyncio.wait_for(main(), WAIT_S))] == [None] * 3


def test_nothing_is_built_after_closing(place_of):
    async def main():
        jobs = Jobs(grouped(), {"A": str, "D": str}, place)
        await jobs.close()
        with pytest.raises(JobsClosedError):
            await jobs.build()
        jobs = Jobs(grouped(), {"A": str, "D": str}, place)
        # whichever comes first: what was built is taken down, or nothing is built
        await asyncio.gather(jobs.build(), jobs.close(), return_exceptions=True)

    with place_of("threads") as place:
        asyncio.run(main())
        assert bound(place) == []


def test_replicas_that_cannot_all_be_started_are_given_back(place_of, monkeypatch):
    called = []
    with place_of("threads") as place:
        start = place.new_worker

        def new_worker(name, claims):
            if name.endswith("-2"):
                raise ClusterError("no more processes")
            return start(name, claims)

        monkeypatch.setattr(place, "new_worker", new_worker)
        hooks = Hooks(setup=lambda: called.append("up"), teardown=lambda: called.append("down"))
        with pytest.raises(ClusterError, match="no more processes"):
            asyncio.run(Jobs(grouped(3), {"A": str, "D": str}, place, hooks=hooks).build())
        assert (bound(place), called) == ([], [])


def test_a_replica_that_cannot_be_replaced_fails_its_own_job(place_of, monkeypatch):
    monkeypatch.setattr(crew, "_PATIENCE_S", 0.1)

    async def main():
        jobs = Jobs(grouped(), {"A": str, "D": str}, place)
        good = await jobs.run(1)
        with monkeypatch.context() as patch:
            patch.setattr(place, "has_worker", lambda worker: False)
            patch.setattr(place, "new_worker", refuse)
            bad = await jobs.gather([2, 3])
        await jobs.close()
        return good, *bad

    def refuse(name, claims):
        raise ClusterError("no worker came")

    with place_of("threads") as place:
        good, *bad = asyncio.run(main())
    assert dict(good.results) == {"A": "1", "D": "1"}
    for each, told in zip(bad, ["2", "3"], strict=True):
        assert isinstance(each.error, ClusterError)
        assert (each.failed, dict(each.results)) == ("A", {"D": told})


def test_replicas_are_set_up_at_the_same_time(place_of):
    meeting = threading.Barrier(3)
    with place_of("threads") as place:
        hooks = Hooks(setup=lambda: meeting.wait(WAIT_S))
        asyncio.run(Jobs(grouped(3), {"A": str, "D": str}, place, hooks=hooks).build())


def test_two_aggregates_of_one_stage_get_each_result_once(place_of):
    stages = {
        "A": WorkflowStage(name="A"),
        "Sum": WorkflowStage(name="Sum", inputs=(Feed("A"),)),
        "All": WorkflowStage(name="All", inputs=(Feed("A"),)),
    }
    functions = {"A": lambda job: job, "Sum": lambda A: A[0] + A[1], "All": lambda A: A}

    async def main():
        jobs = Jobs(Workflow(name="flow", stages=stages), functions, place, aggregates=["Sum", "All"])
        await jobs.gather([1, 2])
        return await jobs.process()

    with place_of("threads") as place:
        assert dict(asyncio.run(main()).results) == {"Sum": 3, "All": [1, 2]}


def test_what_a_cancelled_job_has_not_begun_is_taken_back(place_of):
    """A stage without a group waits for a worker, and nobody wants it any more."""
    ran, begun, go_on = [], threading.Event(), threading.Event()

    def stage(job):
        ran.append(job)
        begun.set()
        go_on.wait(WAIT_S)

    async def main():
        jobs = Jobs(Workflow(name="flow", stages={"D": WorkflowStage(name="D")}), {"D": stage}, place)
        first = asyncio.ensure_future(jobs.run(1))
        assert await asyncio.to_thread(begun.wait, WAIT_S)
        second = asyncio.ensure_future(jobs.run(2))
        # it is handed to the place, whose only worker is busy
        while len(place._waiting) < 2:
            await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        go_on.set()
        assert (await first).error is None
        await jobs.run(3)
        await jobs.close()

    with place_of("threads", 1) as place:
        asyncio.run(asyncio.wait_for(main(), WAIT_S))
    assert ran == [1, 3]


def test_named_functions_of_modules_with_dataclasses(tmp_path):
    """With annotations as texts, dataclasses look their module up by its name."""
    (tmp_path / "shapes.py").write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n"
        "@dataclass\nclass Point:\n    x: int\n\ndef made():\n    return Point(3)\n"
    )
    assert function_named("shapes.py:made", tmp_path)().x == 3


def test_a_module_that_cannot_be_imported_says_why(tmp_path):
    (tmp_path / "bad.py").write_text("def made():\n    pass\n\nraise ValueError('Whoops')\n")
    (tmp_path / "good.py").write_text("made = 3\n")
    with pytest.raises(UsageError, match=r"'bad.py:made' in .* cannot be imported: ValueError: Whoops"):
        function_named("bad.py:made", tmp_path)
    with pytest.raises(UsageError, match="cannot be imported: FileNotFoundError"):
        function_named("none.py:made", tmp_path)
    with pytest.raises(UsageError, match=r"there is no function 'other' in good.py"):
        function_named("good.py:other", tmp_path)
    with pytest.raises(UsageError, match="is not a function but a int"):
        function_named("good.py:made", tmp_path)


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_closing_after_the_place_is_closed(place_of, kind):
    """Replicas go with their place: there is nothing left to tear down, and the place stays closed."""

    async def main():
        with place_of(kind) as place:
            jobs = await Jobs(grouped(), {"A": str, "D": str}, place).build()
        await jobs.close()
        return place

    assert not asyncio.run(main()).is_open
