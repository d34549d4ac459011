"""Runs over HTTP: started, watched, read, stopped, tried again, removed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

CONTRACT = "a/double.parallel_stage.toml"


async def test_a_run_from_start_to_removal(
    ask: Any, make_stage: Any, run_to_end: Any, jp_root_dir: Path
) -> None:
    make_stage("a")
    run = await run_to_end(CONTRACT)
    assert run["state"] == "finished", run
    assert (run["folder"], run["stage"], run["contract"]) == ("a", "double", CONTRACT)
    assert run["artifact"] == "a/double_result.json"
    artifact = (jp_root_dir / run["artifact"]).read_text()
    assert '"twice": 8' in json.dumps(json.loads(artifact))
    name = {"folder": "a", "stage": "double", "run": run["run_id"]}

    one = await ask("GET", "run", **name)
    assert one.json["status"]["finished"] == 4
    assert one.json["status"]["artifact"] == run["artifact"]
    assert one.json["contract_text"] == (jp_root_dir / CONTRACT).read_text()

    listed = (await ask("GET", "runs", sizes=1)).json
    assert listed["count"] == 1
    assert listed["runs"][0]["size_bytes"] > 1000

    lines = (await ask("GET", "run/logs", **name)).json
    assert sorted(line["text"] for line in lines["lines"]) == [f"seen {x}" for x in (1, 2, 3, 4)]
    assert lines["is_all"] is True
    some = (await ask("GET", "run/logs", **name, grep="seen 3")).json["lines"]
    assert [(line["text"], line["index"]) for line in some] == [("seen 3", 2)]
    last = (await ask("GET", "run/logs", **name, tail=1)).json
    assert (len(last["lines"]), last["is_all"]) == (1, False)

    why = (await ask("GET", "explain", path=CONTRACT)).json
    assert (why["reused"], why["to_run"]) == (4, 0)

    kept = (await ask("DELETE", "run", **name)).json
    assert kept["removed"] is False
    assert "newest finished" in kept["kept"]
    gone = (await ask("DELETE", "run", **name, force=1)).json
    assert gone["removed"] is True
    assert (await ask("GET", "run", **name)).status == 404
    assert (await ask("GET", "runs")).json["count"] == 0


async def test_what_failed_is_told_and_tried_again(
    ask: Any, make_stage: Any, run_to_end: Any, jp_root_dir: Path
) -> None:
    text = "    if x == 3:\n        raise ValueError('three is bad')\n    return {'x': x}\n"
    make_stage("a", text=text)
    run = await run_to_end(CONTRACT)
    assert run["state"] == "failed", run
    name = {"folder": "a", "stage": "double"}
    told = (await ask("GET", "run/failures", **name)).json
    assert told["count"] == 1
    assert told["failures"][0]["error_type"] == "ValueError"
    assert "three is bad" in told["failures"][0]["traceback"]
    assert str(jp_root_dir) not in json.dumps(told)
    (jp_root_dir / "a" / "stages" / "double.py").write_text("def double(x):\n    return {'x': x}\n")
    again = await ask("POST", "run/retry", name)
    assert again.status == 201, again.body
    assert again.json["run"]["run_id"] > run["run_id"]


async def test_a_run_is_stopped(ask: Any, make_stage: Any, until: Any) -> None:
    make_stage("a", text="    import time\n    time.sleep(600)\n    return {'x': x}\n")
    run = (await ask("POST", "run/start", {"path": CONTRACT})).json["run"]
    name = {"folder": "a", "stage": "double", "run": run["run_id"]}

    async def running() -> bool:
        return bool((await ask("GET", "run", **name)).json["run"]["state"] == "running")

    await until(running)
    busy = await ask("POST", "run/start", {"path": CONTRACT})
    assert (busy.status, busy.json["code"]) == (409, "run-busy")
    kept = (await ask("DELETE", "run", **name, force=1)).json
    assert kept["removed"] is False
    stopped = await ask("POST", "run/stop", name)
    assert stopped.status == 200
    assert stopped.json["run"]["state"] == "stopped"
    again = await ask("POST", "run/stop", name)
    assert again.json["run"]["state"] == "stopped"


async def test_a_contract_with_errors_is_refused_with_all_of_them(ask: Any, make_stage: Any) -> None:
    path = make_stage("a")
    path.write_text(path.read_text().replace('"collect-json"', '"no-such"').replace('"local"', '"cloud"'))
    answer = await ask("POST", "run/start", {"path": CONTRACT})
    assert answer.status == 422
    assert len([finding for finding in answer.json["findings"] if finding["severity"] == "error"]) == 2
    assert {finding["path"] for finding in answer.json["findings"]} == {CONTRACT}


async def test_old_runs_are_cleaned(ask: Any, make_stage: Any, run_to_end: Any) -> None:
    make_stage("a")
    for _ in range(2):
        await run_to_end(CONTRACT, force=True)
    asked = {"folder": "a", "keep": 1}
    look = (await ask("POST", "run/clean", asked)).json
    assert (look["done"], len(look["runs"])) == (False, 1)
    assert look["runs"][0]["run_dir"].startswith("a/.agilab/runs/double/")
    done = (await ask("POST", "run/clean", {**asked, "dry_run": False})).json
    assert (done["done"], len(done["runs"])) == (True, 1)
    assert (await ask("GET", "runs")).json["count"] == 1


async def test_runs_of_several_stages_at_once(ask: Any, make_stage: Any, run_to_end: Any) -> None:
    names = [f"stage_{number}" for number in range(4)]
    for name in names:
        make_stage("a", name)
    runs = await asyncio.gather(*(run_to_end(f"a/{name}.parallel_stage.toml") for name in names))
    assert [run["state"] for run in runs] == ["finished"] * 4
    listed = (await ask("GET", "runs", folder="a")).json
    assert sorted(run["stage"] for run in listed["runs"]) == names
    assert (await ask("GET", "runs", stage="stage_2")).json["count"] == 1
    assert (await ask("GET", "runs", states="failed,stopped")).json["count"] == 0
    assert (await ask("GET", "runs", folder="")).json["count"] == 0
    tree = (await ask("GET", "tree")).json
    assert [entry["last_run"]["state"] for entry in tree["contracts"]] == ["finished"] * 4


async def test_a_stage_started_many_times_at_once_runs_once(ask: Any, make_stage: Any, until: Any) -> None:
    make_stage("a", text="    import time\n    time.sleep(0.5)\n    return {'x': x}\n")
    answers = await asyncio.gather(*(ask("POST", "run/start", {"path": CONTRACT}) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]
    run = next(answer.json["run"] for answer in answers if answer.status == 201)

    async def ended() -> bool:
        told = await ask("GET", "run", folder="a", stage="double", run=run["run_id"])
        return bool(told.json["run"]["state"] == "finished")

    await until(ended)


async def test_the_report_opens_in_a_sandbox(
    ask: Any, make_stage: Any, run_to_end: Any, jp_root_dir: Path
) -> None:
    make_stage("a", text="    print('<script>alert(1)</script>')\n    return {'x': '</script><b>'}\n")
    await run_to_end(CONTRACT)
    page = await ask("GET", "run/report", folder="a", stage="double")
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert b"<script>alert(1)" not in page.body
    assert str(jp_root_dir).encode() not in page.body, "where the server's folder lies is nobody's business"
    missing = await ask("GET", "run/report", folder="a", stage="nothing")
    assert missing.status == 404
    assert missing.headers["Content-Type"].startswith("application/json")


async def test_what_cannot_be_a_run_is_refused(ask: Any, make_stage: Any) -> None:
    make_stage("a")
    for stage, run in (("..", "x"), ("a/b", "x"), ("double", ".."), (".hidden", "x"), ("x" * 300, "y")):
        answer = await ask("GET", "run", folder="a", stage=stage, run=run)
        assert answer.status == 400, answer.body
    assert (await ask("GET", "run", folder="a", stage="double", run="20200101-000000-000000")).status == 404
    assert (await ask("GET", "run", folder="nowhere", stage="double")).status == 404
    assert (await ask("GET", "run", folder=CONTRACT, stage="double")).status == 400
    assert (await ask("GET", "runs", states="good")).status == 400
    assert (await ask("POST", "run/start", {"path": CONTRACT, "workers": "many"})).status == 400
    assert (await ask("POST", "run/start", {"path": CONTRACT, "backend": "cloud"})).status == 400
    assert (await ask("POST", "run/start", {"path": CONTRACT, "nonsense": 1})).status == 400
