"""The view's socket: a plan and a run without a kernel, in the panel's own words."""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

NAME = "double.parallel_stage.toml"
BAR = struct.Struct("<5f")


class Client:
    """A browser's end of the socket."""

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect = connect
        self.socket: Any = None
        self.traits: dict[str, Any] = {}
        self.request = 0

    async def receive(self) -> dict[str, Any]:
        """Give the next message; a binary one has its ``buffers``."""
        data = await asyncio.wait_for(self.socket.read_message(), 60)
        assert data is not None, "the connection was closed"
        if isinstance(data, str):
            message = json.loads(data)
        else:
            (length,) = struct.unpack_from("<I", data)
            assert (length + 4) % 4 == 0
            head = json.loads(data[4 : 4 + length])
            at, buffers = 4 + length, []
            for size in head["lengths"]:
                buffers.append(data[at : at + size])
                at += size
            assert at == len(data)
            message = {"type": "custom", "content": head["content"], "buffers": buffers}
        if message["type"] == "traits":
            self.traits.update(message["traits"])
        return dict(message)

    async def until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = await self.receive()
            if fits(message):
                return message

    async def open(self, **wanted: Any) -> dict[str, Any]:
        if self.socket is None:
            self.socket = await self._connect()
        await self.socket.write_message(json.dumps({"type": "open", "serial": 7, **wanted}))
        opened = await self.until(lambda each: each["type"] == "opened")
        assert opened["serial"] == 7
        if "error" not in opened and opened.get("partitions", 0) is not None:
            await self.until(lambda each: each["type"] == "traits")
        return opened

    async def ask(self, **question: Any) -> dict[str, Any]:
        self.request += 1
        number = self.request
        await self.socket.write_message(json.dumps({**question, "request": number}))
        found = await self.until(
            lambda each: each["type"] == "custom" and each["content"]["request"] == number
        )
        return {**found["content"], "buffers": found.get("buffers", [])}


@pytest.fixture
def client(jp_ws_fetch: Any) -> Iterator[Client]:
    made = Client(lambda: jp_ws_fetch("agilab", "view"))
    yield made
    if made.socket is not None:
        made.socket.close()


async def test_a_plan_is_shown_and_answered(client: Client, make_stage: Any) -> None:
    make_stage()
    opened = await client.open(what="plan", path=NAME)
    assert opened["partitions"] == 4
    assert client.traits["summary"]["mode"] == "plan"
    assert {"pin", "run-selected"} <= set(client.traits["summary"]["can"])
    assert len(client.traits["lanes"]) == 2
    rows = await client.ask(type="rows", start=1, count=2, sort=None, filter={})
    assert [row[0] for row in rows["rows"]] == [1, 2]
    assert rows["total"] == 4
    bars = await client.ask(type="bars", layer="plan", from_s=0, to_s=0, width_px=500)
    assert bars["count"] == 4
    assert sorted(int(bar[4]) for bar in BAR.iter_unpack(bars["buffers"][0])) == [0, 1, 2, 3]
    detail = await client.ask(type="detail", index=3)
    assert "4" in detail["records"]
    assert (await client.ask(type="find", index=2, sort=None, filter={}))["position"] == 2


async def test_an_unsaved_text_is_planned_and_cannot_be_run(client: Client, make_stage: Any) -> None:
    path = make_stage()
    text = path.read_text() + "\n[partition]\nwhere = 'x > 2'\n"
    opened = await client.open(what="plan", path=NAME, text=text)
    assert opened["partitions"] == 2
    assert client.traits["summary"]["can"] == ["open"]
    acted = await client.ask(type="act", what="run-selected", indexes=[0])
    assert acted["ok"] is False
    assert not (path.parent / ".agilab").exists()


async def test_a_text_with_errors_has_findings_and_no_plan(client: Client, make_stage: Any) -> None:
    make_stage()
    opened = await client.open(what="plan", path=NAME, text='name = "x"')
    assert opened["partitions"] is None
    assert opened["findings"]
    answer = await client.ask(type="rows", start=0, count=1)
    assert answer["type"] == "error"


async def test_a_run_is_watched_to_its_end_and_failures_are_tried_again(
    client: Client, make_stage: Any, ask: Any, jp_root_dir: Path
) -> None:
    broken = jp_root_dir / "broken"
    text = (
        "    import pathlib\n"
        f"    if x == 3 and pathlib.Path({str(broken)!r}).exists():\n        raise ValueError('three')\n"
        "    print('seen', x)\n    return {'x': x}\n"
    )
    make_stage(text=text, more='[execution]\non_failure = "finish"\n')
    broken.touch()
    started = (await ask("POST", "run/start", {"path": NAME})).json["run"]
    await client.open(what="run", path=NAME, run=started["run_id"])
    while client.traits["summary"]["mode"] != "ended":
        await client.receive()
    assert client.traits["summary"]["counts"]["failed"] == 1
    assert "retry" in client.traits["summary"]["can"]
    detail = await client.ask(type="detail", index=2)
    assert "three" in detail["error"]["message"]
    log = await client.ask(type="log", after=0)
    assert "seen 1" in log["text"]

    broken.unlink()
    acted = await client.ask(type="act", what="retry", indexes=[])
    assert acted["ok"] is True, acted
    while client.traits["summary"]["run_id"] == started["run_id"] or (
        client.traits["summary"]["mode"] != "ended"
    ):
        await client.receive()
    assert client.traits["summary"]["state"] == "finished"


