"""One partition of a run, run again: exactly as in the run, and without a trace in it."""

import hashlib
import json
import random
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import ContractError, RunNotFoundError, UsageError
from jupyter_agilab.run.replay import borrowed_process, find_replay, replay_here

FAILS = """
    import random
    import helper

    def work(i, scale, seed):
        print("at", i)
        total = helper.weigh(i) * scale
        return {"i": i, "value": 100 // (total - 6), "seed": seed}
"""
HELPER = "def weigh(i):\n    return 2 * i\n"


def records(path: Path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def failed(stage):
    """Give a stage with a run in which the partition with i = 3 failed."""
    stage.module(FAILS).sweep(6)
    (stage.folder / "helper.py").write_text(HELPER)
    stage.contract('[parameters]\nscale = 1\n[execution]\non_failure = "finish"\nseed = 7\n', backend="pool")
    status = stage.status()
    assert status.failed == 1
    stage.run_dir = Path(status.run_dir)
    return stage


def test_the_failed_partition_fails_again_and_the_run_stays_as_it_was(failed):
    before = digests(failed.run_dir)
    report = api.replay("work", folder=failed.folder)
    assert (report.ok, report.index, report.described) == (False, 3, "i=3")
    assert report.failure.error_type == "ZeroDivisionError"
    assert report.before.startswith("ZeroDivisionError: ")
    assert 'File "stages/work.py", line 8, in work' in report.failure.traceback
    assert report.output == "at 3\n"
    assert report.differences == ()
    assert digests(failed.run_dir) == before
    assert json.loads(json.dumps(report.to_json()))["failure"]["index"] == 3


def test_a_partition_that_went_well_gives_what_the_run_stored(failed):
    stored = records(failed.folder / "artifacts/work.partial.jsonl")
    for index in (0, 5):
        report = api.replay("work", index, failed.folder)
        assert report.ok
        assert report.before == ""
        assert json.loads(report.preview) == next(each for each in stored if each["i"] == index)
        assert (report.records, report.size_bytes) == (1, len(report.preview) + 1)


def test_a_partition_goes_by_its_index_its_id_and_the_start_of_its_id(failed):
    partition = find_replay(api.attach("work", failed.folder)._run, "4").partition
    for name in (4, "4", partition.id, partition.id[:15]):
        assert api.replay("work", name, failed.folder).index == 4
    for name in ("6", "999999999", "zz", "0" * 16, "-1"):
        with pytest.raises(UsageError, match="has no partition") as caught:
            api.replay("work", name, failed.folder)
        assert "0 to 5" in caught.value.hint


def test_edits_since_do_not_matter_unless_the_present_code_is_asked_for(failed):
    failed.module(FAILS.replace("total - 6", "total - 1"))
    (failed.folder / "helper.py").write_text("def weigh(i):\n    return 3 * i\n")
    failed.contract(failed.tables.replace("scale = 1", "scale = 5"))
    before = digests(failed.run_dir)
    assert not api.replay("work", 3, failed.folder).ok
    report = api.replay("work", 3, failed.folder, current=True)
    assert report.ok
    assert report.is_current
    assert json.loads(report.preview)["value"] == 100 // (3 * 3 * 5 - 1)
    assert digests(failed.run_dir) == before


def test_present_code_that_cannot_be_used_is_told(failed):
    failed.module("def other(i): ...\n")
    with pytest.raises(ContractError, match="no function 'work'"):
        api.replay("work", 3, failed.folder, current=True)
    failed.path.unlink()
    with pytest.raises(ContractError, match="cannot be used"):
        api.replay("work", 3, failed.folder, current=True)
    # the run needs neither
    assert not api.replay("work", 3, failed.folder).ok


def test_a_moved_folder_takes_its_runs_along(failed, tmp_path):
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    tmp_path.rename(moved)
    report = api.replay("work", 3, moved)
    assert report.failure.error_type == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("death", "cause", "place"),
    [
        ("os._exit(7)", "exit code 7", ""),
        ("os.kill(os.getpid(), 11)", "SIGSEGV", 'File "stages/work.py", line 4, in work'),
    ],
)
def test_a_partition_that_ends_its_process_is_told_with_its_place(stage, death, cause, place):
    stage.module(f"import os\ndef work(i):\n    if i == 1:\n        {death}\n    return i\n").sweep(2)
    stage.contract('[execution]\non_failure = "finish"\n', backend="pool")
    stage.status()
    report = api.replay("work", folder=stage.folder)
    assert (report.ok, report.index, report.failure.kind) == (False, 1, "died")
    assert cause in report.failure.message
    assert place in report.failure.traceback


