"""A disk that is full, damaged, moved or linked: one clear error, nothing half-written, nothing lost."""

import re
import resource
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import ContractError
from jupyter_agilab.run.events import EventWriter, read_events


@contextmanager
def no_file_larger_than(size: int):
    """Make the system refuse, to this process and what it starts, to write on as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("backend", ["local", "pool", "dask"])
@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return 'x' * 3_000_000", "results cannot be written"),
        ("print('x' * 3_000_000)\n    return i", "results cannot be written"),
        ("return 'x' * 500_000", "the artifact .* cannot be written"),
    ],
    ids=["segment", "log", "artifact"],
)
def test_a_full_disk_is_one_clear_error_and_the_run_can_go_on(stage, backend, body, what):
    """A full log was once a failure of the function that printed, and a full artifact one of the reducer."""
    stage.module(f"def work(i):\n    {body}\n").sweep(6)
    with no_file_larger_than(2_000_000):
        status = stage.status(backend=backend, batch_size=1)
    assert status.state == "failed"
    assert status.failed == 0
    assert "File too large" in status.message
    assert "Traceback" not in status.message
    assert re.search(what, status.message)
    # a worker that was in the middle of another one is ended as it is
    assert list((stage.folder if backend == "local" else stage.folder / "artifacts").rglob("*.part")) == []
    assert stage.run(backend=backend).partitions == 6


def test_an_event_that_a_full_disk_tears_does_not_take_the_next_one_with_it(tmp_path):
    path = tmp_path / "events.jsonl"
    events = EventWriter(path)
    events.emit("first")
    with no_file_larger_than(100), pytest.raises(OSError, match="large"):
        events.emit("second", text="x" * 100)
    events.emit("run.ended", state="failed")
    events.close()
    assert [event["type"] for event in read_events(path)] == ["first", "run.ended"]


def test_damage_in_the_middle_of_a_run_is_done_again_and_counted_once(stage):
    stage.module("import time\ndef work(i):\n    time.sleep(0.05)\n    return i\n").sweep(40)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    while watch.refresh().finished < 5:
        time.sleep(0.02)
    for file in sorted(Path(watch.status.run_dir, "segments").glob("*.data"))[:3]:
        file.write_bytes(b"?" * file.stat().st_size)
    assert watch.wait().state == "finished"
    assert Path(watch.status.artifact).read_text() == "".join(f"{i}\n" for i in range(40))
    assert api.runs(stage.folder)[0].finished == 40


def test_a_run_directory_that_vanishes_is_told(stage):
    stage.module("import time\ndef work(i):\n    time.sleep(0.05)\n    return i\n").sweep(400)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    while watch.refresh().finished < 3:
        time.sleep(0.02)
    shutil.rmtree(stage.folder / ".agilab")
    status = watch.wait(timeout_s=20)
    assert status.ended
    assert f"its directory {status.run_dir} is gone" in status.message


def test_a_folder_that_was_moved_keeps_its_results(stage, tmp_path):
    """Its runs once said that they had no artifact."""
    stage.module("def work(i):\n    return i\n").sweep(4).run()
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    tmp_path.rename(moved)
    result = api.result_of_status(api.attach("work", moved).refresh())
    assert result.path == moved / "artifacts/work.jsonl"
    assert list(result.records()) == [0, 1, 2, 3]
    assert api.runs(moved)[0].artifact == str(result.path)
    assert api.run(moved / stage.path.name).reused == 4


def test_a_linked_output_stays_a_link(stage, tmp_path):
    (tmp_path / "large").mkdir()
    (tmp_path / "artifacts").mkdir()
    link, file = tmp_path / "artifacts/work.jsonl", tmp_path / "large/real.jsonl"
    link.symlink_to(file)
    for _ in range(2):
        stage.module("def work(i):\n    return i\n").sweep(2).run()
    assert link.is_symlink()
    assert file.read_text() == "0\n1\n"


def test_linked_run_directories_are_no_earlier_runs_of_themselves(stage, tmp_path):
    (tmp_path / "large").mkdir()
    (stage.folder / ".agilab").symlink_to(tmp_path / "large")
    stage.module("def work(i):\n    return i\n").sweep(2)
    assert [stage.run().reused, stage.run().reused] == [0, 2]


def test_an_output_with_the_longest_name_is_written(stage):
    name = "y" * 249 + ".jsonl"
    stage.module("def work(i):\n    return i\n").sweep(2).contract(output=f"artifacts/{name}").run()
    assert [path.name for path in (stage.folder / "artifacts").iterdir()] == [name]


def test_a_run_that_cannot_start_leaves_no_directory(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    stage.contract('[reduce]\nfunction = "stages/work.py:no"\n', reducer="custom", output="artifacts/a.json")
    with pytest.raises(ContractError):
        stage.run()
    assert list((stage.folder / ".agilab/runs/work").iterdir()) == []


def test_runs_of_one_second_are_listed_as_they_came(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    ids = [stage.run().run_id for _ in range(4)]
    assert [run.run_id for run in api.runs(stage.folder)] == ids[::-1]
