"""Loops found, converted, verified and taken back, over HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

SETUP = "import glob\nimport pandas as pd\n"
HEAD = "for path in sorted(glob.glob('data/*.csv')):\n"
LOOP = f"rows = []\n{HEAD}    rows.append(int(pd.read_csv(path).x.sum()))\n"
CARRIED = f"total = 1\n{HEAD}    total = total * len(pd.read_csv(path)) % 7\n"
AFTER = "print(rows)\n"


def notebook_text(*sources: str) -> str:
    made: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{n}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def cells(*sources: str) -> list[dict[str, str]]:
    return [{"id": f"c{n}", "type": "code", "source": source} for n, source in enumerate(sources)]


@pytest.fixture
def folder(jp_root_dir: Path) -> Path:
    place = jp_root_dir / "work"
    (place / "data").mkdir(parents=True)
    for name in "abc":
        (place / "data" / f"{name}.csv").write_text("x,y\n1,2\n3,4\n")
    (place / "n.ipynb").write_text(notebook_text(SETUP, LOOP, CARRIED, AFTER))
    return place


@pytest.fixture
def ask(jp_fetch: Any) -> Any:
    async def ask(route: str, method: str = "POST", job: str = "", **body: Any) -> dict[str, Any]:
        given: dict[str, Any] = {"body": json.dumps(body)} if method == "POST" else {}
        params = {"job": job} if job else {}
        answer = await jp_fetch("agilab", "migrate", route, method=method, params=params, **given)
        return dict(json.loads(answer.body))

    return ask


async def refusal(asked: Any) -> tuple[int, str]:
    with pytest.raises(HTTPClientError) as error:
        await asked
    assert error.value.response is not None
    return error.value.code, json.loads(error.value.response.body)["message"]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def test_loops_are_told_with_line_reason_and_what_helps(folder: Path, ask: Any) -> None:
    before = tree(folder)
    told = await ask("findings", path="work/n.ipynb")
    [notebook] = told["notebooks"]
    assert notebook["path"] == "work/n.ipynb"
    found = {(each["cell"], each["line"]): each for each in notebook["loops"]}
    assert found[1, 2]["verdict"] == "convert"
    assert found[1, 2]["outputs"] == ["rows"]
    refused = found[2, 2]
    assert (refused["verdict"], refused["reason"]) == ("refuse", "carried-dependency")
    assert refused["helps"] == "compute it from the item"
    assert "total" in refused["message"]
    assert tree(folder) == before


async def test_what_is_not_saved_counts(folder: Path, ask: Any) -> None:
    told = await ask("findings", path="work/n.ipynb", cells=cells(SETUP, AFTER, LOOP))
    assert [(each["cell"], each["cell_id"]) for each in told["notebooks"][0]["loops"]] == [(2, "c2")]
    told = await ask("findings", path="work/never-saved.ipynb", cells=cells("x = 1"))
    assert told["notebooks"][0]["loops"] == []


async def test_a_folder_is_looked_at_in_parts(
    folder: Path, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_agilab.server.routes import migrate

    monkeypatch.setattr(migrate, "_MOST_NOTEBOOKS", 2)
    for name in ("a/deep.ipynb", "b.ipynb", "m.ipynb", "z/z.ipynb"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(notebook_text(SETUP, LOOP))
    (folder / "q.ipynb").write_text("{")
    (folder / "empty.ipynb").write_text(notebook_text("x = 1"))
    outside = folder.parent.parent / "outside.ipynb"
    outside.write_text(notebook_text(SETUP, LOOP))
    (folder / "link.ipynb").symlink_to(outside)
    found: list[Any] = []
    after: Any = ""
    rounds = 0
    while after is not None:
        told = await ask("findings", path="work", after=after)
        found += told["notebooks"]
        after, rounds = told["next"], rounds + 1
        assert rounds < 10
    assert rounds > 2
    names = [each["path"] for each in found]
    assert sorted(names) == sorted(
        f"work/{name}" for name in ("n.ipynb", "a/deep.ipynb", "b.ipynb", "m.ipynb", "z/z.ipynb", "q.ipynb")
    )
    broken = next(each for each in found if each["path"] == "work/q.ipynb")
    assert broken["problems"]


async def test_a_preview_writes_nothing_and_tells_everything(folder: Path, ask: Any) -> None:
    before = tree(folder)
    told = await ask("preview", path="work/n.ipynb", form="magic")
    [cell] = told["cells"]
    assert (cell["cell"], cell["id"], cell["before"]) == (1, "c1", LOOP)
    assert any(each["source"].startswith("%%parallel_stage each_path ") for each in cell["after"])
    assert [each["path"] for each in told["files"]] == [
        "stages/each_path.py",
        "each_path.parallel_stage.toml",
    ]
    assert told["converted"] == [{"cell": 1, "line": 2, "stage": "each_path"}]
    assert tree(folder) == before


async def test_converting_asks_first_and_undo_gives_back_every_byte(folder: Path, ask: Any) -> None:
    before = tree(folder)
    look = await ask("preview", path="work/n.ipynb", form="python")
    asked = {"path": "work/n.ipynb", "form": "python", "digest": look["digest"]}
    code, message = await refusal(ask("apply", **asked))
    assert code == 409
    assert "writes over work/n.ipynb" in message
    assert tree(folder) == before
    done = await ask("apply", **asked, overwrite=True)
    assert done["notebook"] == "work/n.ipynb"
    assert "parallel_steps" in (folder / "n.ipynb").read_text()
    assert (folder / "each_path.parallel_stage.toml").is_file()
    await ask("undo", path="work/n.ipynb")
    assert {name: data for name, data in tree(folder).items() if not name.startswith(".agilab")} == before


async def test_a_notebook_that_changed_meanwhile_is_left_alone(folder: Path, ask: Any) -> None:
    look = await ask("preview", path="work/n.ipynb")
    (folder / "n.ipynb").write_text(notebook_text(SETUP, LOOP))
    before = tree(folder)
    code, message = await refusal(ask("apply", path="work/n.ipynb", digest=look["digest"], overwrite=True))
    assert code == 409
    assert "has changed" in message
    assert tree(folder) == before


async def test_an_open_notebook_gets_its_files_and_writes_its_cells_itself(folder: Path, ask: Any) -> None:
    before = tree(folder)
    typed = cells(SETUP, AFTER, LOOP)
    done = await ask("apply", path="work/n.ipynb", cells=typed, only=[{"cell": 2, "line": 2}])
    assert done["notebook"] is None
    assert set(done["written"]) == {"stages/each_path.py", "each_path.parallel_stage.toml"}
    assert (folder / "n.ipynb").read_bytes() == before["n.ipynb"]
    (folder / "each_path.parallel_stage.toml").write_text("# mine\n")
    back = await ask("undo", path="work/n.ipynb", files=done["written"])
    assert back["removed"] == ["stages/each_path.py"]
    assert back["kept"] == ["each_path.parallel_stage.toml"]


async def test_an_open_notebook_in_the_root_is_given_back(folder: Path, ask: Any) -> None:
    (folder / "n.ipynb").rename(folder.parent / "n.ipynb")
    done = await ask(
        "apply", path="n.ipynb", cells=cells(SETUP, "for x in range(3):\n    print(x ** x)\n", LOOP)
    )
    back = await ask("undo", path="n.ipynb", files=done["written"])
    assert set(back["removed"]) == set(done["written"])
    assert back["kept"] == []


async def test_undo_takes_only_away_what_a_migration_writes(folder: Path, ask: Any) -> None:
    from jupyter_agilab.extract.names import bytes_digest

    precious = folder / "data" / "a.csv"
    digest = bytes_digest(precious.read_bytes())
    for name in ("data/a.csv", "../work/data/a.csv", "/etc/passwd"):
        code, _ = await refusal(ask("undo", path="work/n.ipynb", files={name: digest}))
        assert code == 400
    assert precious.is_file()
    code, message = await refusal(ask("undo", path="work/n.ipynb"))
    assert code == 400
    assert "no migration" in message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"path": "work/n.ipynb", "only": [{"cell": 0, "line": 1}]}, "no loop"),
        ({"path": "work/n.ipynb", "only": [{"cell": 2, "line": 2}]}, "cannot be converted"),
        ({"path": "work/n.ipynb", "only": [{"cell": "one", "line": 1}]}, "whole number"),
        ({"path": "work/n.ipynb", "form": "prose"}, "one of"),
        ({"path": "work", "form": "magic"}, "a folder"),
        ({"path": "work/n.ipynb", "cells": [1]}, "list of objects"),
    ],
)
async def test_mistakes_are_refused(folder: Path, ask: Any, body: dict[str, Any], words: str) -> None:
    code, message = await refusal(ask("preview", **body))
    assert code == 400
    assert words in message


async def finished(ask: Any, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        told: dict[str, Any] = await ask("verify", "GET", job=job)
        if told["state"] != "running":
            return told
        await asyncio.sleep(0.3)
    raise AssertionError("it did not end")


async def test_verifying_runs_both_and_compares(folder: Path, ask: Any) -> None:
    # named like one of Python's own, which is what must be imported
    (folder / "argparse.py").write_text("raise SystemExit('this is the one beside the notebook')\n")
    before = tree(folder)
    started = await ask("verify", path="work/n.ipynb", form="magic", sample=2)
    assert started["state"] == "running"
    told = await finished(ask, started["job"])
    assert told["state"] == "equal", told
    assert [each["name"] for each in told["results"][0]["compared"]] == ["rows"]
    assert tree(folder) == before


async def test_a_verification_can_be_stopped(folder: Path, ask: Any) -> None:
    (folder / "n.ipynb").write_text(notebook_text("import time\ntime.sleep(600)\n", SETUP, LOOP))
    started = await ask("verify", path="work/n.ipynb")
    stopped = await ask("verify", "DELETE", job=started["job"])
    assert (stopped["job"], stopped["state"]) == (started["job"], "stopped")
    assert (await finished(ask, started["job"]))["state"] == "stopped"
    code, _ = await refusal(ask("verify", "GET", job="nobody"))
    assert code == 404