async def test_a_run_is_stopped(client: Client, make_stage: Any, ask: Any) -> None:
    make_stage(text="    import time\n    time.sleep(300)\n    return x\n")
    run = (await ask("POST", "run/start", {"path": NAME})).json["run"]
    # as the sidebar names it
    await client.open(what="run", folder="", stage="double", run=run["run_id"])
    assert "stop" in client.traits["summary"]["can"]
    acted = await client.ask(type="act", what="stop", indexes=[])
    assert acted["ok"] is True
    while client.traits["summary"]["mode"] != "ended":
        await client.receive()
    assert client.traits["summary"]["state"] == "stopped"


async def test_pins_are_kept_beside_the_contract(client: Client, make_stage: Any) -> None:
    path = make_stage()
    await client.open(what="plan", path=NAME)
    pinned = await client.ask(type="pin", indexes=[0, 1], worker="worker-1")
    assert pinned["ok"] is True, pinned
    assert (path.parent / "double.work_plan.json").is_file()
    opened = await client.open(what="plan", path=NAME)
    assert opened["pins"] == 2


@pytest.mark.parametrize(
    "wanted",
    [
        {"what": "plan"},
        {"what": "nothing", "path": NAME},
        {"what": "plan", "path": "../x.parallel_stage.toml"},
        {"what": "plan", "path": NAME, "text": 5},
        {"what": "run", "path": NAME, "run": "../../x"},
        {"what": "run", "folder": "", "stage": "..", "run": ""},
        {"what": "run", "path": NAME, "other": 1},
        {"what": "run", "folder": "none", "stage": "double"},
    ],
)
async def test_what_cannot_be_shown_is_an_answer(client: Client, make_stage: Any, wanted: Any) -> None:
    make_stage()
    opened = await client.open(**wanted)
    assert opened["error"]["message"]
    assert (await client.ask(type="rows"))["type"] == "error"


@pytest.mark.parametrize(
    "question",
    [
        {"type": "rows", "start": "x"},
        {"type": "bars", "layer": "none"},
        {"type": "detail", "index": 99},
        {"type": "act", "what": "erase", "indexes": []},
        {"type": "act", "what": "run-selected", "indexes": [-1]},
        {"type": "nothing"},
        {},
    ],
)
async def test_what_cannot_be_answered_is_an_answer(client: Client, make_stage: Any, question: Any) -> None:
    make_stage()
    await client.open(what="plan", path=NAME)
    answer = await client.ask(**question)
    assert answer["type"] == "error" or answer["ok"] is False
    assert answer["message"]
    assert (await client.ask(type="rows", start=0, count=1, sort=None, filter={}))["total"] == 4


async def test_a_view_whose_run_cannot_be_read_any_more_says_so_and_can_be_opened_again(
    client: Client, make_stage: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_stage(text="    import time\n    time.sleep(600)\n    return {'x': x}\n")
    run = (await ask("POST", "run/start", {"path": NAME})).json["run"]["run_id"]
    await client.open(what="run", path=NAME)
    with monkeypatch.context() as damaged:
        damaged.setattr(
            "jupyter_agilab.server.views.session.ViewSession.look",
            lambda self: (_ for _ in ()).throw(KeyError("indexes")),
        )
        lost = await client.until(lambda each: each["type"] == "lost")
    assert lost["message"] == "the server made a mistake; its log says more"
    await client.open(what="run", path=NAME)
    await ask("POST", "run/stop", {"folder": "", "stage": "double", "run": run})
    await client.until(lambda each: client.traits["summary"]["state"] == "stopped")


async def test_nobody_looks_without_permission(
    jp_ws_fetch: Any, make_stage: Any, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch("agilab", "view", headers={"Authorization": "token wrong"})
    assert refused.value.code == 403

    allowed = {"read"}

    def is_authorized(self: Any, handler: Any, user: Any, action: str, resource: str) -> bool:
        return action in allowed

    monkeypatch.setattr(type(jp_serverapp.authorizer), "is_authorized", is_authorized)
    path = make_stage()
    reader = Client(lambda: jp_ws_fetch("agilab", "view"))
    await reader.open(what="plan", path=NAME)
    assert reader.traits["summary"]["can"] == ["open"]
    assert (await reader.ask(type="pin", indexes=[0], worker="worker-1"))["ok"] is False
    assert not (path.parent / "double.work_plan.json").exists()
    assert "error" in await reader.open(what="plan", path=NAME, text=path.read_text())
    reader.socket.close()
    allowed.clear()
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch("agilab", "view")
    assert refused.value.code == 403


async def test_no_message_is_a_mistake_of_the_servers(client: Client, make_stage: Any) -> None:
    make_stage()
    await client.open(what="plan", path=NAME)
    chance = random.Random(8)
    odd = [None, -1, 2**70, 1.5, "", "x", [], [None], {}, {"a": 1}, True, "\ud800", NAME, "../x"]
    names = ["start", "count", "sort", "filter", "layer", "from_s", "to_s", "width_px", "index", "after"]
    names += ["indexes", "worker", "what", "path", "text", "folder", "stage", "run"]
    kinds = ["rows", "bars", "find", "detail", "log", "pin", "open", "act", None]
    for number in range(300):
        message = {name: chance.choice(odd) for name in chance.sample(names, chance.randrange(6))}
        kind = chance.choice(kinds)
        if kind == "act":
            # what starts a run has tests of its own
            message["what"] = chance.choice(["open", "erase", None])
        await client.socket.write_message(json.dumps({**message, "type": kind, "request": number}))
        told = await client.until(
            lambda each, number=number, kind=kind: (  # type: ignore[misc]  # defaults bind the loop's values
                each["type"] == "opened"
                if kind == "open"
                else each["type"] == "custom" and each["content"]["request"] == number
            )
        )
        assert "the server made a mistake" not in json.dumps({**told, "buffers": None}), message
    await client.open(what="plan", path=NAME)
    assert (await client.ask(type="rows", start=0, count=1, sort=None, filter={}))["total"] == 4
