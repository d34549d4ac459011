"""Housekeeping: what may go goes, what must stay stays, whatever happens meanwhile."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import UsageError
from jupyter_agilab.housekeeping import span_s
from jupyter_agilab.private_folder import new_private_folder, private_folder
from jupyter_agilab.run.disk_use import freed_by_removing, measure
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import read_manifest, update_manifest

SQUARES = "def work(i):\n    return {'i': i, 'square': i * i}\n"
FAILS_AT_3 = (
    "def work(i):\n    if i == 3:\n        raise ValueError(i)\n    return {'i': i, 'square': i * i}\n"
)


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory, monkeypatch):
    """Let no other process's temporary folders be in what a test sees."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


@pytest.fixture
def squares(stage):
    return stage.module(SQUARES).sweep(6)


def make_older(run_dir: str, seconds: float) -> None:
    run = RunDirectory(Path(run_dir))
    update_manifest(run, {"submitted": read_manifest(run)["submitted"] - seconds})


def ids(runs) -> list[str]:
    return [run.run_id for run in runs]


def disk_used(folder: Path) -> int:
    """Give what `du` would: each inode once."""
    seen = {}
    for path in folder.rglob("*"):
        found = path.lstat()
        if path.is_file() and not path.is_symlink():
            seen[found.st_dev, found.st_ino] = found.st_size
    return sum(seen.values())


class TestSizes:
    def test_linked_segments_count_once(self, squares):
        squares.module("def work(i):\n    return 'x' * 50_000\n")
        for _ in range(3):
            squares.run()
        newest, middle, oldest = api.runs(squares.folder)
        assert oldest.size_bytes > 300_000
        assert max(newest.size_bytes, middle.size_bytes) < 100_000
        assert [run.shared_bytes for run in (newest, middle, oldest)] == [6 * 50_003] * 3
        assert sum(run.size_bytes for run in (newest, middle, oldest)) == disk_used(
            squares.folder / ".agilab/runs"
        ) - sum((squares.folder / ".agilab/runs/work" / name).stat().st_size for name in ["lock"])

    def test_removing_a_link_frees_nothing_and_the_last_one_all(self, tmp_path):
        first, second = tmp_path / "a", tmp_path / "b"
        first.mkdir()
        second.mkdir()
        (first / "one").write_bytes(b"x" * 1000)
        (first / "own").write_bytes(b"x" * 10)
        os.link(first / "one", second / "one")
        assert [use.size_bytes for use in measure([first, second])] == [1010, 0]
        assert freed_by_removing([first]) == 10
        assert freed_by_removing([second]) == 0
        assert freed_by_removing([first, second]) == 1010

    def test_links_to_elsewhere_are_not_followed(self, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "other").mkdir()
        (tmp_path / "other/big").write_bytes(b"x" * 9999)
        (tmp_path / "run/link").symlink_to(tmp_path / "other")
        (tmp_path / "run/dangling").symlink_to(tmp_path / "nothing")
        assert measure([tmp_path / "run"])[0].size_bytes < 1000

    def test_runs_are_listed_with_few_looks_each_and_none_into_their_data(self, squares):
        squares.run()
        (run,) = api.runs(squares.folder)
        home = Path(run.run_dir).parent
        manifest = json.loads((home / run.run_id / "manifest.json").read_text())
        for number in range(300):
            copy = home / f"20200101-000000-{number:06x}"
            (copy / "segments").mkdir(parents=True)
            update_manifest(RunDirectory(copy), {**manifest, "run_id": copy.name})
            for file in range(20):
                (copy / f"segments/{file}.data").touch()
        looked: list[str] = []

        def note(event: str, arguments: tuple[object, ...]) -> None:
            if is_noting and event in {"open", "os.scandir", "os.listdir"}:
                looked.append(str(arguments[0]))

        is_noting = True
        sys.addaudithook(note)
        try:
            assert len(api.runs(squares.folder)) == 301
        finally:
            # a hook stays for as long as the process does
            is_noting = False
        assert len(looked) < 301 * 10
        assert sum("manifest.json" in each for each in looked) >= 301
        assert not any(each.endswith(".data") for each in looked)


