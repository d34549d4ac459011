"""Housekeeping where workflows ran: what a run of theirs, or what resumes it, needs stays."""

import os
import signal
import time
from pathlib import Path

import pytest

from jupyter_agilab import api, workflows
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest

HOOKS = "def setup():\n    return {'k': 10}\ndef teardown(state):\n    pass\n"
GROUP = '[groups.g1]\nsetup = "stages/g1.py:setup"\nteardown = "stages/g1.py:teardown"\n'


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory, monkeypatch):
    """Let no other process's temporary folders be in what a test sees."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


@pytest.fixture
def chain(flow):
    """Give A, which feeds B; both belong to a group with a state, and log what they run."""
    flow.code("g1", HOOKS)
    code = (
        "import time\n"
        "def {0}({1}, state):\n"
        "    open('ran-{0}.log', 'a').write(f'{{{1}}}\\n')\n"
        "    time.sleep({2})\n"
        "    return {1} * state['k']\n"
    )
    flow.stage("A", code.format("A", "i", 0), 'group = "g1"', grid={"i": list(range(8))})
    flow.stage("B", code.format("B", "A", 0.02), 'group = "g1"\ninput = "A"')
    return flow.write(tail=GROUP)


def slowly(chain, seconds=0.4):
    """Let B take so long for each partition."""
    text = (chain.folder / "stages/B.py").read_text()
    chain.code("B", text.replace("time.sleep(0.02)", f"time.sleep({seconds})"))
    return chain


def told(cleaning):
    return {(run.kind, run.stage, run.run_id) for run in cleaning.runs}


def ids(status):
    """Give the runs of a workflow's run as `told` does."""
    found = {("stage", stage.name, Path(stage.run_dir).name) for stage in status.stages}
    return found | {("workflow", status.name, status.run_id)}


def used(folder: Path) -> int:
    """Give what `du` would: each inode once."""
    seen = {}
    for path in folder.rglob("*"):
        if path.is_file():
            found = path.lstat()
            seen[found.st_dev, found.st_ino] = found.st_size
    return sum(seen.values())


def test_runs_of_workflows_are_shown_with_their_sizes_and_go_as_shown(chain):
    """They were once never listed, and stayed for ever."""
    first, second = chain.run(), chain.run()
    assert (first.state, second.state) == ("finished", "finished")
    seen = api.clean(chain.folder, keep=1, dry_run=True)
    assert told(seen) == ids(first)
    shown = next(run for run in seen.runs if run.kind == "workflow")
    assert shown.size_bytes == used(Path(first.run_dir)) > 1000
    assert shown.state == "finished"
    before = used(chain.folder / ".agilab")
    done = api.clean(chain.folder, keep=1, shown=seen)
    assert (told(done), done.leftovers, done.kept) == (told(seen), seen.leftovers, seen.kept)
    assert before - used(chain.folder / ".agilab") == done.freed_bytes == seen.freed_bytes
    assert [status.run_id for status in workflows.workflow_runs(chain.path)] == [second.run_id]
    # what has gone was linked: nothing runs again
    assert [stage.reused for stage in chain.run().stages] == [8, 8]


def test_the_newest_finished_run_stays_unless_all_go(chain):
    status = chain.run()
    cleaning = api.clean(chain.folder, keep=0)
    assert cleaning.runs == ()
    assert {(each.run.kind, each.reason) for each in cleaning.kept} == {
        ("stage", "newest"),
        ("workflow", "newest"),
    }
    assert told(api.clean(chain.folder, all_runs=True)) == ids(status)
    assert workflows.workflow_runs(chain.path) == []
    assert chain.run().state == "finished"


def test_of_a_workflow_that_runs_nothing_goes(chain):
    first = chain.run()
    watch = slowly(chain, 0.3).submit(force=True, batch_size=1)
    while watch.refresh().stage("B").finished < 1:
        time.sleep(0.02)
    for _ in range(3):
        cleaning = api.clean(chain.folder, all_runs=True, force_unreduced=True)
        # earlier runs of a stage that is under way stay too
        assert cleaning.runs == ()
        assert {(each.run.kind, each.reason) for each in cleaning.kept} == {
            ("stage", "running"),
            ("workflow", "running"),
        }
    hints = {each.hint for each in cleaning.kept}
    assert hints == {"jupyter agilab stop A", "jupyter agilab stop B", "jupyter agilab workflow stop flow"}
    status = watch.wait(timeout_s=60)
    assert status.state == "finished"
    assert told(api.clean(chain.folder, all_runs=True)) == ids(first) | ids(status)