def test_random_numbers_are_those_of_the_run(stage):
    stage.module("""
        import random
        import numpy as np

        AT_IMPORT = random.random()

        def work(i, rng):
            drawn = [AT_IMPORT, random.random(), np.random.rand(), rng.random(), random.getrandbits(64)]
            return {"drawn": drawn}
    """).sweep(3)
    result = stage.run(backend="pool")
    for index, stored in enumerate(records(result.path)):
        assert json.loads(api.replay("work", index, stage.folder).preview) == stored


def test_threads_are_limited_as_in_the_run(stage):
    stage.module("import os\ndef work(i):\n    return os.environ['OMP_NUM_THREADS']\n").sweep(2)
    result = stage.run(backend="pool")
    stored = records(result.path)
    assert json.loads(api.replay("work", 1, stage.folder).preview) == stored[1]


def test_what_is_not_there(failed):
    with pytest.raises(RunNotFoundError, match="no run or stage"):
        api.replay("nothing", folder=failed.folder)
    (failed.run_dir / "spec.json").unlink()
    with pytest.raises(RunNotFoundError, match="not complete"):
        api.replay("work", 3, failed.folder)


def test_without_a_failure_the_partition_must_be_named(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    stage.run()
    assert api.newest_failed_run(stage.folder) is None
    with pytest.raises(UsageError, match="no partition of run"):
        api.replay("work", folder=stage.folder)


def test_the_newest_run_with_a_failure(failed):
    failed.module(FAILS.replace("total - 6", "total + 1"))
    failed.run()
    assert api.newest_failed_run(failed.folder).path == failed.run_dir


class TestInThisProcess:
    """The process goes on, so it must be as it was before."""

    def test_it_is_left_as_it_was(self, failed, monkeypatch, tmp_path_factory):
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        (elsewhere / "helper.py").write_text("MINE = True\n")
        monkeypatch.syspath_prepend(str(elsewhere))
        monkeypatch.chdir(elsewhere)
        import helper  # type: ignore[import-not-found]  # made above

        before = digests(failed.run_dir)
        random.seed(1)
        state, path, modules = random.getstate(), list(sys.path), dict(sys.modules)
        replay = find_replay(api.attach("work", failed.folder)._run)
        with ExitStack() as stack, borrowed_process():
            outcome = replay_here(replay, stack)
            assert Path.cwd() == failed.folder
        assert isinstance(outcome.error, ZeroDivisionError)
        assert outcome.arguments["i"] == 3
        assert outcome.arguments["scale"] == 1
        assert (random.getstate(), sys.path, Path.cwd()) == (state, path, elsewhere)
        assert sys.modules["helper"] is helper
        assert {name for name in sys.modules if "agilab_stage" in name} == set()
        assert {name: module for name, module in sys.modules.items() if name in modules} == modules
        assert digests(failed.run_dir) == before
        del sys.modules["helper"]

    def test_a_module_that_cannot_be_imported_leaves_nothing_behind(self, stage):
        stage.module("import helper\ndef work(i): ...\n").sweep(2)
        (stage.folder / "helper.py").write_text("1 / 0\n")
        stage.status()
        path, folder = list(sys.path), Path.cwd()
        replay = find_replay(api.attach("work", stage.folder)._run)
        with ExitStack() as stack, borrowed_process():
            outcome = replay_here(replay, stack)
        failure = replay.describe(outcome.error)
        assert 'File "helper.py", line 1' in failure.traceback
        assert (sys.path, Path.cwd()) == (path, folder)
        assert "helper" not in sys.modules

    def test_files_stay_until_they_are_not_needed_any_more(self, stage):
        (stage.folder / "data").mkdir()
        (stage.folder / "data/a.csv").write_text("x\n" + "".join(f"{n}\n" for n in range(1000)))
        stage.module("def work(path):\n    raise ValueError(path)\n")
        stage.contract(partition_strategy="file-chunks", target_partitions=4)
        stage.status()
        replay = find_replay(api.attach("work", stage.folder)._run)
        with ExitStack() as stack:
            with borrowed_process():
                outcome = replay_here(replay, stack)
            path = Path(outcome.arguments["path"])
            assert path.read_text().startswith("x\n")
        assert not path.exists()
