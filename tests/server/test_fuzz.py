"""Every route, asked with nonsense for a while: no 500, no traceback, nothing from outside the root.

``--fuzz-seconds`` says for how long, ``--fuzz-seed`` repeats what an earlier run did.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jupyter_server.auth import Authorizer
from tornado.websocket import WebSocketClosedError

BASE = "agilab"
CANARY = "canary-f2c1d0"
UNKNOWN = "zzzzzzzzzz"
RAN = "user-code-was-run"
RUN_ID = "20260101-000000-000aaa"


@pytest.fixture
def planted(jp_root_dir: Path, tmp_path: Path, make_stage: Any) -> list[str]:
    """Lay files of all kinds, right, damaged and hostile; give paths of them, and of what is outside."""
    outside = tmp_path / "outside"
    # its name is not in any request: an answer that has it has listed the folder
    (outside / f"{CANARY}-folder").mkdir(parents=True)
    for name in ("x.parallel_stage.toml", "x.ipynb", "x.py", "x.csv", "clusters.toml", "x.workflow.toml"):
        (outside / name).write_text(f'{CANARY}\nname = "{CANARY}"\n')
    make_stage("a", "slow", text="    import time\n    time.sleep(0.01)\n    return {'x': x}\n")
    make_stage("a", "bad", more="[unknown]\nx = 1\n")
    root = jp_root_dir
    for module in (root / "a/stages").glob("*.py"):
        # whoever imports it leaves a trace
        module.write_text(f"open({str(root / RAN)!r}, 'w').close()\n{module.read_text()}")
    hostile = make_stage("h", "reach").read_text()
    for name, old, new in (
        ("reach_input", '"reach.json"', '"../../outside/x.csv"'),
        ("reach_function", '"stages/reach.py:reach"', '"../../outside/x.py:reach"'),
        ("reach_output", '"reach_result.json"', '"../../outside/out.json"'),
        ("reach_split", '"parameter-sweep"', '"files"'),
    ):
        (root / "h" / f"{name}.parallel_stage.toml").write_text(hostile.replace(old, new))
    (root / "h/torn.parallel_stage.toml").write_text('name = "torn\n')
    (root / "h/binary.parallel_stage.toml").write_bytes(bytes(range(256)))
    (root / "h/deep.parallel_stage.toml").write_text("a = " + "[" * 2000)
    (root / "h/odd.parallel_stage.toml").write_text('name = "../../outside"\nfunction = 7\n')
    (root / "h/odd.workflow.toml").write_text('name = "../../../outside"\n[stages.a]\ncontract = 3\n')
    (root / "h/x.workflow.toml").write_text(
        'schema = "agilab.workflow.v1"\nname = "w"\n[stages.a]\n'
        'contract = "../../outside/x.parallel_stage.toml"\n'
    )
    (root / "h/clusters.toml").write_text('[far]\nkind = "address"\naddress = 7\n[near]\nkind = "what"\n')
    (root / "n.ipynb").write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    (root / "torn.ipynb").write_text('{"cells": [')
    (root / "odd.ipynb").write_text('{"cells": 7}')
    for number, text in enumerate(
        ("", "{}", "[]", "{", '{"schema": "agilab.run.v1", "state": 7, "folder": 3}')
    ):
        run = root / "h/.agilab/runs/reach" / f"{RUN_ID[:-1]}{number}"
        (run / "logs").mkdir(parents=True)
        (run / "manifest.json").write_text(text)
        (run / "events.jsonl").write_text('{"v":1,"t":1,"type":"run.started"}\nnonsense\n{"v":1}\n')
    told = {"schema": "agilab.run.v1", "run_id": RUN_ID, "stage": "reach", "state": "finished"}
    told |= {"folder": str(outside), "contract": {"path": str(outside / "x.parallel_stage.toml"), "text": 3}}
    told |= {"artifact": {"path": str(outside / "x.csv")}, "settings": [], "partitions": "many"}
    run = root / "h/.agilab/runs/reach" / RUN_ID
    run.mkdir()
    (run / "manifest.json").write_text(json.dumps(told))
    linked = root / "h/.agilab/runs/reach/20260101-000000-000bbb"
    linked.mkdir()
    (linked / "manifest.json").write_text(json.dumps({**told, "run_id": linked.name}))
    (linked / "driver.log").symlink_to(outside / "x.csv")
    (linked / "logs").symlink_to(outside)
    workflow = root / "h/.agilab/workflows/w" / RUN_ID
    workflow.mkdir(parents=True)
    (workflow / "manifest.json").write_text(
        json.dumps({"schema": "agilab.workflow_run.v1", "run_id": RUN_ID})
    )
    (workflow / "workflow.json").write_text("{}")
    for name in ("x.parallel_stage.toml", "x.ipynb", "x.csv", "clusters.toml", "x.workflow.toml"):
        (root / f"link_{name}").symlink_to(outside / name)
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe.parallel_stage.toml")
    os.mkfifo(root / "pipe.ipynb")
    inside = [str(path.relative_to(root)) for path in root.rglob("*") if ".agilab" not in path.parts]
    return [
        *inside,
        *(
            "",
            ".",
            "..",
            "/",
            "a/../..",
            "../outside",
            "../outside/x.csv",
            str(outside / "x.csv"),
            "/etc/passwd",
        ),
        *(
            "link/x.csv",
            "link/x.ipynb",
            "a/.agilab",
            ".agilab/runs",
            "..%2f..%2foutside",
            "..\\outside",
            "\x00",
            "~",
        ),
        *(
            "x" * 5000,
            "é" * 130,
            "a\nb",
            "\ud800",
            "file:///etc/passwd",
            "a//b",
            "a/./slow.parallel_stage.toml",
        ),
    ]


class Nonsense:
    """Makes values, some of which are nearly right."""

    def __init__(self, dice: random.Random, paths: list[str]) -> None:
        self.dice, self.paths = dice, paths
        self.words = [
            *(
                "reach",
                "slow",
                "bad",
                "w",
                "..",
                ".",
                "",
                "a/b",
                "x" * 300,
                "\x00",
                "é",
                "'; drop",
                "<b>x</b>",
            ),
            *(
                RUN_ID,
                f"{RUN_ID[:-1]}0",
                f"{RUN_ID[:-1]}3",
                f"{RUN_ID[:-1]}4",
                "20260101-000000-000bbb",
                "2026",
            ),
            *(
                "true",
                "1",
                "-1",
                "NaN",
                "1e999",
                "0-9",
                "3-",
                "failed",
                "changed",
                "stdout",
                "7d",
                "far",
                "near",
            ),
            *(
                "finished",
                "local-but-no-cluster",
                "[",
                "(((",
                "(a+)+$",
                "%s%n",
                "{0.__class__}",
                "${HOME}",
                "contract",
            ),
        ]

    def path(self) -> str:
        return self.dice.choice(self.paths)

    def scalar(self) -> Any:
        numbers = (0, 1, -1, 3, 10**6, 10**30, 1.5, -0.0, 1e308)
        kinds = (
            lambda: None,
            lambda: True,
            lambda: False,
            lambda: self.dice.choice(numbers),
            self.word,
            self.path,
        )
        return self.dice.choice(kinds)()

    def word(self) -> str:
        return self.dice.choice(self.words)

    def value(self, name: str, depth: int = 0) -> Any:
        if name in {"path", "folder", "distribution", "output", "to"} and self.dice.random() < 0.8:
            return self.path()
        if name in {"cells", "text", "notebook"} and self.dice.random() < 0.6:
            return (
                self.cells()
                if name == "cells"
                else self.dice.choice(("x = 1\n", 'name = "a"\n', "[" * 500, "a\x00"))
            )
        roll = self.dice.random()
        if depth < 3 and roll < 0.1:
            return [self.value("", depth + 1) for _ in range(self.dice.randrange(4))]
        if depth < 3 and roll < 0.2:
            return {self.word(): self.value("", depth + 1) for _ in range(self.dice.randrange(4))}
        return self.word() if roll < 0.7 else self.scalar()

    def cells(self) -> list[Any]:
        texts = (
            "for x in range(3):\n    print(x)\n",
            "%%bash\nls",
            "def f(:\n",
            "import os\n",
            "\x00",
            "%%parallel_stage x",
        )
        kinds = ("code", "markdown", "raw", 7)
        return [
            {
                "id": str(number),
                "cell_type": self.dice.choice(kinds),
                "source": self.dice.choice(texts),
                "metadata": {},
            }
            for number in range(self.dice.randrange(4))
        ]


class OnlyLooking(Authorizer):
    """Lets nobody run anything."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return action != "execute"


