"""What browsers are told: no end of a run is lost, and the loop that looks neither dies nor stays behind."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.runs.statuses import Statuses
from jupyter_agilab.server.tree.index import TreeIndex
from jupyter_agilab.server.watching import hub as hub_module
from jupyter_agilab.server.watching.hub import Hub
from jupyter_agilab.server.watching.news import Message, News
from jupyter_agilab.server.workflows.told import WorkflowStatuses

RUN = "20260101-000000-000001"


@pytest.fixture
def news(tmp_path: Path) -> News:
    return News(TreeIndex(Root(tmp_path.resolve())), Statuses(), WorkflowStatuses())


@pytest.fixture
def write_run(tmp_path: Path) -> Callable[..., None]:
    """Give ``write_run("running")``: the run of a driver on another host, which is taken to live."""

    def write_run(state: str, stage: str = "far", **more: Any) -> None:
        home = tmp_path / f".agilab/runs/{stage}" / RUN
        home.mkdir(parents=True, exist_ok=True)
        manifest = {
            "schema": "agilab.run.v1",
            "run_id": RUN,
            "stage": stage,
            "state": state,
            "host": "elsewhere",
            "pid": 1,
            "submitted": time.time(),
        }
        text = json.dumps(manifest | more)
        (home / "manifest.new").write_text(text)
        (home / "manifest.new").rename(home / "manifest.json")

    return write_run


def kinds(messages: list[Message]) -> list[str]:
    return [message.content["type"] for message in messages]


def test_a_look_that_fails_loses_no_end(news: News, write_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run("running")
    news.forget(time.time())
    assert news.look(whole=True) == []
    assert news.has_active
    write_run("finished")
    with monkeypatch.context() as broken:
        broken.setattr(
            "jupyter_agilab.server.watching.news.notice_of",
            lambda status, root: (_ for _ in ()).throw(RuntimeError("once")),
        )
        with pytest.raises(RuntimeError, match="once"):
            news.look(whole=True)
    found = news.look(whole=True)
    assert kinds(found) == ["tree", "run", "ended"]
    assert found[-1].content["notification"]["state"] == "finished"
    assert news.look(whole=True) == []


def test_what_ended_since_somebody_listens_is_told_by_the_first_look(news: News, write_run: Any) -> None:
    write_run("finished", "before", submitted=time.time() - 9, ended=time.time() - 5)
    news.forget(time.time())
    write_run("finished", "since", ended=time.time())
    found = news.look(whole=True)
    assert kinds(found) == ["run", "ended"]
    assert found[-1].content["run"]["stage"] == "since"
    assert news.look(whole=True) == []


def test_the_end_of_a_run_that_was_damaged_meanwhile_is_told(news: News, write_run: Any) -> None:
    write_run("running")
    news.forget(time.time())
    news.look(whole=True)
    write_run("failed", seconds="odd", message="odd")
    found = news.look(whole=True)
    assert kinds(found) == ["tree", "ended"]
    assert found[-1].content["run"]["state"] == "failed"
    told = found[-1].content["notification"]
    assert (told["state"], told["title"], told["message"]) == ("failed", "far failed", "odd")


def test_a_run_whose_directory_is_removed_does_not_go_on_for_ever(
    news: News, write_run: Any, tmp_path: Path
) -> None:
    write_run("running", "stays")
    write_run("running")
    news.forget(time.time())
    news.look(whole=True)
    shutil.rmtree(tmp_path / ".agilab/runs/far")
    found = {each.content["type"]: each.content for each in news.look(whole=True)}
    assert list(found) == ["tree", "run"]
    assert (found["run"]["run"]["stage"], found["run"]["run"]["state"]) == ("far", "interrupted")
    assert news.greeting is not None
    assert [live["run"]["stage"] for live in news.greeting.content["runs"]] == ["stays"]
    assert news.look(whole=True) == []


def test_nobody_reads_on_in_a_journal_while_a_status_is_told(write_run: Any, tmp_path: Path) -> None:
    write_run("running")
    statuses, run = Statuses(), RunDirectory(tmp_path / ".agilab/runs/far" / RUN)
    is_told, goes_on = threading.Event(), threading.Event()

    def slowly(status: Any) -> bool:
        is_told.set()
        return goes_on.wait(30)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(statuses.read, run, slowly)
        assert is_told.wait(30)
        second = pool.submit(statuses.read, run, lambda status: goes_on.is_set())
        with pytest.raises(TimeoutError):
            second.result(0.2)
        goes_on.set()
        assert first.result(30)
        assert second.result(30)


class Page:
    """A browser."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def tell(self, message: Any, key: Hashable = None) -> None:
        self.told.append(message)


class Looks:
    """In place of the news: each look does what the test says."""

    def __init__(self, look: Callable[[bool], Any] = lambda whole: None) -> None:
        self.greeting: Message | None = None
        self._look = look

    @property
    def has_active(self) -> bool:
        return False

    def forget(self, since: float) -> None:
        self.greeting = None

    def look(self, *, whole: bool) -> list[Message]:
        self._look(whole)
        self.greeting = Message({"type": "hello"})
        return []


async def test_browsers_that_come_and_go_while_a_look_hangs_do_not_end_the_loop(
    monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    monkeypatch.setattr(hub_module, "QUIET_S", 0.05)
    goes_on = threading.Event()
    hub = Hub(Looks(lambda whole: goes_on.wait(30)))  # type: ignore[arg-type]  # what it calls
    for _ in range(20):
        page = Page()
        hub.join(page)
        await asyncio.sleep(0.01)
        hub.leave(page)
    last = Page()
    hub.join(last)
    await asyncio.sleep(0.1)
    goes_on.set()

    async def greeted() -> bool:
        return bool(last.told)

    await until(greeted)
    assert last.told[0] == {"type": "hello"}
    hub.close()


async def test_the_loop_ends_also_in_the_moment_of_a_nudge(until: Any) -> None:
    for turns in range(8):
        hub = Hub(Looks())  # type: ignore[arg-type]  # what it calls
        page = Page()
        hub.join(page)

        async def greeted(page: Page = page) -> bool:
            return bool(page.told)

        await until(greeted)
        # it rests now
        await asyncio.sleep(0.01)
        others = asyncio.all_tasks()
        hub.nudge()
        for _ in range(turns):
            await asyncio.sleep(0)
        hub.leave(page)
        await asyncio.sleep(0.3)
        assert hub.looks == 1, f"it goes on after {turns} turns"
        assert len([task for task in others if not task.done()]) == 1
        hub.close()


async def test_a_quiet_tree_is_looked_at_as_often_as_a_busy_one(
    monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    clock = SimpleNamespace(now=0.0)
    clock.monotonic = lambda: clock.now
    clock.thread_time = lambda: 0.0
    clock.time = time.time
    monkeypatch.setattr(hub_module, "time", clock)
    monkeypatch.setattr(hub_module, "QUIET_S", 0.0)
    wholes: list[float] = []
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look(whole: bool) -> None:
        if whole:
            wholes.append(clock.now)
        if len(wholes) > 20:
            loop.call_soon_threadsafe(ended.set)

    class Passing(Looks):
        @property
        def has_active(self) -> bool:
            # asked before each rest, which takes two seconds
            clock.now += 2
            return False

    hub = Hub(Passing(look))  # type: ignore[arg-type]  # what it calls
    hub.join(Page())
    await asyncio.wait_for(ended.wait(), 60)
    hub.close()
    gaps = [later - before for before, later in pairwise(wholes)]
    assert max(gaps) <= hub_module.WHOLE_S + 4
    assert min(gaps) >= hub_module.WHOLE_S
