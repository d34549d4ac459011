"""Where the files of runs lie, and that the reference page tells of each."""

import re
import time
from pathlib import Path

from jupyter_agilab import api
from jupyter_agilab.run.layout import find_run, run_directories

PAGE = (Path(__file__).parents[2] / "docs/reference/run-directory.md").read_text("utf-8")


def told() -> set[str]:
    """Give the names of the page's table of files, the first part of each path."""
    table = PAGE.partition("## Files of a run")[2].partition("\n## ")[0]
    return {name.partition("/")[0] for name in re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)}


def test_every_file_of_a_run_is_told_of(stage):
    stage.module("import time\ndef work(i):\n    print(i)\n    time.sleep(0.05)\n    return i\n").sweep(40)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    seen: set[str] = set()
    while not watch.refresh().ended:
        seen |= {path.name for path in Path(watch.status.run_dir).iterdir()}
        if watch.status.finished > 20:
            api.stop(watch.status.run_dir)
        time.sleep(0.01)
    watch.wait()
    stage.run()
    for run in run_directories(stage.folder):
        seen |= {path.name for path in run.path.iterdir()}
    seen = {name for name in seen if not name.endswith(".part")}
    assert {"manifest.json", "segments", "workers", "stop.request", "room-for-the-end"} <= seen
    assert seen <= told()
    beside = {path.name for path in (stage.folder / ".agilab/runs/work").iterdir()}
    assert beside == {"lock", *(run.run_id for run in run_directories(stage.folder))}


def test_what_is_hidden_or_a_loop_is_no_run_and_hides_none(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    run_id = stage.run().run_id
    home = stage.folder / ".agilab/runs/work"
    (home / "loop").symlink_to(home / "loop")
    (home / "dangling").symlink_to(home / "nothing")
    stage.run()
    other = next(run for run in run_directories(stage.folder) if run.run_id != run_id)
    other.path.rename(home / f".trash-{other.run_id}-abc123")
    assert [run.run_id for run in run_directories(stage.folder)] == [run_id]
    assert find_run(stage.folder, "work").run_id == run_id


def test_a_file_where_runs_should_be_is_no_runs(tmp_path):
    (tmp_path / ".agilab").write_text("")
    assert run_directories(tmp_path) == []
    assert api.runs(tmp_path) == []
    assert api.clean(tmp_path, all_runs=True).runs == ()