@pytest.mark.parametrize("how", ["stopped", "interrupted"])
def test_what_a_stopped_workflow_goes_on_from_stays(chain, how):
    """Results of functions that take a group's state were once taken for those of other code."""
    watch = slowly(chain).submit(backend="pool", workers=2, batch_size=1)
    while watch.refresh().stage("B").finished < 2:
        time.sleep(0.02)
    if how == "stopped":
        workflows.stop_workflow(chain.path)
    else:
        os.kill(read_manifest(watch.directory)["pid"], signal.SIGKILL)
    status = watch.wait(timeout_s=30)
    assert status.state == how
    done = status.stage("B").finished
    assert 2 <= done < 8
    for asked in ({"failed": True}, {"keep": 0}, {"older_than": 0.0}):
        cleaning = api.clean(chain.folder, dry_run=True, **asked)
        assert told(cleaning) == {("workflow", "flow", status.run_id)}
        kept = {("B", "unreduced")}
        if status.stage("A").state != "finished":
            kept.add(("A", "unreduced"))
        elif "failed" not in asked:
            kept.add(("A", "newest"))
        assert {(each.run.stage, each.reason) for each in cleaning.kept} == kept
    seen = api.clean(chain.folder, failed=True, dry_run=True)
    gone = api.clean(chain.folder, failed=True, shown=seen)
    assert (told(gone), gone.freed_bytes) == (told(seen), seen.freed_bytes)
    ran = len(chain.ran("B"))
    again = chain.run()
    assert again.state == "finished"
    assert again.stage("B").reused >= done
    assert len(chain.ran("B")) - ran == 8 - again.stage("B").reused
    # asked for, they go
    assert told(api.clean(chain.folder, failed=True)) >= {
        ("stage", "B", Path(status.stage("B").run_dir).name)
    }


def test_one_stage_asked_for_leaves_workflows_and_what_is_elsewhere(chain):
    chain.run()
    chain.run()
    assert {run.kind for run in api.clean(chain.folder, stage="A", all_runs=True).runs} == {"stage"}
    assert {run.stage for run in api.runs(chain.folder)} == {"B"}
    assert len(workflows.workflow_runs(chain.path)) == 2
    # a workflow is no stage
    assert api.clean(chain.folder, stage="flow", all_runs=True).runs == ()


def test_what_killed_processes_left_of_workflows_goes(chain):
    status = chain.run()
    run = RunDirectory(Path(status.run_dir))
    home = run.path.parent
    parts = [run.path / ".manifest.json.00000000.part", run.path / ".workflow.json.11111111.part"]
    for part in parts:
        part.write_text("half")
    trash = home / f".trash-{run.run_id}-abcdef"
    trash.mkdir()
    half = home / "20200101-000000-abcdef"
    half.mkdir()
    mine = home / "my notes"
    mine.mkdir()
    for path in (half, mine):
        os.utime(path, (time.time() - 7200,) * 2)
    seen = api.clean(chain.folder, dry_run=True)
    assert {(each.path, each.kind) for each in seen.leftovers} == {
        *((part, "half-written file") for part in parts),
        (trash, "removed run"),
        (half, "half-made run"),
    }
    assert api.clean(chain.folder).leftovers == seen.leftovers
    assert mine.exists()
    assert workflows.workflow_runs(chain.path)[0].state == "finished"


def test_half_written_files_of_a_run_that_goes_are_counted_once(chain):
    """They once counted twice in what was shown, and once in what was done."""
    status = chain.run()
    chain.run()
    (Path(status.run_dir) / ".manifest.json.00000000.part").write_text("x" * 5000)
    seen = api.clean(chain.folder, keep=1, dry_run=True)
    done = api.clean(chain.folder, keep=1, shown=seen)
    assert (done.freed_bytes, done.leftovers) == (seen.freed_bytes, seen.leftovers)
    assert done.problems == ()


def test_text_and_json_tell_workflows_from_stages(chain):
    from jupyter_agilab.panel.clean_text import clean_text
    from jupyter_agilab.panel.clean_view import CleanView

    status = chain.run()
    chain.run()
    cleaning = api.clean(chain.folder, keep=1, dry_run=True)
    lines = clean_text(cleaning, 200).splitlines()
    [line] = [each for each in lines if status.run_id in each]
    assert line.startswith("flow (workflow)")
    assert " of " not in line
    assert "flow (workflow)" in str(CleanView(cleaning).html())
    kinds = {run["run_id"]: run["kind"] for run in cleaning.to_json()["runs"]}
    assert (kinds[status.run_id], sorted(kinds.values())) == ("workflow", ["stage", "stage", "workflow"])
