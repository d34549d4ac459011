"""Drivers that a keeper lends: as if whoever has the run had started them."""

import contextlib
import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.cli import main
from jupyter_agilab.run.clusters.service import borrow
from jupyter_agilab.run.clusters.service.borrow import borrowed_driver

TWO = '[two]\nkind = "local"\nworkers = 2\n'
MERGE = """
import os, pathlib

def merge(results):
    told = {"greeting": os.environ.get("GREETING"), "cwd": os.getcwd(), "pid": os.getpid()}
    return {**told, "n": len(list(results))}
"""


@pytest.fixture
def kept(stage, monkeypatch, wait_for):
    """Give a stage whose reducer tells of its driver, and a started cluster with a driver to lend."""
    stage.module("def work(i):\n    return i\n").sweep(4, '[reduce]\nfunction = "stages/merge.py:merge"\n')
    text = stage.path.read_text().replace('"concat-jsonl"', '"custom"\nnotes = "tells"')
    stage.path.write_text(text.replace("work.jsonl", "work.json"))
    (stage.folder / "stages/merge.py").write_text(MERGE)
    (stage.folder / "clusters.toml").write_text(TWO)
    monkeypatch.chdir(stage.folder)
    api.start_cluster("two")
    return stage


def drivers_of(keeper):
    """Give the drivers that a keeper has, waiting or lent."""
    found = []
    for each in keeper.children():
        with contextlib.suppress(psutil.Error):
            found += [each] if "jupyter_agilab.run" in each.cmdline() else []
    return found


def told(stage, **settings):
    result = api.run(stage.path, api.RunSettings(cluster="two", force=True, **settings))
    manifest = json.loads((result.run_dir / "manifest.json").read_bytes())
    return json.loads((stage.folder / "artifacts/work.json").read_text()), manifest


def test_a_lent_driver_has_our_environment_and_folder(kept, monkeypatch):
    keeper = api.cluster_status("two").pid
    monkeypatch.setenv("GREETING", "hello")
    first, manifest = told(kept)
    assert (first["greeting"], first["n"]) == ("hello", 4)
    assert Path(first["cwd"]) == kept.folder
    assert manifest["pid"] == first["pid"]
    assert "created" in manifest
    monkeypatch.delenv("GREETING")
    second, other = told(kept)
    assert second["greeting"] is None
    assert second["pid"] != first["pid"]
    # ids say when runs were started, not when their drivers were
    assert other["run_id"] > manifest["run_id"]
    assert keeper == api.cluster_status("two").pid


def test_drivers_are_children_of_the_keeper_and_all_end(kept, wait_for):
    keeper = psutil.Process(api.cluster_status("two").pid)
    told(kept)
    told(kept)

    wait_for(lambda: len(drivers_of(keeper)) == 1)
    (waiting,) = drivers_of(keeper)
    assert api.stop_cluster("two")
    wait_for(lambda: not waiting.is_running())


def test_a_run_of_a_lent_driver_is_attached_stopped_and_seen_dead(kept, wait_for):
    kept.module("import time\n\ndef work(i):\n    time.sleep(1)\n    return i\n").sweep(300)
    watch = api.submit(kept.path, api.RunSettings(cluster="two"))
    wait_for(lambda: watch.refresh().finished)
    assert api.attach("work").refresh().state == "running"
    assert api.stop("work").state == "stopped"
    watch = api.submit(kept.path, api.RunSettings(cluster="two"))
    wait_for(lambda: json.loads((Path(watch.status.run_dir) / "manifest.json").read_bytes()).get("pid"))
    pid = json.loads((Path(watch.status.run_dir) / "manifest.json").read_bytes())["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: watch.refresh().ended)
    assert watch.status.state == "interrupted"
    assert main(["stop", "work"]) in {0, 1}
    # the keeper goes on
    assert api.cluster_status("two").state == "running"


def test_what_cannot_run_gives_its_driver_back(kept, wait_for):
    keeper = psutil.Process(api.cluster_status("two").pid)
    kept.module("this is not Python").sweep(2)
    assert main(["run", "work", "--cluster", "two"]) == 1
    wait_for(lambda: len(drivers_of(keeper)) == 1)


def test_nobody_lends_where_there_is_no_service_or_another_python(kept, tmp_path, monkeypatch):
    assert borrowed_driver("two", tmp_path) is None
    monkeypatch.setattr(borrow, "this_python", lambda: {"python": "/other/python", "package": "/other"})
    assert borrowed_driver("two", kept.folder) is None
    # a run starts a driver of its own then
    ours, manifest = told(kept)
    assert ours["n"] == 4
    assert "created" not in manifest
