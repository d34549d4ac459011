"""Workflows over HTTP: their graph, a run with its states, told to everybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PATH = "w/chain.workflow.toml"


@pytest.fixture
def chain(make_stage: Any, jp_root_dir: Path) -> Path:
    """Two stages: the second takes the elements of the first."""
    make_stage("w", "double")
    second = make_stage("w", "report", text="    return {'sum': x['twice'] + 1}\n")
    text = second.read_text().replace('input = "report.json"', 'input = "chain.workflow.toml"')
    second.write_text(text)
    path = jp_root_dir / PATH
    path.write_text(
        'schema = "agilab.workflow.v1"\nname = "chain"\n'
        '[stages.double]\ncontract = "double.parallel_stage.toml"\n'
        '[stages.report]\ncontract = "report.parallel_stage.toml"\ninput = { x = "double" }\n'
    )
    return path


async def test_a_workflow_from_graph_to_result(
    ask: Any, chain: Path, until: Any, jp_root_dir: Path, jp_ws_fetch: Any
) -> None:
    graph = (await ask("GET", "workflow", path=PATH)).json["status"]
    assert (graph["state"], [stage["name"] for stage in graph["stages"]]) == ("planned", ["double", "report"])
    assert graph["edges"] == [{"from": "double", "to": "report", "kind": "elements"}]
    checked = await ask("GET", "workflow/check", path=PATH)
    assert (checked.status, checked.json.get("ok")) == (200, True), checked.body
    assert (await ask("GET", "workflow/plan", path=PATH)).json["ok"] is True
    browser = await jp_ws_fetch("agilab", "events")
    messages = []

    async def read(kind: str) -> dict[str, Any]:
        while True:
            messages.append(json.loads(await browser.read_message()))
            if messages[-1]["type"] == kind:
                return messages[-1]

    await read("hello")
    started = await ask("POST", "workflow/run", {"path": PATH, "backend": "local"})
    assert started.status == 201, started.body
    assert started.status == 201, started.body
    run_id = started.json["status"]["run_id"]
    ended = await read("workflow_ended")
    assert ended["path"] == PATH
    assert (ended["status"]["state"], ended["notification"]["done"]) == ("finished", 2)
    assert not [message for message in messages if message["type"] == "ended"]
    browser.close()

    status = (await ask("GET", "workflow", path=PATH)).json["status"]
    assert (status["run_id"], status["state"]) == (run_id, "finished")
    assert [stage["finished"] for stage in status["stages"]] == [4, 4]
    assert status["stages"][1]["artifact"] == "w/report_result.json"
    assert status["stages"][1]["run_dir"].startswith("w/.agilab/runs/report/")
    assert str(jp_root_dir) not in json.dumps(status)
    runs = (await ask("GET", "workflow/runs", path=PATH)).json["runs"]
    assert [(run["run_id"], run["state"]) for run in runs] == [(run_id, "finished")]
    page = await ask("GET", "workflow/report", path=PATH)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert "sandbox allow-scripts" in page.headers["Content-Security-Policy"]
    assert str(jp_root_dir).encode() not in page.body
    of_stages = (await ask("GET", "runs")).json["runs"]
    assert {(run["workflow"], run["workflow_run"]) for run in of_stages} == {("chain", run_id)}
    tree = (await ask("GET", "tree")).json
    assert [(each["path"], each["last_state"]) for each in tree["workflows"]] == [(PATH, "finished")]
    why = (await ask("GET", "workflow/explain", path=PATH)).json
    assert [stage["explanation"]["to_run"] for stage in why["stages"]] == [0, 0]


async def test_a_workflow_is_stopped(ask: Any, chain: Path, until: Any) -> None:
    module = chain.parent / "stages/double.py"
    module.write_text("import time\ndef double(x):\n    time.sleep(600)\n")
    started = await ask("POST", "workflow/run", {"path": PATH, "backend": "local"})
    assert started.status == 201, started.body
    run_id = started.json["status"]["run_id"]

    async def running() -> bool:
        told = (await ask("GET", "workflow", path=PATH)).json["status"]
        return bool(told["stages"][0]["state"] == "running")

    await until(running)
    busy = await ask("POST", "workflow/run", {"path": PATH, "backend": "local"})
    assert busy.status == 409
    stopped = await ask("POST", "workflow/stop", {"path": PATH, "run": run_id})
    assert (stopped.status, stopped.json["status"]["state"]) == (200, "stopped")


async def test_what_is_wrong_is_told(ask: Any, chain: Path) -> None:
    chain.write_text(chain.read_text().replace('{ x = "double" }', '"nothing"'))
    checked = (await ask("GET", "workflow/check", path=PATH)).json
    assert checked["ok"] is False
    assert checked["findings"][0]["path"] == PATH
    refused = await ask("POST", "workflow/run", {"path": PATH})
    assert (refused.status, refused.json["findings"][0]["path"]) == (422, PATH)
    assert (await ask("GET", "workflow", path=PATH, run="20200101-000000-000000")).status == 404
    assert (await ask("GET", "workflow", path=PATH, run="../x")).status == 400
    chain.write_text('name = "../../../outside"\n')
    assert (await ask("GET", "workflow", path=PATH)).status == 400
    chain.write_text("name = [")
    assert (await ask("GET", "workflow", path=PATH)).status == 422
    assert (await ask("GET", "workflow", path=PATH, planned=1)).status == 200
