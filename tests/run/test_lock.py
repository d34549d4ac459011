"""One run of a stage at a time."""

import importlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import AgilabError, RunBusyError
from jupyter_agilab.run.artifact import identity_of
from jupyter_agilab.run.driver_process import Standby
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.threads_per_worker import THREAD_VARIABLES


def test_a_second_taker_is_refused_until_release(tmp_path):
    first, second = StageLock(tmp_path / "lock"), StageLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert not second.is_free()
    first.release()
    assert second.is_free()
    assert second.acquire()
    second.release()


def test_a_killed_holder_lets_go(tmp_path):
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from jupyter_agilab.run.lock import StageLock\n"
        "lock = StageLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"True\n"
        assert not StageLock(path).is_free()
        holder.kill()
        holder.wait()
    assert StageLock(path).is_free()


def test_those_who_tidy_up_share_the_lock_and_drivers_do_not(tmp_path):
    one, two, driver = (StageLock(tmp_path / "lock") for _ in range(3))
    assert one.acquire(shared=True)
    assert two.acquire(shared=True)
    assert not driver.acquire()
    assert driver.is_free()
    one.release()
    two.release()
    assert driver.acquire()
    assert not one.acquire(shared=True)
    assert not one.is_free()
    driver.release()


def test_a_lock_that_leads_to_itself_is_told(tmp_path):
    (tmp_path / "lock").symlink_to(tmp_path / "lock")
    with pytest.raises(OSError, match="symbolic link"):
        StageLock(tmp_path / "lock").is_free()


RUNNER = """
import sys, time
from jupyter_agilab import api
from jupyter_agilab.errors import AgilabError
for line in sys.stdin:
    path, backend, moment = line.split()
    while time.time() < float(moment):
        pass
    try:
        print("finished", api.run(path, api.RunSettings(backend=backend)).run_id, flush=True)
    except AgilabError as error:
        print(error.code, str(error).replace(chr(10), " "), flush=True)
"""


class Pair:
    """Two processes that run a contract each at the same moment."""

    def __init__(self) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-c", RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]

    def run(self, first: Path, second: Path, backend: str = "local") -> list[list[str]]:
        moment = time.time() + 0.05
        for process, path in zip(self.processes, (first, second), strict=True):
            process.stdin.write(f"{path} {backend} {moment}\n")
            process.stdin.flush()
        return [process.stdout.readline().split(maxsplit=1) for process in self.processes]


@pytest.fixture
def pair():
    made = Pair()
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()


def expected(count: int, factor: int = 1) -> bytes:
    return b"".join(b'{"i":%d}\n' % (i * factor) for i in range(count))


SLOW = "import time\ndef work(i):\n    time.sleep(0.01)\n    return {'i': i}\n"


class TestTwoAtOnce:
    @pytest.mark.parametrize("backend", ["local", "pool"])
    def test_of_one_contract(self, stage, pair, backend):
        """One of them runs, the other is told so or comes after it, and nothing is disturbed."""
        stage.module(SLOW)
        outcomes = []
        for count in range(10, 20):
            stage.sweep(count)
            answers = pair.run(stage.path, stage.path, backend)
            outcomes += [answer[0] for answer in answers]
            assert "finished" in outcomes[-2:], answers
            for answer in answers:
                assert answer[0] == "finished" or "under way" in answer[1]
            assert (stage.folder / "artifacts/work.jsonl").read_bytes() == expected(count)
            assert [path.name for path in (stage.folder / "artifacts").iterdir()] == ["work.jsonl"]
        assert set(outcomes) - {"finished"} <= {"run-busy"}
        assert stage.run().reused == 19

    def test_of_one_contract_by_two_paths(self, stage, pair, tmp_path_factory):
        link = tmp_path_factory.mktemp("link") / "same"
        link.symlink_to(stage.folder)
        stage.module(SLOW)
        for count in range(10, 15):
            stage.sweep(count)
            answers = pair.run(stage.path, link / stage.path.name)
            assert "finished" in [answer[0] for answer in answers], answers
            assert (stage.folder / "artifacts/work.jsonl").read_bytes() == expected(count)
        watch = api.submit(stage.sweep(100).path, api.RunSettings(batch_size=1))
        while watch.refresh().finished < 20:
            time.sleep(0.01)
        with pytest.raises(RunBusyError):
            api.submit(link / stage.path.name)
        assert watch.wait(timeout_s=30).state == "finished"

    def test_of_two_contracts_with_one_output(self, stage, pair):
        """The second to end finds a file that it did not write, and says so; no file is half of each."""
        other = stage.folder / "other.parallel_stage.toml"
        (stage.folder / "stages/other.py").write_text(
            SLOW.replace("def work", "def other").replace(": i}", ": 2 * i}")
        )
        for count in range(10, 20):
            stage.module(SLOW).sweep(count)
            text = stage.path.read_text()
            other.write_text(text.replace('"work"', '"other"').replace("work.py:work", "other.py:other"))
            artifact = stage.folder / "artifacts/work.jsonl"
            artifact.unlink(missing_ok=True)
            answers = pair.run(stage.path, other)
            ended = sorted(answer[0] for answer in answers)
            assert ended in (["finished", "run-failed"], ["finished", "output"]), answers
            winner = next(number for number, answer in enumerate(answers) if answer[0] == "finished")
            assert "is there already" in answers[1 - winner][1]
            assert artifact.read_bytes() == expected(count, 1 + winner)
            run_id = answers[winner][1].strip()
            (run,) = (run for run in api.runs(stage.folder) if run.run_id == run_id)
            assert Path(run.artifact).read_bytes() == expected(count, 1 + winner)
            assert [path.name for path in (stage.folder / "artifacts").iterdir()] == ["work.jsonl"]

    def test_a_writer_that_is_under_way_keeps_its_temporary_file(self, stage):
        """Another stage of the same output once removed it when it began."""
        stage.module("def work(i):\n    return i\n").sweep(3)
        from jupyter_agilab.atomic import replacing

        stage.run()
        target = stage.folder / "artifacts/work.jsonl"
        with replacing(target) as out:
            out.write(b"half")
            out.flush()
            (part,) = target.parent.glob(".*.part")
            stage.sweep(4).run()
            assert part.exists()
            out.write(b" and whole")
        assert target.read_bytes() == b"half and whole"


