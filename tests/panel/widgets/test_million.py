"""A million partitions: the panel's data opens, goes to the end and filters, and no message is above 1 MB."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.widgets.protocol import COLUMNS, MOST_BARS
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.view_model import StageView
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan

COUNT = 1_000_000
WORKERS = 600
MOST_BYTES = 1_000_000


class Sweep:
    """Partitions that are made when they are looked at, as those of a large grid are."""

    weights = Same(1.0, COUNT)

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._made(index) for index in range(COUNT)[place]]
        return self._made(place)

    @staticmethod
    def _made(index: int) -> Partition:
        identity = f"{index:016x}"
        parameters = {"seed": index, "note": "x" * 20}
        return Partition(index, identity, "parameters", "", 0, 0, 0, "", parameters, 1.0, identity)


@pytest.fixture(scope="module")
def data() -> StageData:
    plan = Plan(
        stage="wide",
        partitions=Sweep(),  # type: ignore[arg-type]  # as much of a sequence as is used
        workers=np.arange(COUNT) % WORKERS,  # type: ignore[arg-type]  # likewise
        requested_workers=WORKERS,
        effective_workers=WORKERS,
        planned_partitions=COUNT,
        useful_workers=WORKERS,
        threads_per_worker=1,
        cores=WORKERS,
        input_files=0,
        rule="",
        loads=(COUNT / WORKERS,) * WORKERS,
    )
    return StageData(plan, expected_s=100.0)


@pytest.fixture
def ask(data: StageData) -> Callable[..., tuple[dict[str, Any], list[bytes]]]:
    view = StageView(data)
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    view.send = lambda content, buffers=None: sent.append((content, buffers or []))

    def ask(**content: Any) -> tuple[dict[str, Any], list[bytes]]:
        view._on_message(view, {"request": 1, **content}, [])
        answer, buffers = sent[-1]
        assert len(json.dumps(answer)) + sum(map(len, buffers)) < MOST_BYTES
        assert answer["type"] != "error", answer
        return answer, buffers

    assert len(json.dumps(view.get_state())) - len(view._esm) - len(view._css) < MOST_BYTES
    return ask


def test_the_first_and_the_last_rows(ask: Callable[..., Any]) -> None:
    first, _ = ask(type="rows", start=0, count=200)
    assert first["total"] == COUNT
    assert [row[0] for row in first["rows"]] == list(range(200))
    last, _ = ask(type="rows", start=COUNT - 200, count=10_000)
    assert [row[0] for row in last["rows"]] == list(range(COUNT - 200, COUNT))
    beyond, _ = ask(type="rows", start=COUNT + 5, count=50)
    assert (beyond["start"], beyond["rows"]) == (COUNT, [])


def test_sorting_by_what_is_known_at_once(ask: Callable[..., Any]) -> None:
    answer, _ = ask(type="rows", start=0, count=50, sort=["planned", "desc"])
    assert not answer["is_partial"]
    place = COLUMNS.index("planned")
    assert {row[place] for row in answer["rows"]} == {WORKERS - 1}


def test_bars_of_all_and_of_a_part(ask: Callable[..., Any]) -> None:
    for window in ((0, 0), (0, 100), (50, 50.001)):
        answer, (packed,) = ask(type="bars", from_s=window[0], to_s=window[1], width_px=3000, layer="plan")
        assert 0 < answer["count"] <= MOST_BARS
        assert len(packed) == 20 * answer["count"]
    with_all, (packed,) = ask(type="bars", from_s=0, to_s=0, width_px=3000, layer="plan")
    index = np.frombuffer(packed, "<f4").reshape(-1, 5)[:, 4]
    assert with_all["binned"]
    assert int(np.where(index < 0, -index, 1).sum()) == COUNT


def test_a_search_answers_at_once_and_is_whole_a_little_later(
    ask: Callable[..., Any], data: StageData
) -> None:
    kept = {"text": "seed=99999", "states": [], "worker": None}
    answer, _ = ask(type="rows", start=0, count=200, filter=kept)
    assert answer["is_partial"]
    assert data.wants_more
    revisions = 0
    while data.wants_more:
        revisions += data.read_on(0.05)
    # the view is told now and then, so that it asks again, and once more at the end
    assert revisions >= 1
    answer, _ = ask(type="rows", start=0, count=200, filter=kept)
    assert not answer["is_partial"]
    wanted = [99999, *range(999990, COUNT)]
    assert [row[0] for row in answer["rows"]] == wanted
    found, _ = ask(type="find", index=999995, filter=kept)
    assert found["position"] == wanted.index(999995)


def test_lanes_beyond_the_last_one_are_told(data: StageData) -> None:
    lanes = data.lanes()
    assert len(lanes) == 512
    assert lanes[-1]["label"] == "worker 511 and 88 more"


def test_a_folder_that_is_gone_is_an_error_of_ours(tmp_path: Path) -> None:
    from jupyter_agilab.run.layout import RunDirectory
    from jupyter_agilab.run.watch import RunWatch

    with pytest.raises(AgilabError, match="cannot be read"):
        StageData.of_run(RunWatch(RunDirectory(tmp_path / "gone")))
