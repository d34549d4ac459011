"""A disk that is full, damaged, moved or linked: one clear error, nothing half-written, nothing lost."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import ContractError, OutputError, RunFailedError, UsageError
from jupyter_agilab.run.events import EventWriter, read_events
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest


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
    events.emit("third")
    events.close()
    assert [event["type"] for event in read_events(path)] == ["first", "third"]


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
    while (stage.folder / ".agilab").exists():
        # its driver makes and removes files meanwhile
        shutil.rmtree(stage.folder / ".agilab", ignore_errors=True)
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
    assert [path.name for path in (stage.folder / ".agilab/runs/work").iterdir()] == ["lock"]


def test_runs_of_one_second_are_listed_as_they_came(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    ids = [stage.run().run_id for _ in range(4)]
    assert [run.run_id for run in api.runs(stage.folder)] == ids[::-1]


SLOW = "import time\ndef work(i):\n    time.sleep(0.05)\n    return {'i': i}\n"


def ids(count: int) -> bytes:
    return b"".join(b'{"i":%d}\n' % i for i in range(count))


def mounted(*arguments: object) -> None:
    for _ in range(30):
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
        if "busy" not in done.stderr:
            break
        # a process of a run that has just ended still has its log open
        time.sleep(0.1)
    if done.returncode:
        pytest.skip(f"platform: nothing can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path):
    """Give ``small_disk(options)``: a folder that is a file system of its own, of 20 MB by itself."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("platform: only root can mount a file system")
    made: list[Path] = []

    def mount(options: str = "size=20m") -> Path:
        folder = tmp_path / f"disk-{len(made)}"
        folder.mkdir()
        mounted("-t", "tmpfs", "-o", options, "tmpfs", folder)
        made.append(folder)
        return folder

    yield mount
    for folder in made:
        subprocess.run(["umount", "--recursive", "--lazy", str(folder)], check=False)


@pytest.fixture
def stage_on(stage):
    """Give ``stage_on(folder)``: the stage of these tests, in that folder."""
    return type(stage)


def processes_of(run_dir: str) -> list[psutil.Process]:
    """Give what lives of the run's driver and workers."""
    pids = set()
    for event in read_events(Path(run_dir) / "events.jsonl"):
        if event["type"] in {"run.started", "worker.joined"} and event["pid"]:
            pids.add(event["pid"])
    found = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE and "python" in process.name():
                found.append(process)
        except psutil.Error:
            continue
    return found


def assert_all_are_gone(run_dir: str) -> None:
    assert psutil.wait_procs(processes_of(run_dir), timeout=3)[1] == []