def test_a_reader_never_sees_half_an_artifact(stage):
    body = "def work(i):\n    return '{}' * 20_000\n"
    stage.module(body.format("a")).sweep(40)
    stage.run()
    versions = {letter: b'"%s"\n' % (letter * 20_000) * 40 for letter in (b"a", b"b")}
    artifact = stage.folder / "artifacts/work.jsonl"
    seen: list[bytes] = []
    done = threading.Event()

    def poll() -> None:
        while not done.is_set():
            data = artifact.read_bytes()
            seen.append(data[1:2] if data == versions.get(data[1:2]) else b"half")

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        for letter in "bab":
            stage.module(body.format(letter)).run()
    finally:
        done.set()
        reader.join()
    assert set(seen) == {b"a", b"b"}


def test_an_artifact_that_somebody_changes_while_the_run_goes_on_is_not_replaced(stage):
    stage.module(SLOW).sweep(3)
    stage.run()
    artifact = stage.folder / "artifacts/work.jsonl"
    watch = api.submit(stage.sweep(60).path, api.RunSettings(batch_size=1))
    while watch.refresh().finished < 5:
        time.sleep(0.02)
    artifact.write_text("mine")
    status = watch.wait(timeout_s=30)
    assert status.state == "failed"
    assert "is there already" in status.message
    assert artifact.read_text() == "mine"
    result = stage.run(overwrite=True)
    assert (result.reused, result.path.read_bytes()) == (60, expected(60))
    told = read_manifest(RunDirectory(result.run_dir))["artifact"]
    assert identity_of(artifact).items() <= told.items()