@pytest.mark.parametrize("may_run", [True, False], ids=["who-may-run", "who-may-only-look"])
async def test_nonsense_is_refused_in_words(
    ask: Any,
    names_of: Any,
    planted: list[str],
    tmp_path: Path,
    jp_root_dir: Path,
    jp_serverapp: Any,
    request: Any,
    all_routes: Any,
    may_run: bool,
) -> None:
    if may_run:
        # who may start a kernel can read what their contracts name, wherever it is
        planted = [path for path in planted if not path.startswith("h/reach_")]
    else:
        jp_serverapp.web_app.settings["authorizer"] = OnlyLooking(parent=jp_serverapp)
        all_routes = [route for route in all_routes if route.action != "execute"]
    seed = request.config.getoption("--fuzz-seed") or random.randrange(2**32)
    print(f"--fuzz-seed {seed}")
    dice = random.Random(seed)
    nonsense = Nonsense(dice, planted)
    names = {str(route): await names_of(route) for route in all_routes}
    before = {path: path.read_bytes() for path in (tmp_path / "outside").rglob("*") if path.is_file()}
    deadline = time.monotonic() + request.config.getoption("--fuzz-seconds") / 2
    asked = 0
    while time.monotonic() < deadline:
        route = all_routes[asked % len(all_routes)]
        asked += 1
        chosen = [name for name in names[str(route)] if dice.random() < 0.8]
        values = {name: nonsense.value(name) for name in chosen}
        is_query = route.method in {"GET", "DELETE"}
        if is_query:
            text = {
                name: (value if isinstance(value, str) else json.dumps(value)).encode(
                    "utf-8", "surrogatepass"
                )
                for name, value in values.items()
            }
            query = "&".join(f"{name}={quote(value)}" for name, value in text.items())
            answer = await ask(route.method, f"{route.url}?{query}", timeout_s=60)
        else:
            answer = await ask(route.method, route.url, values, timeout_s=60)
        what = f"--fuzz-seed {seed}, request {asked}: {route} {values!r}"[:3000]
        assert answer.status < 500, f"{what}\n{answer.body[:2000]!r}"
        assert b"Traceback (most recent" not in answer.body, what
        shown = answer.body.decode("utf-8", "replace")
        assert CANARY not in shown, f"{what}\n{shown[:2000]}"
        assert "root:x:0" not in shown, what
        if answer.status >= 400:
            assert set(answer.json) == {"message", "hint", "code", "findings"}, what
            assert answer.json["message"], what
        else:
            assert str(jp_root_dir) not in shown, f"{what}\n{shown[:2000]}"
    print(f"{asked} requests")
    assert asked > len(all_routes)
    if not may_run:
        assert not (jp_root_dir / RAN).exists(), "looking ran a module"
    after = {path: path.read_bytes() for path in (tmp_path / "outside").rglob("*") if path.is_file()}
    assert after == before, "something outside the root was written"