class TestSmallDisk:
    """A file system of 20 MB."""

    @pytest.mark.parametrize(
        ("backend", "what"),
        [
            *product(["local", "pool"], ["segments", "logs", "artifact", "journal"]),
            *product(["dask"], ["segments", "logs"]),
        ],
    )
    def test_it_fills_and_after_space_is_freed_the_run_finishes(self, small_disk, stage_on, backend, what):
        disk = small_disk()
        stage = stage_on(disk)
        noise = "    print('y' * 200_000)\n" if what == "logs" else ""
        size = {"segments": 200_000, "artifact": 150_000, "logs": 10, "journal": 10}[what]
        stage.module(f"def work(i):\n{noise}    return str(i) + 'x' * {size}\n").sweep(40)
        # what is left: half of what segments or logs take; room for 6 MB of segments, and not for twice that
        left = {"segments": 4_000_000, "logs": 4_000_000, "artifact": 9_000_000, "journal": 1_000_000}[what]
        (disk / "ballast").write_bytes(b"b" * (shutil.disk_usage(disk).free - left))
        if what == "journal":
            stage.sweep(2000)
        status = stage.status(backend=backend, batch_size=1)
        assert status.state == "failed", status.message
        assert status.failed == 0
        assert "No space left on device" in status.message
        assert "Traceback" not in status.message
        assert len(status.message.splitlines()) <= 3
        assert_all_are_gone(status.run_dir)
        assert not (disk / "artifacts/work.jsonl").exists()
        assert [path.name for path in (disk / "artifacts").iterdir()] == []
        (disk / "ballast").unlink()
        count = 2000 if what == "journal" else 40
        result = stage.run(backend=backend)
        assert result.path.read_bytes() == b"".join(b'"%d%s"\n' % (i, b"x" * size) for i in range(count))
        if what in {"artifact", "segments"}:
            assert result.reused > 0

    def test_it_is_full_before_the_run_starts(self, small_disk, stage_on):
        disk = small_disk()
        stage = stage_on(disk).module("def work(i):\n    return {'i': i}\n").sweep(5)
        (disk / "ballast").write_bytes(b"b" * shutil.disk_usage(disk).free)
        with pytest.raises((OutputError, RunFailedError), match="No space left on device"):
            stage.run()
        (disk / "ballast").unlink()
        assert stage.run().path.read_bytes() == ids(5)

    @pytest.mark.parametrize("backend", ["local", "pool"])
    def test_it_runs_out_of_inodes(self, small_disk, stage_on, backend):
        disk = small_disk("size=20m,nr_inodes=120")
        stage = stage_on(disk).module("def work(i):\n    return {'i': i}\n").sweep(100)
        status = stage.status(backend=backend, batch_size=1)
        assert status.state == "failed"
        assert "No space left on device" in status.message
        assert_all_are_gone(status.run_dir)
        mounted("-o", "remount,nr_inodes=10000", disk)
        result = stage.run(backend=backend)
        assert result.path.read_bytes() == ids(100)
        assert result.reused > 10

    def test_it_is_read_only_from_the_beginning(self, small_disk, stage_on):
        disk = small_disk()
        stage = stage_on(disk).module("def work(i):\n    return {'i': i}\n").sweep(5)
        before = sorted(disk.rglob("*"))
        mounted("-o", "remount,ro", disk)
        with pytest.raises(OutputError, match=r"Read-only file system|read-only"):
            stage.run()
        assert sorted(disk.rglob("*")) == before
        assert api.runs(disk) == []
        assert api.clean(disk, all_runs=True).runs == ()
        mounted("-o", "remount,rw", disk)
        assert stage.run().path.read_bytes() == ids(5)

    @pytest.mark.parametrize(
        ("backend", "where"), [*product(["local", "pool"], ["segments", "."]), ("dask", "segments")]
    )
    def test_it_becomes_read_only_while_the_run_goes_on(self, small_disk, stage_on, backend, where):
        """As after an error of the disk; files that are open can still be written, new ones not."""
        disk = small_disk()
        stage = stage_on(disk).module(SLOW).sweep(100)
        watch = api.submit(stage.path, api.RunSettings(backend=backend, batch_size=1))
        while watch.refresh().finished < 3:
            time.sleep(0.02)
        part = Path(watch.status.run_dir) / where
        # by a view of it that nobody has a file open in, which is then laid over it
        (disk / "view").mkdir()
        mounted("--bind", part, disk / "view")
        mounted("-o", "remount,ro,bind", disk / "view")
        mounted("--bind", disk / "view", part)
        status = watch.wait(timeout_s=30)
        assert status.state in {"failed", "interrupted"}
        assert "Read-only file system" in status.message
        assert_all_are_gone(status.run_dir)
        subprocess.run(["umount", "--lazy", str(part)], check=True)
        assert stage.run(backend="pool").path.read_bytes() == ids(100)

    def test_runs_on_a_read_only_disk_are_looked_at_and_not_cleaned(self, small_disk, stage_on):
        disk = small_disk()
        stage = stage_on(disk).module("def work(i):\n    return {'i': i}\n").sweep(5)
        stage.run()
        mounted("-o", "remount,ro", disk)
        (run,) = api.runs(disk)
        cleaning = api.clean(disk, all_runs=True)
        assert cleaning.runs == ()
        assert [kept.reason for kept in cleaning.kept] == ["error"]
        assert "Read-only file system" in cleaning.kept[0].told
        assert api.attach("work", disk).refresh().state == "finished"
        mounted("-o", "remount,rw", disk)
        assert [gone.run_id for gone in api.clean(disk, all_runs=True).runs] == [run.run_id]


