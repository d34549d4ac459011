"""The model of the view: what it answers, and what it refuses, over a comm that is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import UsageError
from jupyter_agilab.panel.widgets.protocol import COLUMNS
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.view_model import StageView


class FakeComm:
    """Records what a widget sends, and plays messages of a browser back to it."""

    comm_id = "fake"

    def __init__(self, **opened: Any) -> None:
        self.opened, self.sent = opened, []
        self.on_msg = lambda callback: setattr(self, "hear", callback)

    def send(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        self.sent.append((data, buffers))

    def close(self, *_: Any, **__: Any) -> None:
        pass

    def ask(self, **content: Any) -> tuple[dict[str, Any], Any]:
        self.hear({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        data, buffers = self.sent[-1]
        return data["content"], buffers


class Doings:
    """Takes note of what it is asked to do."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def can(self) -> list[str]:
        return ["pin", "open"]

    def pin(self, indexes: list[int], worker: str | None) -> str:
        self.done.append((indexes, worker))
        return "pinned"

    def act(self, what: str, indexes: list[int]) -> str:
        if what == "stop":
            raise UsageError("no run is under way")
        self.done.append((what, indexes))
        return f"{what} it is"

    def detail(self, index: int, answer: Callable[[dict[str, Any]], None]) -> None:
        answer({"index": index, "fields": []})


@pytest.fixture
def doings() -> Doings:
    return Doings()


@pytest.fixture
def comm_of(monkeypatch: pytest.MonkeyPatch, contract: Path, doings: Doings) -> Iterator[FakeComm]:
    import comm

    made: list[FakeComm] = []

    def create(**opened: Any) -> FakeComm:
        made.append(FakeComm(**opened))
        return made[-1]

    monkeypatch.setattr(comm, "create_comm", create)
    view = StageView(StageData(api.plan(contract)), doings)
    found = next(each for each in made if each.opened["data"]["state"].get("_model_module") == "anywidget")
    yield found
    view.close()
    view.layout.close()


def test_rows_come_with_their_requests_number(comm_of: FakeComm) -> None:
    answer, _ = comm_of.ask(type="rows", request=71, start=10, count=50, sort=["size", "desc"], filter=None)
    assert (answer["type"], answer["request"], answer["total"], answer["start"]) == ("rows", 71, 12, 10)
    assert list(answer["columns"]) == list(COLUMNS)
    # f00 is the smallest
    assert [row[2] for row in answer["rows"]] == ["data/f01.csv", "data/f00.csv"]


def test_bars_are_one_buffer(comm_of: FakeComm) -> None:
    answer, buffers = comm_of.ask(type="bars", request=1, from_s=0, to_s=0, width_px=800, layer="plan")
    assert answer["count"] == 12
    drawn = np.frombuffer(buffers[0], "<f4").reshape(-1, 5)
    assert sorted(drawn[:, 4].tolist()) == list(range(12))


def test_pins_and_acts_are_done_and_told(comm_of: FakeComm, doings: Doings) -> None:
    assert comm_of.ask(type="pin", request=2, indexes=[3, 1, 1], worker="worker-1")[0] == {
        "type": "pinned",
        "request": 2,
        "ok": True,
        "message": "pinned",
    }
    assert comm_of.ask(type="act", request=3, what="retry", indexes=[])[0]["message"] == "retry it is"
    assert doings.done == [([1, 3], "worker-1"), ("retry", [])]
    refused, _ = comm_of.ask(type="act", request=4, what="stop", indexes=[])
    assert (refused["ok"], refused["message"]) == (False, "no run is under way")
    assert comm_of.ask(type="detail", request=5, index=3)[0]["index"] == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"type": "nonsense"}, "no request 'nonsense'"),
        ({"type": "rows", "start": "x"}, "start must be a number"),
        ({"type": "rows", "start": float("nan")}, "start must be a number"),
        ({"type": "rows", "sort": ["size"]}, "sort must be a column"),
        ({"type": "rows", "sort": ["__class__", "asc"]}, "sort must be a column"),
        ({"type": "rows", "filter": {"states": ["happy"]}}, "states must be some of"),
        ({"type": "rows", "filter": [1]}, "filter must be an object"),
        ({"type": "bars", "layer": "third"}, "layer must be"),
        ({"type": "detail", "index": 12}, "there is no partition 12"),
        ({"type": "pin", "indexes": [12], "worker": None}, "indexes must be numbers from 0 to 11"),
        ({"type": "pin", "indexes": [True], "worker": None}, "indexes must be numbers"),
        ({"type": "find"}, "index must be a number"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    comm_of: FakeComm, content: dict[str, Any], said: str, doings: Doings
) -> None:
    answer, _ = comm_of.ask(request=9, **content)
    assert (answer["type"], answer["request"]) == ("error", 9)
    assert said in answer["message"]
    assert doings.done == []


def test_small_traits_say_what_there_is(comm_of: FakeComm) -> None:
    state = comm_of.opened["data"]["state"]
    assert state["summary"]["mode"] == "plan"
    assert state["summary"]["can"] == ["pin", "open"]
    assert [lane["id"] for lane in state["lanes"]] == ["worker-0", "worker-1"]
    assert state["revision"] == 0