async def test_nonsense_on_a_socket_is_refused_in_words(
    socket: str, jp_ws_fetch: Any, planted: list[str], request: Any, jp_root_dir: Path, jp_serverapp: Any
) -> None:
    seed = request.config.getoption("--fuzz-seed") or random.randrange(2**32)
    dice = random.Random(seed)
    nonsense = Nonsense(dice, planted)
    names = (
        "path",
        "text",
        "serial",
        "run",
        "stage",
        "folder",
        "index",
        "indexes",
        "first",
        "count",
        "kind",
        "id",
    )
    words = (
        "open",
        "look",
        "ping",
        "plan",
        "run",
        "custom",
        "detail",
        "act",
        "rows",
        "window",
        "stop",
        "traits",
    )
    jp_serverapp.web_app.settings["authorizer"] = OnlyLooking(parent=jp_serverapp)
    deadline = time.monotonic() + request.config.getoption("--fuzz-seconds") / 5
    connection, sent, seen = None, 0, 0
    while time.monotonic() < deadline:
        if connection is None:
            connection = await jp_ws_fetch(BASE, socket)
        message: Any = {name: nonsense.value(name) for name in names if dice.random() < 0.4}
        message |= {name: dice.choice(words) for name in ("type", "what") if dice.random() < 0.9}
        text = json.dumps(message)
        text = dice.choice((text[: len(text) // 2], "[]", "7", "\x00")) if dice.random() < 0.03 else text
        sent += 1
        try:
            await connection.write_message(text)
        except WebSocketClosedError:
            connection.close()
            connection = None
            continue
        while connection is not None:
            try:
                answer = await asyncio.wait_for(connection.read_message(), 0.02)
            except TimeoutError:
                break
            if answer is None:
                connection.close()
                connection = None
                break
            seen += 1
            shown = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
            what = f"--fuzz-seed {seed}, message {sent}: {text[:2000]}\n{shown[:2000]}"
            assert CANARY not in shown, what
            assert "root:x:0" not in shown, what
            assert "Traceback (most recent" not in shown, what
            assert "the server made a mistake" not in shown, what
    if connection is not None:
        connection.close()
    assert seen
    assert not (jp_root_dir / RAN).exists(), "looking ran a module"
