"""The live graph of a workflow without a browser: what it shows, what it does, and that nothing is left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("anywidget")

from jupyter_agilab.errors import UsageError
from jupyter_agilab.panel.widgets.workflow_panel import WorkflowPanel
from jupyter_agilab.workflows import run_workflow

Wait = Callable[..., None]

BUILD = 'def build(size):\n    print("size", size)\n    return size\n'
HALF = """import os, time


def half(build):
    while os.path.exists("wait"):
        time.sleep(0.02)
    if build == 3:
        raise ValueError("three has no half")
    return build / 2
"""
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "stages/{name}.py:{name}"
split = "parameter-sweep"
input = "{input}"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "pool"
output = "artifacts/{name}.json"
"""
WORKFLOW = """schema = "agilab.workflow.v1"
name = "halves"

[flags]
again = false

[stages.build]
contract = "build.parallel_stage.toml"

[stages.half]
contract = "half.parallel_stage.toml"
input = "build"

[stages.more]
contract = "more.parallel_stage.toml"
input = "build"
when = "again"
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a workflow of three stages, of which one partition fails and one stage is off."""
    (tmp_path / "stages").mkdir()
    for name, source in (("build", BUILD), ("half", HALF), ("more", "def more(build):\n    return -build\n")):
        (tmp_path / f"stages/{name}.py").write_text(source, "utf-8")
        fed = "sizes.json" if name == "build" else "halves.workflow.toml"
        text = CONTRACT.format(name=name, input=fed)
        (tmp_path / f"{name}.parallel_stage.toml").write_text(text, "utf-8")
    (tmp_path / "sizes.json").write_text(json.dumps({"size": [1, 2, 3, 4]}), "utf-8")
    path = tmp_path / "halves.workflow.toml"
    path.write_text(WORKFLOW, "utf-8")
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def panel(path: Path, nothing_left: None) -> Iterator[WorkflowPanel]:
    """Give the live graph of that workflow, watching."""
    made = WorkflowPanel(path, "agilab-twin-test")
    made.open()
    yield made
    made.close()


def states(panel: WorkflowPanel) -> dict[str, str]:
    return {stage["name"]: stage["state"] for stage in panel.graph.told["stages"]}


def answer_of(panel: WorkflowPanel, wait: Wait, content: dict[str, Any]) -> dict[str, Any]:
    """Ask as the browser does, and give the answer."""
    sent: list[dict[str, Any]] = []
    before = panel.graph.send
    panel.graph.send = lambda content, buffers=None: sent.append(content)
    try:
        panel.graph._on_message(panel.graph, content, [])
        wait(lambda: sent)
    finally:
        panel.graph.send = before
    return sent[0]


def test_it_shows_what_would_run_and_offers_to(panel: WorkflowPanel) -> None:
    assert states(panel) == {"build": "planned", "half": "planned", "more": "off"}
    assert panel.graph.can == ["run"]
    assert panel.graph.flags == {"again": False}
    assert [box["name"] for box in panel.graph.places["boxes"]] == ["build", "half", "more"]
    assert len(panel.graph.places["lines"]) == 2


def test_a_run_from_its_button_to_its_end(panel: WorkflowPanel, path: Path, wait: Wait) -> None:
    told = answer_of(panel, wait, {"type": "act", "what": "run", "flags": ["again"], "request": 7})
    assert told == {"request": 7, "type": "acted", "ok": True, "message": "starting"}
    wait(lambda: panel.graph.told["state"] == "partial")
    assert states(panel) == {"build": "finished", "half": "partial", "more": "finished"}
    wait(lambda: panel.graph.can == ["run"])
    assert panel.graph.flags == {"again": True}
    stage = answer_of(panel, wait, {"type": "stage", "name": "half", "request": 8})
    ((title, text),) = stage["failures"]
    assert "1 partition failed" in title
    assert "three has no half" in text
    assert ["Partitions", "3 of 4, 1 failed"] in stage["fields"]
    log = answer_of(panel, wait, {"type": "stage", "name": "build", "request": 9})["log"]
    assert sorted(log.splitlines()) == [f"[{index}] size {index + 1}" for index in range(4)]
    # its partitions are below the graph once it is chosen
    panel.graph.chosen = "half"
    wait(lambda: len(panel.widget.children) == 3)
    view = panel.widget.children[-1]
    wait(lambda: view.summary["counts"].get("failed") == 1)
    assert view.summary["can"] == ["open"]
    panel.graph.chosen = ""
    wait(lambda: len(panel.widget.children) == 2)


