"""The extension as a whole: how it is loaded, what it says where it cannot work, and what it bounds."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.extension.manager import ExtensionPackage
from jupyter_server.services.contents.manager import ContentsManager
from routes_known import for_each_route

import jupyter_agilab
from jupyter_agilab.server.lanes import Lane
from jupyter_agilab.server.refusals import BusyError
from jupyter_agilab.server.state import SETTING

CONFIG = Path(jupyter_agilab.__file__).parents[1] / "jupyter-config/server-config/jupyter_agilab.json"


def test_the_file_that_enables_it_names_it() -> None:
    enabled = json.loads(CONFIG.read_text())["ServerApp"]["jpserver_extensions"]
    assert enabled == {"jupyter_agilab.server": True}
    package = ExtensionPackage(name="jupyter_agilab.server", enabled=True)
    assert package.validate()
    assert package.version or package.extension_points


def test_the_reference_has_every_route(all_routes: Any) -> None:
    told = (CONFIG.parents[2] / "docs/reference/server.md").read_text()
    rows = [line for line in told.splitlines() if line.startswith("| `")]
    missing = [
        str(route)
        for route in all_routes
        if not any(f"`{route}`" in row for row in rows) and not route.url.startswith("schema/")
    ]
    assert not missing, "name them in docs/reference/server.md"
    assert len(rows) == len(set(rows)), "a row is there twice"


async def test_it_works_behind_any_base_url(ask: Any, jp_base_url: str) -> None:
    assert jp_base_url == "/a%40b/"
    assert (await ask("GET", "tree")).status == 200


async def test_answers_are_not_kept_and_are_no_pages(ask: Any) -> None:
    answer = await ask("GET", "tree")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_jupyter_adds_to_an_address_is_let_be(ask: Any) -> None:
    assert (await ask("GET", "tree?1795255918000")).status == 200
    assert (await ask("GET", "tree?no_track_activity=1&_xsrf=2")).status == 200
    assert (await ask("GET", "tree?x")).status == 400
    assert (await ask("GET", "tree?x=%ff")).status == 400


@pytest.mark.parametrize("kind", ["contract", "clusters", "workflow"])
async def test_the_schemas_are_there(ask: Any, kind: str) -> None:
    schema = (await ask("GET", f"schema/{kind}")).json
    assert schema["$schema"].endswith("2020-12/schema")
    assert (await ask("GET", "schema/nothing")).status == 404


class Elsewhere(ContentsManager):
    """Keeps files in no folder."""


@for_each_route
async def test_files_that_are_in_no_folder_are_told(ask: Any, route: Any, jp_serverapp: Any) -> None:
    jp_serverapp.web_app.settings["contents_manager"] = Elsewhere(parent=jp_serverapp)
    for values in ({}, {"path": "x.parallel_stage.toml"}, {"folder": ""}):
        if route.method in {"GET", "DELETE"}:
            answer = await ask(route.method, route.url, **values)
        else:
            answer = await ask(route.method, route.url, values)
        assert answer.status < 500, answer.body
        if "path" in values and answer.status == 400 and "Elsewhere" in answer.message:
            assert "not in a folder" in answer.message


async def test_hidden_files_follow_jupyters_policy(ask: Any, make_stage: Any, jp_serverapp: Any) -> None:
    make_stage(".secret")
    path = ".secret/double.parallel_stage.toml"
    assert (await ask("GET", "explain", path=path)).status == 404
    jp_serverapp.contents_manager.allow_hidden = True
    assert (await ask("GET", "explain", path=path)).status == 200


async def test_what_is_outside_is_for_those_who_may_run(
    ask: Any, make_stage: Any, jp_serverapp: Any, tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/x.json").write_text('{"x": [1, 2]}')
    path = make_stage("a")
    path.write_text(path.read_text().replace('"double.json"', f'"{tmp_path}/shared/x.json"'))
    allowed = await ask("GET", "explain", path="a/double.parallel_stage.toml")
    assert (allowed.status, allowed.json["partition_count"]) == (200, 2)

    class OnlyLooking(type(jp_serverapp.authorizer)):  # type: ignore[misc]
        def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
            return action == "read"

    jp_serverapp.web_app.settings["authorizer"] = OnlyLooking(parent=jp_serverapp)
    refused = await ask("GET", "explain", path="a/double.parallel_stage.toml")
    assert refused.status == 403
    assert "not in the server's folder" in refused.message
    make_stage("b")
    assert (await ask("GET", "explain", path="b/double.parallel_stage.toml")).status == 200


async def test_work_is_bounded_and_what_is_too_much_is_refused(ask: Any, jp_serverapp: Any) -> None:
    state = jp_serverapp.web_app.settings[SETTING]
    go_on = threading.Event()
    waiting = [asyncio.ensure_future(state.quick.do(go_on.wait, 60)) for _ in range(68)]
    await asyncio.sleep(0)
    answer = await ask("GET", "clusters")
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "2"
    assert "try again" in answer.message
    assert (await ask("GET", "tree")).status == 200
    go_on.set()
    await asyncio.gather(*waiting)
    assert (await ask("GET", "clusters")).status == 200


async def test_work_that_nobody_waits_for_still_counts() -> None:
    lane = Lane("test", 1, 0)
    go_on = threading.Event()
    task = asyncio.ensure_future(lane.do(go_on.wait, 60))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(BusyError):
        await lane.do(int)
    go_on.set()
    for _ in range(1000):
        try:
            assert await lane.do(int) == 0
            break
        except BusyError:
            await asyncio.sleep(0.01)
    lane.close()


async def test_a_fault_of_ours_says_nothing_about_itself(
    ask: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(self: Any) -> None:
        raise KeyError("/secret/place")

    monkeypatch.setattr("jupyter_agilab.server.tree.index.TreeIndex.refresh", broken)
    answer = await ask("GET", "tree")
    assert answer.status == 500
    assert answer.message == "the server made a mistake; its log says more"
    assert b"secret" not in answer.body
    assert "/secret/place" in caplog.text


async def test_looking_does_not_keep_an_idle_server_alive(
    ask: Any, jp_serverapp: Any, make_stage: Any
) -> None:
    settings = jp_serverapp.web_app.settings
    settings["api_last_activity"] = "never"
    await ask("GET", "tree")
    assert settings["api_last_activity"] == "never"
    await ask("POST", "run/clean", {"folder": ""})
    assert settings["api_last_activity"] != "never"