class TestSelecting:
    def test_nothing_asked_for_removes_no_run(self, squares):
        squares.run()
        squares.run()
        cleaning = api.clean(squares.folder)
        assert (cleaning.runs, cleaning.kept, cleaning.leftovers) == ((), (), ())
        assert len(api.runs(squares.folder)) == 2

    def test_a_dry_run_changes_nothing(self, squares):
        squares.run()
        squares.run()
        before = sorted((path, path.lstat().st_mtime_ns) for path in squares.folder.rglob("*"))
        cleaning = api.clean(squares.folder, all_runs=True, dry_run=True)
        assert len(cleaning.runs) == 2
        assert not cleaning.done
        assert sorted((path, path.lstat().st_mtime_ns) for path in squares.folder.rglob("*")) == before

    def test_by_age(self, squares):
        for _ in range(3):
            squares.run()
        newest, middle, oldest = api.runs(squares.folder)
        make_older(oldest.run_dir, 8 * 86_400)
        make_older(middle.run_dir, 6 * 86_400)
        assert ids(api.clean(squares.folder, older_than="7d").runs) == [oldest.run_id]
        assert ids(api.clean(squares.folder, older_than=86_400.0).runs) == [middle.run_id]
        assert ids(api.runs(squares.folder)) == [newest.run_id]

    def test_by_count_for_each_stage(self, squares):
        for _ in range(3):
            squares.run()
        other = squares.path.with_name("other.parallel_stage.toml")
        other.write_text(
            squares.path.read_text().replace('"work"', '"other"').replace("work.jsonl", "o.jsonl")
        )
        for _ in range(2):
            api.run(other)
        before = {stage: ids(api.runs(squares.folder, stage)) for stage in ("work", "other")}
        api.clean(squares.folder, keep=2)
        assert ids(api.runs(squares.folder, "work")) == before["work"][:2]
        assert ids(api.runs(squares.folder, "other")) == before["other"]
        api.clean(squares.folder, keep=1, stage="other")
        assert ids(api.runs(squares.folder, "work")) == before["work"][:2]
        assert ids(api.runs(squares.folder, "other")) == before["other"][:1]

    def test_all_that_is_given_must_hold(self, squares):
        for _ in range(3):
            squares.run()
        *_, oldest = api.runs(squares.folder)
        make_older(oldest.run_dir, 10_000)
        assert api.clean(squares.folder, older_than="1h", keep=3).runs == ()
        assert api.clean(squares.folder, older_than="1h", failed=True).runs == ()
        assert api.clean(squares.folder, older_than="1h", stage="other").runs == ()
        assert ids(api.clean(squares.folder, older_than="1h", keep=2, stage="work").runs) == [oldest.run_id]

    def test_by_state(self, squares):
        squares.run()
        squares.module("def work(i):\n    raise ValueError(i)\n")
        assert squares.status().state == "failed"
        failed = api.runs(squares.folder)[0]
        assert ids(api.runs(squares.folder, states=["failed"])) == [failed.run_id]
        assert api.runs(squares.folder, states=["stopped"]) == []
        assert ids(api.clean(squares.folder, failed=True).runs) == [failed.run_id]
        assert [run.state for run in api.runs(squares.folder)] == ["finished"]

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("7d", 604_800), ("12h", 43_200), ("30min", 1800), ("5m", 300), ("1.5 h", 5400), ("2w", 1_209_600)],
    )
    def test_time_spans(self, text, seconds):
        assert span_s(text) == seconds

    @pytest.mark.parametrize("text", ["", "7", "d", "-1d", "7 days ago", "1y", "nan h", "\u0667d"])
    def test_what_is_no_time_span(self, text):
        with pytest.raises(UsageError):
            span_s(text)


