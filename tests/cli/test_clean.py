"""``clean`` and ``runs`` on the command line: what goes is shown and asked for first."""

import json
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory, monkeypatch):
    """Let no other process's temporary folders be in what a test sees."""
    folder = str(tmp_path_factory.mktemp("temporary"))
    monkeypatch.setenv("TMPDIR", folder)
    monkeypatch.setattr(tempfile, "tempdir", folder)


def runs(agilab, *arguments: str) -> list[dict]:
    return agilab("runs", *arguments, "--json").json["runs"]


@pytest.fixture
def three(stage, agilab):
    """Give a stage with two finished runs and a failed one, the newest."""
    stage.squares()
    agilab("run", "work")
    agilab("run", "work")
    stage.module("def work(i):\n    raise ValueError(i)\n")
    agilab("run", "work")
    return runs(agilab)


def test_runs_by_state_and_stage(three, agilab, conforms):
    assert [run["run_id"] for run in runs(agilab, "--state", "failed")] == [three[0]["run_id"]]
    assert len(runs(agilab, "--state", "finished", "--state", "failed")) == 3
    assert runs(agilab, "--stage", "other") == []
    assert agilab("runs", "--stage", "other").out == "no run is like that\n"
    answer = agilab("runs", "--json")
    conforms(answer.json, "runs")
    assert answer.json["size_bytes"] == sum(run["size_bytes"] for run in answer.json["runs"])
    assert agilab("runs", "--state", "gone").code == 2


def test_a_dry_run_removes_nothing(three, agilab, conforms):
    answer = agilab("clean", "--all", "--dry-run")
    assert answer.code == 0
    assert "3 runs would go" in answer.out
    document = agilab("clean", "--all", "--dry-run", "--json").json
    conforms(document, "clean")
    assert (document["done"], len(document["runs"])) == (False, 3)
    assert len(runs(agilab)) == 3


def test_where_nobody_can_be_asked_nothing_goes_without_yes(three, agilab):
    answer = agilab("clean", "--failed")
    assert answer.code == 0
    assert "add --yes" in answer.err
    assert agilab("clean", "--failed", "--json").json["done"] is False
    assert len(runs(agilab)) == 3
    answer = agilab("clean", "--failed", "--yes")
    assert "removed 1 run: " in answer.out
    assert [run["state"] for run in runs(agilab)] == ["finished", "finished"]


def test_json_with_yes(three, agilab, conforms):
    document = agilab("clean", "--keep", "1", "--yes", "--json").json
    conforms(document, "clean")
    assert document["done"] is True
    assert [run["run_id"] for run in document["runs"]] == [three[2]["run_id"]]
    assert [(kept["run_id"], kept["reason"]) for kept in document["kept"]] == [(three[1]["run_id"], "newest")]
    assert document["freed_bytes"] > 0
    assert not Path(three[2]["run_dir"]).exists()


@pytest.mark.parametrize(("typed", "left"), [("y", 2), ("yes", 2), ("n", 3), ("", 3), ("what?", 3)])
def test_a_terminal_is_asked(three, agilab, typed, left):
    above, below = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_agilab", "clean", "--failed"],
        stdin=below,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    os.write(above, f"{typed}\n".encode())
    out, err = process.communicate(timeout=30)
    os.close(above)
    os.close(below)
    assert process.returncode == 0
    assert "1 run would go" in out
    assert "remove them? [y/N]" in err
    assert len(runs(agilab)) == left


def test_nothing_to_remove_asks_nothing(stage, agilab):
    answer = agilab("clean", "--all")
    assert (answer.code, answer.out, answer.err) == (0, "there is nothing to remove\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clean", "nowhere"], "there is no folder nowhere"),
        (["clean", "--older-than", "soon"], "no time span"),
        (["clean", "--keep", "-1"], "0 or a positive integer"),
        (["clean", "--state", "gone"], "invalid choice"),
    ],
)
def test_misuse(stage, agilab, arguments, said):
    answer = agilab(*arguments)
    assert answer.code == 2
    assert said in answer.err


def test_what_cannot_be_removed_is_exit_code_1(three, agilab, monkeypatch):
    from jupyter_agilab.run import clean

    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(clean, "move_to_trash", refused)
    answer = agilab("clean", "--failed", "--yes", "--json")
    assert answer.code == 1
    assert [kept["reason"] for kept in answer.json["kept"]] == ["error"]
    assert "Permission denied" in json.dumps(answer.json["kept"])
    assert len(runs(agilab)) == 3