@pytest.mark.parametrize("backend", ["local", "pool", "dask"])
def test_the_contracts_folder_vanishes(stage, tmp_path_factory, backend):
    folder = tmp_path_factory.mktemp("contract")
    other = type(stage)(folder).module(SLOW).sweep(400)
    watch = api.submit(other.path, api.RunSettings(backend=backend, batch_size=1))
    while watch.refresh().finished < 3:
        time.sleep(0.02)
    alive = processes_of(watch.status.run_dir)
    assert alive
    shutil.rmtree(folder, ignore_errors=True)
    status = watch.wait(timeout_s=30)
    assert status.ended
    assert "is gone" in status.message or "No such file" in status.message
    assert "Traceback" not in status.message
    assert psutil.wait_procs(alive, timeout=3)[1] == []


def test_a_run_whose_directory_is_only_half_gone_is_told_as_gone(stage):
    """What a worker writes while the folder is removed keeps a part of it: the log was then made anew."""
    stage.module(SLOW).sweep(400)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    while watch.refresh().finished < 3:
        time.sleep(0.02)
    run = Path(watch.status.run_dir)
    os.kill(read_manifest(RunDirectory(run))["pid"], signal.SIGKILL)
    psutil.wait_procs(processes_of(str(run)), timeout=5)
    for path in run.iterdir():
        if path.is_dir() and path.name != "segments":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    status = watch.wait(timeout_s=30)
    assert status.state == "interrupted"
    assert f"{run} is gone" in status.message
    # looking makes nothing in what somebody is about to remove
    assert [path.name for path in run.iterdir()] == ["segments"]


def test_an_artifacts_folder_that_vanished_is_made_again(stage):
    stage.module(SLOW).sweep(10)
    watch = api.submit(stage.path)
    while watch.refresh().finished < 3:
        time.sleep(0.02)
    shutil.rmtree(stage.folder / "artifacts")
    assert watch.wait(timeout_s=30).state == "finished"
    assert (stage.folder / "artifacts/work.jsonl").read_bytes() == ids(10)


def test_an_authors_output_folder_that_vanished_is_one_clear_error(stage):
    (stage.folder / "out").mkdir()
    stage.module(SLOW).sweep(10).contract(output="out/work.jsonl")
    watch = api.submit(stage.path)
    while watch.refresh().finished < 3:
        time.sleep(0.02)
    shutil.rmtree(stage.folder / "out")
    status = watch.wait(timeout_s=30)
    assert status.state == "failed"
    assert "the output folder" in status.message
    assert "does not exist" in status.message
    (stage.folder / "out").mkdir()
    result = stage.run()
    assert (result.reused, result.path.read_bytes()) == (10, ids(10))


def test_a_file_system_without_hard_links(stage, tmp_path_factory, monkeypatch):
    """As FAT and some network file systems: results are copied then."""
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(
        "import errno, os\n"
        "def link(*a, **k):\n"
        "    raise OSError(errno.EPERM, 'Operation not permitted')\n"
        "os.link = link\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(site))
    stage.module("def work(i):\n    return {'i': i}\n").sweep(6)
    first = stage.run()
    second = stage.run()
    assert (second.reused, second.path.read_bytes()) == (6, ids(6))
    data = list((second.run_dir / "segments").glob("*.data"))
    assert {path.stat().st_nlink for path in data} == {1}
    assert [run.shared_bytes for run in api.runs(stage.folder)] == [0, 0]
    api.clean(stage.folder, keep=1)
    assert not first.run_dir.exists()
    assert stage.run().reused == 6


def test_a_batch_size_that_would_make_very_many_files_is_refused(stage):
    stage.module("def work(i, j):\n    return i\n").sweep(400)
    (stage.folder / "grid.json").write_text(json.dumps({"i": list(range(500)), "j": list(range(400))}))
    with pytest.raises(
        UsageError, match=r"200,000 partitions in batches of 1 would make 400,000 files"
    ) as refused:
        stage.run(batch_size=1)
    assert "batches of 4 or more" in refused.value.hint
    assert not (stage.folder / ".agilab").exists()


@pytest.mark.parametrize("size", [0, -3])
def test_a_batch_size_that_is_none_is_refused(stage, size):
    stage.module("def work(i):\n    return i\n").sweep(4)
    with pytest.raises(UsageError, match="1 partition or more"):
        stage.run(batch_size=size)
