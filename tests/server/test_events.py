"""The stream of events: every browser sees the same, and nothing is looked at when nobody listens."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.server.channels.events import EventsSocket
from jupyter_agilab.server.sockets import Clients
from jupyter_agilab.server.state import SETTING

CONTRACT = "a/double.parallel_stage.toml"


@pytest.fixture
def listen(jp_ws_fetch: Any) -> Iterator[Callable[..., Any]]:
    """Give ``await listen()``: a connection, and its messages until one passes a test."""

    class Listening:
        def __init__(self, connection: Any) -> None:
            self.connection = connection
            self.seen: list[dict[str, Any]] = []

        async def until(self, kind: str, passes: Callable[[Any], bool] = lambda message: True) -> Any:
            while True:
                text = await asyncio.wait_for(self.connection.read_message(), 60)
                assert text is not None, "the connection was closed"
                self.seen.append(json.loads(text))
                if self.seen[-1]["type"] == kind and passes(self.seen[-1]):
                    return self.seen[-1]

    opened: list[Any] = []

    async def listen() -> Listening:
        opened.append(await jp_ws_fetch("agilab", "events"))
        return Listening(opened[-1])

    yield listen
    for connection in opened:
        connection.close()


@pytest.fixture
def hub(jp_serverapp: Any) -> Callable[[], Any]:
    state = jp_serverapp.web_app.settings[SETTING]
    return lambda: state.hub(state.root(jp_serverapp.contents_manager))


async def test_two_browsers_see_the_same_run(ask: Any, make_stage: Any, listen: Any, run_to_end: Any) -> None:
    make_stage("a", text="    import time\n    time.sleep(0.8)\n    return {'x': x}\n")
    first, second = await listen(), await listen()
    hello = await first.until("hello")
    assert hello["runs"] == []
    assert hello["revision"] == (await ask("GET", "tree")).json["revision"]
    await second.until("hello")
    run = await run_to_end(CONTRACT)
    for browser in (first, second):
        ended = await browser.until("ended")
        assert ended["run"]["run_id"] == run["run_id"]
        assert ended["notification"]["state"] == "finished"
        assert ended["notification"]["message"] == "4 of 4 partitions have a result"
        going = [message for message in browser.seen if message["type"] == "run"]
        assert going[-1]["run"]["state"] == "finished"
        assert going[-1]["status"]["finished"] == 4
        assert any(message["run"]["state"] != "finished" for message in going)
        assert any(message["type"] == "tree" for message in browser.seen)
        assert len([message for message in browser.seen if message["type"] == "ended"]) == 1
        browser.connection.close()


async def test_who_comes_later_sees_the_runs_that_go_on(
    ask: Any, make_stage: Any, listen: Any, jp_root_dir: Path
) -> None:
    make_stage("a", text="    import time\n    time.sleep(600)\n    return {'x': x}\n")
    first = await listen()
    await first.until("hello")
    run = (await ask("POST", "run/start", {"path": CONTRACT})).json["run"]
    going = await first.until("run", lambda message: message["run"]["state"] == "running")
    assert going["status"]["partition_count"] == 4
    assert going["status"]["remaining_s"] is None
    later = await listen()
    hello = await later.until("hello")
    assert [each["run"]["run_id"] for each in hello["runs"]] == [run["run_id"]]
    await ask("POST", "run/stop", {"folder": "a", "stage": "double", "run": run["run_id"]})
    for browser in (first, later):
        ended = await browser.until("ended")
        assert ended["notification"]["state"] == "stopped"
        browser.connection.close()
    assert str(jp_root_dir) not in json.dumps(first.seen)


async def test_what_another_process_does_is_seen(make_stage: Any, listen: Any, jp_root_dir: Path) -> None:
    browser = await listen()
    hello = await browser.until("hello")
    make_stage("b/c", "late")
    browser.connection.write_message(json.dumps({"type": "look"}))
    tree = await browser.until("tree")
    assert tree["revision"] > hello["revision"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyter_agilab", "run", "late"),
        cwd=jp_root_dir / "b/c",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    ended = await browser.until("ended")
    assert (ended["run"]["folder"], ended["run"]["state"]) == ("b/c", "finished")
    await process.wait()
    browser.connection.close()


async def test_a_run_from_a_terminal_is_told_without_a_look_at_the_whole_tree(
    make_stage: Any, listen: Any, jp_root_dir: Path, monkeypatch: Any
) -> None:
    # where a tree is large, looks at all of it come minutes apart
    monkeypatch.setattr("jupyter_agilab.server.watching.hub.WHOLE_S", 3600.0)
    monkeypatch.setattr("jupyter_agilab.server.watching.hub.MOST_WHOLE_S", 3600.0)
    make_stage("b/c", "late", text="    import time\n    time.sleep(1)\n    return {'x': x}\n")
    # a folder of ours that is there already, as after a migration
    (jp_root_dir / "b/c/.agilab/migrations").mkdir(parents=True)
    for folder in ("b/c", "b", "."):
        os.utime(jp_root_dir / folder, (1.7e9, 1.7e9))
    browser = await listen()
    await browser.until("hello")
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyter_agilab", "run", "late"),
        cwd=jp_root_dir / "b/c",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    going = await browser.until("run")
    assert going["run"]["folder"] == "b/c"
    ended = await browser.until("ended")
    assert (ended["run"]["run_id"], ended["run"]["state"]) == (going["run"]["run_id"], "finished")
    # on a quiet machine it takes some seconds, most of which are the run's
    assert time.monotonic() - begun < 60
    await process.wait()
    browser.connection.close()


async def test_the_end_of_a_run_is_told_whose_driver_is_killed(
    ask: Any, make_stage: Any, listen: Any, jp_root_dir: Path
) -> None:
    make_stage("a", text="    import time\n    time.sleep(600)\n    return {'x': x}\n")
    browser = await listen()
    await browser.until("hello")
    run = (await ask("POST", "run/start", {"path": CONTRACT})).json["run"]
    await browser.until("run", lambda message: message["run"]["state"] == "running")
    manifest = json.loads(
        (jp_root_dir / "a/.agilab/runs/double" / run["run_id"] / "manifest.json").read_text()
    )
    os.kill(manifest["pid"], signal.SIGKILL)
    ended = await browser.until("ended")
    assert (ended["run"]["run_id"], ended["run"]["state"]) == (run["run_id"], "interrupted")
    assert ended["notification"]["state"] == "interrupted"
    browser.connection.close()


async def test_failed_partitions_are_told(make_stage: Any, listen: Any, run_to_end: Any) -> None:
    make_stage("a", text="    if x > 2:\n        raise ValueError('too large')\n    return {'x': x}\n")
    browser = await listen()
    await browser.until("hello")
    await run_to_end(CONTRACT)
    notice = (await browser.until("ended"))["notification"]
    assert notice["state"] == "failed"
    assert "ValueError" in notice["message"]
    browser.connection.close()


async def test_nobody_listens_and_nothing_is_looked_at(listen: Any, hub: Any, until: Any) -> None:
    assert not hub().is_looking
    browser = await listen()
    await browser.until("hello")
    assert hub().is_looking
    browser.connection.close()

    async def quiet() -> bool:
        return not hub().is_looking

    await until(quiet)
    looks = hub().looks
    await asyncio.sleep(2.5)
    assert hub().looks == looks


async def test_a_client_that_talks_nonsense_is_left(listen: Any) -> None:
    for said in ("{", "[]", '"x"', "x" * 10_000):
        browser = await listen()
        await browser.until("hello")
        browser.connection.write_message(said)
        text: Any = ""
        while text is not None:
            text = await asyncio.wait_for(browser.connection.read_message(), 30)
        assert browser.connection.close_code in {1003, 1009}


async def test_a_ping_is_answered_and_what_is_unknown_is_let_be(listen: Any) -> None:
    browser = await listen()
    await browser.until("hello")
    browser.connection.write_message(json.dumps({"type": "unknown", "x": [1] * 100}))
    browser.connection.write_message(json.dumps({"type": "ping"}))
    await browser.until("pong")
    browser.connection.close()


async def test_too_many_are_asked_to_come_later(
    listen: Any, monkeypatch: Any, until: Any, jp_serverapp: Any
) -> None:
    monkeypatch.setattr(EventsSocket, "most_clients", 2)
    browsers = [await listen() for _ in range(2)]
    for browser in browsers:
        await browser.until("hello")
    third = await listen()
    assert await asyncio.wait_for(third.connection.read_message(), 30) is None
    assert third.connection.close_code == 1013
    browsers[0].connection.close()

    async def has_room() -> bool:
        return len(jp_serverapp.web_app.settings[SETTING].kept(Clients).of(EventsSocket)) < 2

    await until(has_room)
    fourth = await listen()
    await fourth.until("hello")
    fourth.connection.close()
    browsers[1].connection.close()