def test_stop_ends_the_run_and_run_goes_on(panel: WorkflowPanel, path: Path, wait: Wait) -> None:
    (path.parent / "wait").touch()
    panel.act("run", ())
    wait(lambda: states(panel)["half"] == "running" and panel.graph.can == ["stop"])
    wait(lambda: panel.graph.told["stages"][0]["finished"] >= 1)
    with pytest.raises(UsageError, match="a run is under way"):
        panel.act("run", ())
    panel.act("stop", ())
    wait(lambda: panel.graph.told["state"] == "stopped")
    wait(lambda: panel.graph.can == ["run"])
    (path.parent / "wait").unlink()
    panel.act("run", ())
    wait(lambda: panel.graph.told["state"] == "partial")
    counts = {stage["name"]: stage["reused"] for stage in panel.graph.told["stages"]}
    assert counts["build"] >= 1


def test_an_edit_of_the_file_shows_up(panel: WorkflowPanel, path: Path, wait: Wait) -> None:
    wait(lambda: panel._seen is not None)
    path.write_text(WORKFLOW.replace("stages.more", "stages.extra"), "utf-8")
    wait(lambda: "extra" in states(panel))
    assert [box["name"] for box in panel.graph.places["boxes"]] == ["build", "half", "extra"]


def test_what_goes_wrong_is_told_and_the_next_try_works(panel: WorkflowPanel, path: Path, wait: Wait) -> None:
    sizes = path.parent / "sizes.json"
    text = sizes.read_text("utf-8")
    sizes.write_text("{", "utf-8")
    panel.act("run", ())
    wait(lambda: "sizes.json" in panel.graph.notice)
    wait(lambda: panel.graph.can == ["run"])
    sizes.write_text(text, "utf-8")
    panel.act("run", ())
    wait(lambda: panel.graph.told["state"] == "partial")
    assert panel.graph.notice == ""


@pytest.mark.parametrize(
    "content",
    [
        {"type": "nothing", "request": 1},
        {"type": "act", "what": "run", "flags": "again", "request": 1},
        {"type": "act", "what": "explode", "flags": [], "request": 1},
    ],
)
def test_what_cannot_be_understood_is_answered(panel: WorkflowPanel, wait: Wait, content: Any) -> None:
    told = answer_of(panel, wait, content)
    assert told["type"] == "error" or told["ok"] is False
    assert told["request"] == 1
    assert panel.graph.told["run_id"] is None


def test_a_flag_that_the_file_switches_on_is_off_where_it_was_unticked(
    path: Path, wait: Wait, nothing_left: None
) -> None:
    path.write_text(WORKFLOW.replace("again = false", "again = true"), "utf-8")
    panel = WorkflowPanel(path, "agilab-twin-test")
    panel.open()
    assert (panel.graph.flags, states(panel)["more"]) == ({"again": True}, "planned")
    panel.act("run", ())
    wait(lambda: panel.graph.told["state"] == "partial")
    assert (panel.graph.flags, states(panel)["more"]) == ({"again": False}, "off")
    panel.close()


def test_what_is_resumed_has_the_flags_of_the_run_that_is_shown(path: Path, nothing_left: None) -> None:
    from jupyter_agilab.workflow.running.settings import WorkflowSettings
    from jupyter_agilab.workflows import attach_workflow

    run_workflow(path, WorkflowSettings(flags=("again",)))
    panel = WorkflowPanel(path, "agilab-twin-test", watch=attach_workflow(path))
    assert panel.graph.flags == {"again": True}
    panel.close()


def test_a_stage_that_cannot_be_looked_up_is_answered(
    panel: WorkflowPanel, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(run: Any) -> Any:
        raise PermissionError(f"logs of {run.stage}")

    panel.act("run", ())
    wait(lambda: panel.graph.told["state"] == "partial")
    monkeypatch.setattr("jupyter_agilab.panel.widgets.workflow_panel.RunLogs", broken)
    told = answer_of(panel, wait, {"type": "stage", "name": "build", "request": 3})
    assert (told["type"], told["request"]) == ("stage", 3)
    assert told["fields"] == [["Not known", "logs of build"]]


def test_a_file_that_cannot_be_read_leaves_the_graph_and_is_told_until_it_can(
    panel: WorkflowPanel, path: Path, wait: Wait
) -> None:
    wait(lambda: panel._seen is not None)
    path.write_text("stages = [", "utf-8")
    wait(lambda: panel.graph.notice.startswith("halves.workflow.toml cannot be read: "))
    assert list(states(panel)) == ["build", "half", "more"]
    path.write_text(WORKFLOW.replace("stages.more", "stages.extra"), "utf-8")
    wait(lambda: "extra" in states(panel) and panel.graph.notice == "")


def test_a_run_that_is_over_is_shown_as_it_was(path: Path, wait: Wait, nothing_left: None) -> None:
    from jupyter_agilab.workflows import attach_workflow

    run_workflow(path)
    panel = WorkflowPanel(path, "agilab-twin-test", watch=attach_workflow(path))
    assert states(panel) == {"build": "finished", "half": "partial", "more": "off"}
    panel.close()
    panel.close()
