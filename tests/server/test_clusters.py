"""Clusters over HTTP: listed without secrets, started for all to see, stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TEXT = """
[near]
kind = "local"
workers = 1

[far]
kind = "ssh"
hosts = { "node1" = 2 }
user = "me"
environment = { TOKEN = "$AGILAB_TEST_TOKEN" }

[gate]
kind = "gateway"
address = "https://someone:pass-in-address@gateway.example"

[bad]
kind = "ssh"
hosts = 7
"""


@pytest.fixture
def clusters(jp_root_dir: Path, jp_config_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = jp_root_dir / "a"
    folder.mkdir()
    (folder / "clusters.toml").write_text(TEXT)
    own = jp_config_dir / "agilab"
    own.mkdir()
    (own / "clusters.toml").write_text(
        '[far]\npassword = "hunter-two"\npassphrase = "hunter-three"\n'
        '[mine]\nkind = "local"\nworkers = "no"\n'
    )
    monkeypatch.setenv("AGILAB_TEST_TOKEN", "hunter-four")
    return folder


async def test_clusters_are_listed_without_secrets(ask: Any, clusters: Path, jp_config_dir: Path) -> None:
    answer = await ask("GET", "clusters", folder="a")
    assert answer.status == 200
    told = answer.json
    assert (told["path"], told["exists"]) == ("a/clusters.toml", True)
    found = {each["name"]: each for each in told["clusters"]}
    assert set(found) == {"near", "far", "gate", "bad", "mine", "local"}
    assert found["far"]["ok"] is True
    assert ["hosts", "node1: 2"] in found["far"]["facts"]
    assert found["bad"]["ok"] is False
    assert found["bad"]["findings"][0]["path"] == "a/clusters.toml"
    assert found["mine"]["findings"][0]["path"] == "your own clusters.toml"
    assert found["local"]["is_built_in"] is True
    assert found["near"]["service"]["state"] == "stopped"
    text = json.dumps(told)
    for secret in ("hunter", "pass-in-address", str(jp_config_dir), "TOKEN"):
        assert secret not in text, text[max(0, text.find(secret) - 300) :][:400]


async def test_a_cluster_is_started_for_all_to_see_and_stopped(
    ask: Any, clusters: Path, until: Any, jp_ws_fetch: Any
) -> None:
    name = {"folder": "a", "name": "near"}
    browser = await jp_ws_fetch("agilab", "events")
    started = await ask("POST", "clusters/start", {**name, "lease_s": 120})
    assert started.status in {200, 202}, started.body
    assert started.json["state"] in {"starting", "running"}

    async def running() -> Any:
        told = (await ask("GET", "clusters", folder="a")).json["clusters"]
        service = next(each["service"] for each in told if each["name"] == "near")
        return service if (service["state"], service["workers"]) == ("running", 1) else None

    service = await until(running, "for the cluster", 120)
    assert (service["folder"], service["is_elsewhere"]) == ("a", False)
    again = await ask("POST", "clusters/start", name)
    assert (again.status, again.json["code"]) == (424, "cluster")
    everywhere = (await ask("GET", "clusters/started")).json["clusters"]
    assert [each["name"] for each in everywhere] == ["near"]
    health = (await ask("GET", "clusters/health", **name)).json
    assert (health["schema"], health["path"]) == ("agi.service.health.v1", "")
    other = clusters.parent / "b"
    other.mkdir()
    (other / "clusters.toml").write_text(TEXT)
    # one of the same name in another folder is another one
    assert (await ask("POST", "clusters/stop", {"folder": "b", "name": "near"})).json == {"stopped": False}
    assert (await ask("POST", "clusters/stop", name)).json == {"stopped": True}
    while True:
        message = json.loads(await browser.read_message())
        if message["type"] == "cluster" and message["state"] == "stopped":
            break
    assert (message["folder"], message["name"]) == ("a", "near")
    browser.close()
    assert (await ask("GET", "clusters/health", **name)).json["status"] == "stopped"


async def test_what_is_wrong_is_told(ask: Any, clusters: Path) -> None:
    for name in ("nothing", "bad", ""):
        for route in ("clusters/start", "clusters/check"):
            answer = await ask("POST", route, {"folder": "a", "name": name})
            assert answer.status == 424, answer.body
            assert str(clusters.parent) not in answer.message
    assert (await ask("POST", "clusters/start", {"folder": "a", "name": "near", "lease_s": 0})).status == 400
    assert (await ask("POST", "clusters/start", {"folder": "a", "name": 7})).status == 400
    assert (await ask("GET", "clusters", folder="nowhere")).status == 404
    for route in ("clusters/start", "clusters/check", "clusters/stop"):
        answer = await ask("POST", route, {"folder": "a", "name": "\ud800"})
        assert (answer.status, answer.message) == (400, "name is not Unicode text")


async def test_a_cluster_of_this_machine_is_checked(ask: Any, clusters: Path, make_stage: Any) -> None:
    make_stage("a")
    path = "a/double.parallel_stage.toml"
    report = await ask("POST", "clusters/check", {"folder": "a", "name": "near", "path": path})
    assert report.status == 200, report.body
    assert (report.json["cluster"], report.json["stage"], report.json["ok"]) == ("near", "double", True)