class TestStaying:
    def test_the_newest_finished_run_stays_unless_all_go(self, squares):
        squares.run()
        squares.run()
        newest, older = api.runs(squares.folder)
        cleaning = api.clean(squares.folder, stage="work")
        assert ids(cleaning.runs) == [older.run_id]
        assert [(kept.run.run_id, kept.reason) for kept in cleaning.kept] == [(newest.run_id, "newest")]
        assert squares.run().reused == 6
        assert len(api.clean(squares.folder, all_runs=True).runs) == 2
        assert api.runs(squares.folder) == []

    def test_a_stage_whose_runs_are_all_gone_may_still_replace_its_artifact(self, squares):
        first = squares.run().path.read_bytes()
        api.clean(squares.folder, all_runs=True)
        squares.sweep(7)
        assert squares.run().path.read_bytes().startswith(first)
        api.clean(squares.folder, all_runs=True)
        (squares.folder / "artifacts/work.jsonl").write_text("mine")
        with pytest.raises(Exception, match="is there already"):
            squares.run()

    def test_the_only_copy_of_results_stays(self, squares):
        squares.module(FAILS_AT_3)
        assert squares.status(batch_size=1).state == "failed"
        (run,) = api.runs(squares.folder)
        for asked in ({"failed": True}, {"all_runs": True}, {"keep": 0}, {"older_than": 0.0}):
            cleaning = api.clean(squares.folder, **asked)
            assert cleaning.runs == ()
            assert [(kept.run.run_id, kept.reason) for kept in cleaning.kept] == [(run.run_id, "unreduced")]
            assert "results of" in cleaning.kept[0].told
        assert ids(api.clean(squares.folder, failed=True, force_unreduced=True).runs) == [run.run_id]

    def test_results_for_another_version_of_the_code_may_go(self, squares):
        squares.module(FAILS_AT_3)
        squares.status(batch_size=1)
        squares.module(SQUARES)
        assert len(api.clean(squares.folder, failed=True).runs) == 1

    def test_results_that_are_merged_or_held_by_another_run_may_go(self, squares):
        squares.module(FAILS_AT_3)
        squares.status(batch_size=1)
        squares.status(batch_size=1)
        newer, older = api.runs(squares.folder)
        cleaning = api.clean(squares.folder, failed=True)
        assert ids(cleaning.runs) == [older.run_id]
        assert [kept.run.run_id for kept in cleaning.kept] == [newer.run_id]
        squares.module(FAILS_AT_3.replace("== 3", "== 33"))
        squares.run()
        assert ids(api.clean(squares.folder, failed=True).runs) == [newer.run_id]

    def test_results_stay_while_the_contract_cannot_be_read(self, squares):
        squares.module(FAILS_AT_3)
        squares.status(batch_size=1)
        text = squares.path.read_text()
        squares.path.write_text("schema = [")
        cleaning = api.clean(squares.folder, failed=True)
        assert [kept.reason for kept in cleaning.kept] == ["unreduced"]
        assert "cannot be read" in cleaning.kept[0].told
        squares.path.write_text(text)
        squares.module("def work(")
        assert [kept.reason for kept in api.clean(squares.folder, failed=True).kept] == ["unreduced"]
        squares.path.unlink()
        assert len(api.clean(squares.folder, failed=True).runs) == 1

    def test_a_run_that_is_under_way_stays(self, squares):
        squares.run()
        squares.module("import time\ndef work(i):\n    time.sleep(0.3)\n    return i\n")
        watch = api.submit(squares.path)
        for _ in range(5):
            cleaning = api.clean(squares.folder, all_runs=True, force_unreduced=True)
            assert watch.status.run_id not in ids(cleaning.runs)
            assert watch.status.run_id in [kept.run.run_id for kept in cleaning.kept]
            time.sleep(0.1)
        assert watch.wait(timeout_s=60).state == "finished"
        # the driver held the stage: an earlier run that it may take results from stayed too, or went before
        assert watch.status.run_id in ids(api.clean(squares.folder, all_runs=True).runs)

    def test_runs_behind_links_stay(self, squares, tmp_path_factory):
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        squares.run()
        squares.run()
        home = squares.folder / ".agilab/runs/work"
        *_, oldest = api.runs(squares.folder)
        (home / oldest.run_id).rename(elsewhere / oldest.run_id)
        (home / oldest.run_id).symlink_to(elsewhere / oldest.run_id)
        cleaning = api.clean(squares.folder, all_runs=True)
        assert [(kept.run.run_id, kept.reason) for kept in cleaning.kept] == [(oldest.run_id, "link")]
        assert (elsewhere / oldest.run_id / "manifest.json").is_file()
        home.rename(elsewhere / "work")
        home.symlink_to(elsewhere / "work")
        assert api.clean(squares.folder, all_runs=True).runs == ()
        assert (elsewhere / "work").is_dir()

    def test_what_a_run_links_to_stays(self, squares, tmp_path_factory):
        precious = tmp_path_factory.mktemp("precious")
        (precious / "data").write_text("keep me")
        squares.run()
        (run,) = api.runs(squares.folder)
        (Path(run.run_dir) / "segments/link").symlink_to(precious)
        (Path(run.run_dir) / "x.part").symlink_to(precious / "data")
        api.clean(squares.folder, all_runs=True)
        assert not Path(run.run_dir).exists()
        assert (precious / "data").read_text() == "keep me"

    def test_a_folder_of_linked_runs_is_cleaned(self, squares, tmp_path_factory):
        """Somebody keeps ``.agilab`` on a larger disk: that is where the runs are."""
        (squares.folder / ".agilab").symlink_to(tmp_path_factory.mktemp("large"))
        squares.run()
        assert len(api.clean(squares.folder, all_runs=True).runs) == 1

    def test_foreign_folders_among_the_runs_stay(self, squares):
        squares.run()
        mine = squares.folder / ".agilab/runs/work/my notes"
        mine.mkdir()
        (mine / "x").touch()
        os.utime(mine, (0, 0))
        api.clean(squares.folder, all_runs=True)
        assert (mine / "x").exists()

    def test_nothing_goes_that_was_not_shown(self, squares):
        squares.run()
        squares.run()
        seen = api.clean(squares.folder, all_runs=True, dry_run=True)
        squares.run()
        done = api.clean(squares.folder, all_runs=True, shown=seen)
        assert ids(done.runs) == ids(seen.runs)
        assert len(api.runs(squares.folder)) == 1


