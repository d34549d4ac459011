"""Documents over HTTP: read, checked, edited, completed, planned, tried; only a trial runs anything."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab import api
from jupyter_agilab.panel.widgets.work_plan_file import write_pins

NAME = "double.parallel_stage.toml"


@pytest.fixture
def contract(make_stage: Any) -> Path:
    """Give a contract whose text has comments."""
    path: Path = make_stage(more="\n# how it is run\n[execution]\nretries = 2  # a flaky disk\n")
    return path


async def test_a_document_is_its_text_values_and_findings(ask: Any, contract: Path) -> None:
    told = (await ask("GET", "document", path=NAME)).json
    assert told["kind"] == "contract"
    assert told["path"] == NAME
    assert told["text"] == contract.read_text()
    assert told["values"] == tomllib.loads(contract.read_text())
    assert told["ok"] is True


async def test_an_unsaved_text_is_checked_with_places(ask: Any, contract: Path) -> None:
    text = contract.read_text().replace("workers = 2", "worker = 2")
    told = (await ask("POST", "document/check", {"path": NAME, "text": text})).json
    assert told["ok"] is False
    (unknown,) = [each for each in told["findings"] if each["code"] == "contract.unknown-key"]
    assert unknown["key"] == "worker"
    assert text.splitlines()[unknown["line"] - 1][unknown["column"] - 1 :].startswith("worker = 2")
    assert unknown["here"] is True
    assert unknown["path"] == NAME
    assert contract.read_text() != text


async def test_thorough_looks_for_module_and_files(ask: Any, contract: Path) -> None:
    text = contract.read_text().replace("stages/double.py", "stages/other.py")
    quick = (await ask("POST", "document/check", {"path": NAME, "text": text})).json
    assert quick["ok"] is True
    told = (await ask("POST", "document/check", {"path": NAME, "text": text, "thorough": True})).json
    assert told["ok"] is False
    assert any(each["key"] == "function" for each in told["findings"])


async def test_text_that_is_no_toml_has_no_values(ask: Any, contract: Path) -> None:
    told = (await ask("POST", "document/check", {"path": NAME, "text": "name = \n[x"})).json
    assert told["values"] is None
    assert told["findings"][0]["line"] == 1


async def test_an_edit_changes_a_value_and_keeps_every_other_byte(ask: Any, contract: Path) -> None:
    text = contract.read_text()
    changes = [
        {"key": ["execution", "retries"], "value": 5},
        {"key": ["workers"], "value": "auto"},
    ]
    told = (await ask("POST", "document/edit", {"path": NAME, "text": text, "changes": changes})).json
    expected = text.replace("retries = 2  #", "retries = 5  #").replace("workers = 2", 'workers = "auto"')
    assert told["text"] == expected
    assert told["values"]["workers"] == "auto"
    assert contract.read_text() == text


async def test_an_edit_adds_and_removes_keys_and_tables(ask: Any, contract: Path) -> None:
    text = contract.read_text()
    changes = [
        {"key": ["parameters", "since"], "value": {"$toml": "2024-02-29"}},
        {"key": ["execution", "retries"], "remove": True},
        {"key": ["parameters", "odd name"], "value": [1.5, {"$toml": "2.0"}]},
    ]
    told = (await ask("POST", "document/edit", {"path": NAME, "text": text, "changes": changes})).json
    values = tomllib.loads(told["text"])
    assert values["parameters"]["odd name"] == [1.5, 2.0]
    assert str(values["parameters"]["since"]) == "2024-02-29"
    assert values["execution"] == {}
    assert "# how it is run" in told["text"]
    assert told["values"]["parameters"] == {
        "since": {"$toml": "2024-02-29"},
        "odd name": [1.5, {"$toml": "2.0"}],
    }


async def test_a_new_top_level_key_goes_where_it_is_written_by_us(ask: Any, contract: Path) -> None:
    text = contract.read_text().replace("workers = 2\n", "")
    body = {"path": NAME, "text": text, "changes": [{"key": ["workers"], "value": 3}]}
    told = (await ask("POST", "document/edit", body)).json
    assert told["text"] == contract.read_text().replace("workers = 2", "workers = 3")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ([{"key": [], "value": 1}], 400),
        ([{"key": "name", "value": 1}], 400),
        ([{"key": ["name"]}], 400),
        ([{"key": ["name", "inner"], "value": 1}], 400),
        ([{"key": ["x"], "value": {"$toml": "1\ny = 2"}}], 400),
        ([{"key": ["x"], "value": {"$toml": "'"}}], 400),
        ([{"key": ["x"], "value": None}], 400),
        ([{"key": ["\ud800"], "value": 1}], 400),
        (["nothing"], 400),
        ({"key": ["x"]}, 400),
    ],
)
async def test_a_change_that_cannot_be_made_is_refused(
    ask: Any, contract: Path, changes: Any, status: int
) -> None:
    body = {"path": NAME, "text": contract.read_text(), "changes": changes}
    answer = await ask("POST", "document/edit", body)
    assert answer.status == status, answer.body
    assert answer.message


async def test_a_text_that_is_no_toml_is_not_edited(ask: Any, contract: Path) -> None:
    body = {"path": NAME, "text": "[", "changes": [{"key": ["x"], "value": 1}]}
    answer = await ask("POST", "document/edit", body)
    assert answer.status == 422
    assert answer.json["findings"][0]["line"] == 1


async def test_completion_knows_keys_and_values(ask: Any, contract: Path) -> None:
    body = {"path": NAME, "text": 'é = "𝄞"\nsplit = "f', "line": 1, "column": 10}
    told = (await ask("POST", "document/complete", body)).json
    assert [each["label"] for each in told["items"]] == ["files"]
    assert (told["start"], told["stop"]) == (8, 10)
    clusters = {"path": "clusters.toml", "text": '[a]\nkind = "', "line": 1, "column": 8}
    told = (await ask("POST", "document/complete", clusters)).json
    assert "slurm" in [each["label"] for each in told["items"]]


async def test_a_plan_of_a_saved_and_of_an_unsaved_text(ask: Any, contract: Path) -> None:
    told = (await ask("POST", "document/plan", {"path": NAME, "count": 3})).json
    assert told["partition_count"] == 4
    assert [each["parameters"]["x"] for each in told["partitions"]] == [1, 2, 3]
    text = contract.read_text() + "\n[partition]\nwhere = 'x > 3'\n"
    told = (await ask("POST", "document/plan", {"path": NAME, "text": text})).json
    assert told["partition_count"] == 1
    broken = await ask("POST", "document/plan", {"path": NAME, "text": "name = 1"})
    assert broken.status == 422
    assert broken.json["findings"]


async def test_pins_count_while_the_plan_is_the_same(ask: Any, contract: Path) -> None:
    assert (await ask("GET", "document/pins", path=NAME)).json["count"] == 0
    plan = api.plan(contract)
    write_pins(contract.parent / "double.work_plan.json", plan, {0: "worker-1", 2: "worker-1"})
    told = (await ask("GET", "document/pins", path=NAME)).json
    assert (told["count"], told["work_plan"]) == (2, "double.work_plan.json")
    (contract.parent / "double.json").write_text('{"x": [7]}')
    assert (await ask("GET", "document/pins", path=NAME)).json["count"] == 0


async def test_clusters_are_checked_as_they_are_typed(ask: Any, jp_root_dir: Path) -> None:
    (jp_root_dir / "clusters.toml").write_text('[a]\nkind = "local"\n')
    text = '[a]\nkind = "ssh"\n'
    told = (await ask("POST", "document/check", {"path": "clusters.toml", "text": text})).json
    assert told["kind"] == "clusters"
    assert told["ok"] is False
    assert any("hosts" in each["message"] for each in told["findings"])
    edit = {
        "path": "clusters.toml",
        "text": text,
        "changes": [{"key": ["a", "hosts", "h"], "value": 2}],
    }
    told = (await ask("POST", "document/edit", edit)).json
    assert told["ok"] is True
    assert tomllib.loads(told["text"])["a"]["hosts"] == {"h": 2}


@pytest.mark.parametrize("url", ["document/check", "document/complete", "document/edit"])
async def test_paths_outside_and_other_files_are_refused(ask: Any, contract: Path, url: str) -> None:
    body = {"text": "", "changes": [], "line": 0, "column": 0}
    known = {"document/check": (), "document/complete": ("line", "column"), "document/edit": ("changes",)}
    fitting = {name: body[name] for name in ("text", *known[url])}
    assert (await ask("POST", url, {**fitting, "path": "../x.parallel_stage.toml"})).status == 400
    assert (await ask("POST", url, {**fitting, "path": "stages/double.py"})).status == 400


async def test_a_trial_runs_one_partition(ask: Any, contract: Path, until: Any) -> None:
    told = (await ask("POST", "document/trial", {"path": NAME, "partition": 2, "wait_s": 0})).json
    assert told["state"] in {"running", "ended"}

    async def ended() -> Any:
        found = (await ask("GET", "document/trial", id=told["id"], wait_s=5)).json
        return found if found["state"] != "running" else None

    report = (await until(ended))["report"]
    assert report["ok"] is True
    assert report["output"].strip() == "seen 3"
    assert not (contract.parent / "double_result.json").exists()


async def test_a_trial_of_a_broken_contract_says_why(ask: Any, contract: Path) -> None:
    contract.write_text(contract.read_text().replace("double.json", "nothing.json"))
    told = (await ask("POST", "document/trial", {"path": NAME, "wait_s": 20}, timeout_s=60)).json
    assert told["state"] == "failed", told
    assert told["error"]["message"]


async def test_a_trial_is_ended_with_all_that_it_started(
    ask: Any, make_stage: Any, jp_root_dir: Path, until: Any
) -> None:
    text = (
        "    import os, pathlib, time\n"
        f"    pathlib.Path({str(jp_root_dir / 'pid')!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(600)\n"
    )
    make_stage(text=text)
    told = (await ask("POST", "document/trial", {"path": NAME, "wait_s": 0})).json

    async def began() -> str:
        path = jp_root_dir / "pid"
        return path.read_text() if path.exists() else ""

    process = Path("/proc") / await until(began)
    assert (await ask("DELETE", "document/trial", id=told["id"])).json["state"] == "stopped"

    async def is_gone() -> bool:
        return not process.exists() or "State:\tZ" in (process / "status").read_text()

    await until(is_gone)
    assert (await ask("GET", "document/trial", id="no-such")).status == 404
