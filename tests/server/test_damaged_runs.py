"""Runs whose files are not as a run writes them: told in words, and no others are hidden by them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

ODD: tuple[Any, ...] = (None, "odd", -1, 1e308, [], [1], {}, {"path": 7}, True, "x" * 10_000)
ROUTES = ("run", "run/failures", "run/logs", "run/report", "runs")


async def looked_at(ask: Any, what: str, **name: str) -> None:
    for route in ROUTES:
        query = name if route != "runs" else {}
        answer = await ask("GET", route, **query)
        assert answer.status < 500, (what, route, answer.body)
    assert (await ask("GET", "tree")).status == 200, what


@pytest.fixture
def copies(jp_root_dir: Path) -> Any:
    """Give ``copies(run)``: copies of a finished run, each to be damaged."""

    def copies(run: dict[str, Any]) -> Any:
        home = jp_root_dir / run["folder"] / ".agilab/runs" / run["stage"]
        number = 0
        while True:
            number += 1
            path = home / f"20300101-000000-{number:06x}"
            shutil.copytree(home / run["run_id"], path)
            yield path
            shutil.rmtree(path)

    return copies


async def test_each_value_of_a_manifest_may_be_odd(
    ask: Any, make_stage: Any, run_to_end: Any, copies: Any
) -> None:
    make_stage("a")
    run = await run_to_end("a/double.parallel_stage.toml")
    for number, path in enumerate(copies(run)):
        manifest = json.loads((path / "manifest.json").read_text())
        manifest.pop("digest", None)
        keys = [(key, state) for key in manifest for state in ("finished", "running")]
        if number == len(keys):
            break
        key, state = keys[number]
        manifest |= {"run_id": path.name, "state": state}
        manifest[key] = ODD[number % len(ODD)]
        (path / "manifest.json").write_text(json.dumps(manifest))
        await looked_at(ask, f"{key} is {manifest[key]!r}", folder="a", stage="double", run=path.name)


async def test_each_file_may_be_odd(ask: Any, make_stage: Any, run_to_end: Any, copies: Any) -> None:
    make_stage("a", text="    print(x)\n    if x == 2:\n        raise ValueError(x)\n    return {'x': x}\n")
    run = await run_to_end("a/double.parallel_stage.toml")
    texts = (b"{}", b"\xff\xfe\x00", b'{"v":1,"t":"x"}\n[]\n7\n', b"[" * 100_000)
    for number, path in enumerate(copies(run)):
        manifest = json.loads((path / "manifest.json").read_text())
        manifest.pop("digest", None)
        (path / "manifest.json").write_text(json.dumps({**manifest, "run_id": path.name}))
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != "manifest.json")
        if number == len(files):
            break
        file = files[number]
        for text in texts:
            file.write_bytes(text)
            what = f"{file.relative_to(path)} is {text[:20]!r}"
            await looked_at(ask, what, folder="a", stage="double", run=path.name)


async def test_each_event_may_be_odd(ask: Any, make_stage: Any, run_to_end: Any, copies: Any) -> None:
    make_stage("a")
    run = await run_to_end("a/double.parallel_stage.toml")
    for number, path in enumerate(copies(run)):
        lines = [json.loads(line) for line in (path / "events.jsonl").read_text().splitlines()]
        places = [(at, key) for at, event in enumerate(lines) for key in event]
        if number == len(places):
            break
        manifest = json.loads((path / "manifest.json").read_text())
        manifest.pop("digest", None)
        (path / "manifest.json").write_text(json.dumps({**manifest, "run_id": path.name}))
        at, key = places[number]
        lines[at][key] = ODD[number % len(ODD)]
        (path / "events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        await looked_at(ask, f"{key} in event {at}", folder="a", stage="double", run=path.name)


async def test_a_damaged_run_hides_no_other(
    ask: Any, make_stage: Any, run_to_end: Any, jp_root_dir: Path, jp_ws_fetch: Any
) -> None:
    home = jp_root_dir / "b/.agilab/runs/odd/20300101-000000-000001"
    home.mkdir(parents=True)
    odd = {"schema": "agilab.run.v1", "run_id": home.name, "stage": "odd", "state": "running", "host": "far"}
    (home / "manifest.json").write_text(json.dumps({**odd, "pid": "no", "partitions": {}, "submitted": []}))
    browser = await jp_ws_fetch("agilab", "events")
    make_stage("a")
    run = await run_to_end("a/double.parallel_stage.toml")
    while True:
        message = json.loads(await browser.read_message())
        if message["type"] == "ended":
            break
    assert message["run"]["run_id"] == run["run_id"]
    browser.close()