class TestSubmitters:
    """Many processes that submit one stage at the same moment: one run, and no trace of the others."""

    def test_one_runs_and_the_others_leave_nothing(self, stage):
        stage.module("import time\ndef work(i):\n    time.sleep(0.5)\n    return i\n").sweep(4)
        code = (
            "import sys, time\nfrom jupyter_agilab import api\n"
            "from jupyter_agilab.errors import RunBusyError\n"
            "print('ready', flush=True)\n"
            "time.sleep(max(0.0, float(sys.stdin.readline()) - time.time()))\n"
            "try:\n    watch = api.submit(sys.argv[1])\n"
            "except RunBusyError:\n    print('busy')\n"
            "else:\n    print(watch.status.run_id, watch.wait(timeout_s=100).state)\n"
        )
        home = stage.folder / ".agilab/runs/work"
        for turn in range(3):
            (stage.folder / "stages/work.py").write_text(
                f"import time\ndef work(i):\n    time.sleep(0.5)\n    return i + {turn}\n"
            )
            submitters = [
                subprocess.Popen(
                    [sys.executable, "-c", code, str(stage.path)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )
                for _ in range(4)
            ]  # fmt: skip
            before = set(home.glob("2*"))
            for submitter in submitters:
                assert submitter.stdout.readline() == "ready\n"
            moment = time.time() + 0.3
            for submitter in submitters:
                submitter.stdin.write(f"{moment}\n")
                submitter.stdin.flush()
            answers = [submitter.communicate(timeout=150)[0].split() for submitter in submitters]
            ran = [answer for answer in answers if answer != ["busy"]]
            assert ran, answers
            assert all(state == "finished" for _, state in ran), answers
            # whoever was refused made no directory; several ran only where one came after the other
            assert {path.name for path in set(home.glob("2*")) - before} == {run_id for run_id, _ in ran}
            assert standing_by() == []

    def test_between_submit_and_the_driver_the_stage_is_taken(self, stage, monkeypatch):
        stage.module("def work(i):\n    return i\n").sweep(3)
        submitting = importlib.import_module("jupyter_agilab.run.submit")
        refused = []
        written = submitting.write_manifest

        def write(*args):
            # the directory is there, and no driver knows of it
            with pytest.raises(RunBusyError) as caught:
                submitting.take_stage(stage.folder, "work")
            refused.append(caught.value)
            return written(*args)

        monkeypatch.setattr(submitting, "_ENDING_PATIENCE_S", 0.1)
        monkeypatch.setattr(submitting, "write_manifest", write)
        assert list(stage.run().records()) == [0, 1, 2]
        assert len(refused) == 1

    def test_a_lock_whose_driver_was_killed_is_free_at_once(self, stage):
        stage.module("import time\ndef work(i):\n    time.sleep(60)\n").sweep(2)
        for backend in ("local", "pool"):
            watch = api.submit(stage.path, api.RunSettings(backend=backend))
            with pytest.raises(RunBusyError):
                api.submit(stage.path)
            watch._driver.kill()
            watch._driver.wait()
            assert StageLock(RunDirectory(Path(watch.status.run_dir)).lock).is_free()


def standing_by() -> list[list[str]]:
    """Give the drivers below this process that wait for a run."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if "jupyter_agilab.run" in command and "-" in command:
            found.append(command)
    return found


def lives(pid: int) -> bool:
    try:
        # whoever should reap it may take a while
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


class TestDriversThatWait:
    def test_one_whose_plan_fails_is_gone(self, stage):
        stage.module("def work(i):\n    return i\n").sweep(3)
        (stage.folder / "grid.json").write_text("{")
        with pytest.raises(AgilabError):
            api.submit(stage.path)
        assert standing_by() == []
        assert not (stage.folder / ".agilab").exists()

    def test_one_whose_stage_is_busy_is_not_started(self, stage, monkeypatch):
        stage.module("import time\ndef work(i):\n    time.sleep(60)\n").sweep(2)
        watch = api.submit(stage.path)
        monkeypatch.setattr(Standby, "__init__", None)
        with pytest.raises(RunBusyError):
            api.submit(stage.path)
        watch._driver.kill()
        watch._driver.wait()

    def test_one_whose_starter_is_killed_is_gone(self):
        code = (
            "import os, signal\nfrom jupyter_agilab.run.driver_process import Standby\n"
            "standby = Standby(forks=True)\nprint(standby.process.pid, flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        answer = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False)
        pid = int(answer.stdout)
        deadline = time.monotonic() + 60
        while lives(pid):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def test_one_that_cannot_come_up_leaves_its_last_words(self, stage, monkeypatch):
        stage.module("def work(i):\n    return i\n").sweep(3)
        monkeypatch.setenv("PYTHONHOME", "/nowhere")
        status = api.submit(stage.path).wait(timeout_s=60)
        assert status.state == "interrupted"
        assert "its log ends with" in status.message
        assert (Path(status.run_dir) / "driver.log").read_text()
        monkeypatch.delenv("PYTHONHOME")
        assert stage.run().reused == 0

    def test_an_id_that_became_old_while_planning_is_not_used(self, stage):
        """Runs are sorted by their ids: one that comes later must have a later one."""
        stage.module("def work(i):\n    return i\n").sweep(3)
        with Standby(forks=True) as early:
            first = stage.run()
            watch = api.submit(stage.path, standby=early)
            assert watch.wait(timeout_s=60).state == "finished"
            assert watch.status.run_id > first.run_id > early.run_id
            assert early.process.poll() is not None

    def test_workers_have_the_threads_of_the_plan(self, stage, monkeypatch):
        # a cluster of another test may have set it here, and who sets it decides
        for name in THREAD_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        stage.module("import os\ndef work(i):\n    return os.environ['OMP_NUM_THREADS']\n").sweep(2)
        for backend in ("local", "pool"):
            stage.contract("[execution]\nthreads_per_worker = 3\n", backend=backend)
            assert set(stage.run(force=True).records()) == {"3"}

    def test_the_command_line_ends_it_on_misuse(self, tmp_path):
        code = (
            "import sys, psutil\nfrom jupyter_agilab.cli import main\n"
            "code = main(['run', 'nothing_here'])\n"
            "print(code, len(psutil.Process().children()))\n"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert answer.stdout.split()[-1] == "0"
        assert not list(tmp_path.iterdir())