class TestLeftovers:
    def test_a_killed_clean_up_leaves_runs_whole_or_gone(self, squares):
        squares.module("def work(i):\n    return 'x' * 100\n").sweep(40)
        for _ in range(6):
            squares.run(batch_size=1)
        whole = {run.run_id: len(list(Path(run.run_dir).rglob("*"))) for run in api.runs(squares.folder)}
        code = (
            "import os, pathlib, shutil, signal, sys, tempfile; tempfile.gettempdir()\n"
            "left = int(sys.argv[2])\n"
            "for owner, name in ((os, 'unlink'), (os, 'rmdir'), (pathlib.Path, 'rename')):\n"
            "    def counted(*a, real=getattr(owner, name), **k):\n"
            "        global left\n"
            "        left -= 1\n"
            "        if not left: os.kill(os.getpid(), signal.SIGKILL)\n"
            "        return real(*a, **k)\n"
            "    setattr(owner, name, counted)\n"
            "from jupyter_agilab import api; api.clean(sys.argv[1], all_runs=True)"
        )
        home = squares.folder / ".agilab/runs/work"
        listed, trash = [len(whole)], [0]
        for changes in (1, 2, 4, 3, 40, 90, 120):
            ended = subprocess.run(
                [sys.executable, "-c", code, str(squares.folder), str(changes)], check=False
            )
            assert ended.returncode == -signal.SIGKILL
            for run in api.runs(squares.folder):
                assert len(list(Path(run.run_dir).rglob("*"))) == whole[run.run_id]
            listed.append(len(api.runs(squares.folder)))
            trash.append(len(list(home.glob(".trash-*"))))
        assert listed == [6, 6, 5, 2, 0, 0, 0, 0]
        assert trash[:4] == [0, 0, 1, 4]
        assert 0 < trash[-1] < 6
        cleaning = api.clean(squares.folder)
        assert {each.kind for each in cleaning.leftovers} == {"removed run"}
        assert list(home.glob(".trash-*")) == []
        assert squares.run().partitions == 40

    def test_half_written_files_of_runs_that_ended_go(self, squares):
        squares.run()
        (run,) = api.runs(squares.folder)
        parts = [
            Path(run.run_dir) / ".manifest.json.00000000.part",
            Path(run.run_dir) / "segments/000009-abcdef.part",
            squares.folder / "artifacts/.work.jsonl.11111111.part",
        ]
        for part in parts:
            part.write_text("half")
        mine = squares.folder / "artifacts/mine.part"
        mine.touch()
        assert {each.path for each in api.clean(squares.folder).leftovers} == set(parts)
        assert not any(part.exists() for part in parts)
        assert mine.exists()
        assert squares.run().reused == 6

    def test_a_directory_that_never_became_a_run_goes_when_it_is_old(self, squares):
        squares.run()
        half = squares.folder / ".agilab/runs/work/20200101-000000-abcdef"
        (half / "segments").mkdir(parents=True)
        assert api.clean(squares.folder).leftovers == ()
        for path in (half / "segments", half):
            os.utime(path, (time.time() - 7200,) * 2)
        assert [each.kind for each in api.clean(squares.folder).leftovers] == ["half-made run"]
        assert not half.exists()

    def test_folders_of_ended_processes_go_and_those_of_living_ones_stay(self, squares):
        code = (
            "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
            "from jupyter_agilab.private_folder import new_private_folder\n"
            "print(new_private_folder(), flush=True); sys.stdin.read()"
        )
        import tempfile

        with subprocess.Popen(
            [sys.executable, "-c", code, tempfile.tempdir], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            theirs = Path(other.stdout.readline().decode().strip())
            mine = new_private_folder()
            foreign = Path(tempfile.tempdir, "jupyter-agilab-private-notes")
            foreign.mkdir()
            for path in (theirs, mine, foreign):
                os.utime(path, (0, 0))
            assert api.clean(squares.folder).leftovers == ()
            other.kill()
            other.wait()
        assert [each.path for each in api.clean(squares.folder).leftovers] == [theirs]
        assert (mine.exists(), foreign.exists(), theirs.exists()) == (True, True, False)

    def test_a_private_folder_is_gone_after_its_block(self):
        with private_folder() as folder:
            (folder / "x").touch()
        assert not folder.exists()

    def test_last_trials_go_with_all(self, squares):
        api.trial(squares.path)
        assert api.clean(squares.folder).leftovers == ()
        assert api.clean(squares.folder, older_than="1h").leftovers == ()
        assert [each.kind for each in api.clean(squares.folder, all_runs=True).leftovers] == ["trial"]
        assert not (squares.folder / ".agilab/trials/work").exists()
        assert api.trial(squares.path).ok


class TestAtTheSameTime:
    def test_runs_start_while_others_are_removed(self, squares):
        """A clean-up once looked like a run under way to a run that was about to start."""
        code = (
            "import sys, time; from jupyter_agilab import api\n"
            "while True: api.clean(sys.argv[1], keep=1, force_unreduced=True)"
        )
        cleaners = [
            subprocess.Popen([sys.executable, "-c", code, str(squares.folder)], stderr=subprocess.PIPE)
            for _ in range(2)
        ]
        try:
            for count in range(6, 14):
                assert squares.sweep(count).run().records_count == count
            assert [cleaner.poll() for cleaner in cleaners] == [None, None]
        finally:
            for cleaner in cleaners:
                cleaner.kill()
                cleaner.communicate()

    def test_cleaners_share_the_lock_and_drivers_do_not(self, tmp_path):
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

    def test_a_driver_that_is_about_to_let_go_is_waited_for(self, squares):
        for count in (2, 3):
            squares.sweep(count).run()
        (home,) = (squares.folder / ".agilab" / "runs").iterdir()
        driver = StageLock(home / "lock")
        assert driver.acquire()
        later = threading.Timer(0.3, driver.release)
        later.start()
        cleaning = api.clean(squares.folder, keep=1)
        later.join()
        assert (len(cleaning.runs), cleaning.kept) == (1, ())
