"""Whole runs through real drivers, on every runner."""

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import ContractError, OutputError, PlanError, RunBusyError, RunFailedError

SQUARE = """
    def work(i):
        return {"i": i, "square": i * i}
"""
RUNNERS = {
    "local": {"backend": "local"},
    "pool-1": {"backend": "pool", "workers": 1},
    "pool-2": {"backend": "pool", "workers": 2},
    "dask-1": {"backend": "dask", "workers": 1},
    "dask-2": {"backend": "dask", "workers": 2},
}


def squares(count: int) -> bytes:
    return b"".join(b'{"i":%d,"square":%d}\n' % (i, i * i) for i in range(count))


def events(run_dir: str, kind: str) -> list[dict]:
    lines = (Path(run_dir) / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["type"] == kind]


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("batch_size", [1, None], ids=["batches-of-1", "automatic"])
def test_the_artifact_is_the_same_bytes_everywhere(stage, runner, batch_size):
    stage.module(SQUARE).sweep(23)
    result = stage.run(batch_size=batch_size, **RUNNERS[runner])
    assert result.path.read_bytes() == squares(23)
    assert (result.records_count, result.partitions, result.reused) == (23, 23, 0)
    status = api.attach(result.run_id, stage.folder).refresh()
    assert (status.state, status.finished, status.failed, status.records) == ("finished", 23, 0, 23)


def test_threads_give_the_same_bytes_and_share_one_process(stage):
    stage.module("""
        import os, threading
        def work(i):
            return {"i": i, "square": i * i}
    """).sweep(40)
    stage.contract('[execution]\npool = "threads"\n', backend="pool")
    assert stage.run().path.read_bytes() == squares(40)


def test_pool_works_in_other_processes_and_local_in_the_driver(stage):
    stage.module("""
        import os, time
        def work(i):
            time.sleep(0.05)
            return {"pid": os.getpid(), "parent": os.getppid()}
    """).sweep(12)
    local = [record["pid"] for record in stage.run(backend="local").records()]
    assert len(set(local)) == 1
    # another back end changes no result, so nothing would run again
    stage.module("""
        import os, time
        def work(i):
            time.sleep(0.06)
            return {"pid": os.getpid(), "parent": os.getppid()}
    """)
    pool = list(stage.run(backend="pool", batch_size=1).records())
    assert len({record["pid"] for record in pool}) == 2
    assert os.getpid() not in {record["pid"] for record in pool}


def test_a_second_run_reuses_everything(stage):
    stage.module(SQUARE).sweep(10)
    first = stage.run()
    second = stage.run()
    assert (second.reused, second.path.read_bytes()) == (10, first.path.read_bytes())
    assert first.run_id != second.run_id


def test_new_parameters_of_a_grid_run_alone(stage):
    stage.module(SQUARE).sweep(10)
    stage.run()
    stage.sweep(12)
    result = stage.run()
    assert result.reused == 10
    assert result.path.read_bytes() == squares(12)


@pytest.mark.parametrize(
    ("text", "reused"),
    [
        ('def work(i):\n    # a comment\n    return {"i":i,\n            "square": i*i}\n', 5),
        ('def work(i):\n    """A docstring."""\n    return {"i": i, "square": i * i}\n', 5),
        ('def work(i):\n    return {"i": i, "square": i ** 2}\n', 0),
    ],
    ids=["comment-and-format", "docstring", "code"],
)
def test_an_edit_of_the_function_runs_again_only_if_it_means_something(stage, text, reused):
    stage.module(SQUARE).sweep(5)
    stage.run()
    stage.module(text)
    result = stage.run()
    assert result.reused == reused
    assert result.path.read_bytes() == squares(5)


def test_an_edited_helper_is_never_stale(stage):
    stage.module("from helper import twice\ndef work(i):\n    return twice(i)\n").sweep(3)
    helper = stage.folder / "helper.py"
    helper.write_text("def twice(i):\n    return 2 * i\n")
    assert list(stage.run(backend="pool").records()) == [0, 2, 4]
    helper.write_text("def twice(i):\n    return 20 * i\n")
    result = stage.run(backend="pool")
    assert (result.reused, list(result.records())) == (0, [0, 20, 40])


def test_editing_during_a_run_changes_nothing_in_it(stage):
    stage.module("""
        import time
        def work(i):
            time.sleep(0.3)
            return "old"
    """).sweep(6)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    stage.module('def work(i):\n    return "new"\n')
    assert watch.wait(timeout_s=60).state == "finished"
    assert set(api.result_of_status(watch.status).records()) == {"old"}


def test_the_function_runs_in_the_folder_of_the_contract(stage):
    (stage.folder / "note.txt").write_text("hello")
    stage.module("def work(i):\n    return open('note.txt').read()\n").sweep(2)
    for runner in ("local", "pool-2", "dask-1"):
        stage.module(f"def work(i):\n    return open('note.txt').read() + {runner!r}\n")
        assert list(stage.run(**RUNNERS[runner]).records()) == ["hello" + runner] * 2


RAISES = """
    def helper(i):
        raise ValueError(f"bad number {i}")

    def work(i):
        if i in (3, 5):
            helper(i)
        return i
"""


@pytest.mark.parametrize("runner", ["local", "pool-2", "dask-2"])
def test_a_failed_partition_is_told_with_its_own_traceback(stage, runner):
    stage.module(RAISES).sweep(8)
    status = stage.status(batch_size=1, **RUNNERS[runner])
    assert status.state == "failed"
    failure = status.failures[0]
    assert failure["error_type"] == "ValueError"
    assert failure["message"].startswith("bad number")
    assert "in work" in failure["traceback"]
    assert "in helper" in failure["traceback"]
    assert "jupyter_agilab/run" not in failure["traceback"]
    assert 'File "stages/work.py", line' in failure["traceback"]
    assert failure["described"] == f"i={failure['index']}"
    assert not (stage.folder / "artifacts/work.jsonl").exists()


def test_finish_runs_all_the_others_and_keeps_them(stage):
    stage.module(RAISES).sweep(8)
    stage.contract('[execution]\non_failure = "finish"\n', backend="pool")
    status = stage.status()
    assert (status.state, status.finished, status.failed) == ("partial", 6, 2)
    with pytest.raises(RunFailedError, match="bad number 3"):
        api.result_of_status(status)
    stage.module(RAISES.replace("(3, 5)", "()"))
    assert stage.run().reused == 0


def test_a_run_after_a_repaired_input_does_only_what_failed(stage):
    data = stage.folder / "data"
    data.mkdir()
    for number in range(6):
        (data / f"{number}.csv").write_text(f"x\n{number}\n")
    (data / "2.csv").write_text("x\nbroken\n")
    stage.module("""
        def work(path):
            return int(open(path).read().split()[1])
    """).contract('[execution]\non_failure = "finish"\n', backend="pool")
    status = stage.status()
    assert (status.finished, status.failed) == (5, 1)
    assert status.failures[0]["described"] == "data/2.csv"
    (data / "2.csv").write_text("x\n2\n")
    result = stage.run()
    assert (result.reused, list(result.records())) == (5, list(range(6)))


def test_retries_count_attempts(stage):
    stage.module("""
        from pathlib import Path
        def work(i):
            seen = Path(f"seen-{i}")
            seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
            if i == 1 and len(seen.read_text()) < 3:
                raise OSError("flaky")
            return len(seen.read_text())
    """).sweep(3)
    stage.contract("[execution]\nretries = 2\n")
    assert list(stage.run().records()) == [1, 3, 1]
    stage.contract("[execution]\nretries = 1\n")
    (stage.folder / "seen-1").unlink()
    stage.module((stage.folder / "stages/work.py").read_text().replace("< 3", "< 9"))
    status = stage.status()
    assert (status.state, status.failures[0]["attempt"]) == ("failed", 2)


@pytest.mark.parametrize("runner", ["pool-2", "dask-2"])
@pytest.mark.parametrize("death", ["os._exit(7)", "os.kill(os.getpid(), 11)"], ids=["exit", "segfault"])
def test_a_partition_that_kills_its_worker_is_named_and_the_others_finish(stage, runner, death):
    stage.module(f"""
        import os
        def work(i):
            if i == 4:
                {death}
            return i
    """).sweep(9)
    stage.contract('[execution]\non_failure = "finish"\n')
    status = stage.status(batch_size=3, **RUNNERS[runner])
    assert (status.finished, status.failed) == (8, 1)
    assert status.failures[0]["described"] == "i=4"
    assert status.failures[0]["error_type"] == "WorkerLost"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return {1, 2}", "set"),
        ("import threading; return threading.Lock()", "lock"),
        ("return (x for x in 'ab')", "generator"),
    ],
)
def test_a_result_that_cannot_be_stored_names_type_and_partition(stage, body, message):
    stage.module(f"def work(i):\n    {body}\n").sweep(2)
    status = stage.status()
    assert status.state == "failed"
    assert message in status.failures[0]["message"]
    assert "i=0" in status.failures[0]["message"]


def test_a_megabyte_of_print_goes_to_the_log_and_nowhere_else(stage, capfd):
    stage.module("""
        import sys
        def work(i):
            print(str(i) * 500_000)
            print("x" * 500_000, file=sys.stderr)
            return i
    """).sweep(3)
    result = stage.run(backend="pool")
    assert list(result.records()) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")
    for i in range(3):
        (log,) = api.logs(result.run_dir).partitions([i])
        assert log.text("stdout") == str(i) * 500_000 + "\n"
        assert log.text("stderr") == "x" * 500_000 + "\n"
    assert (result.run_dir / "driver.log").read_text() == ""


def test_no_log_is_made_where_nothing_was_printed(stage):
    stage.module(SQUARE).sweep(3)
    assert not (stage.run().run_dir / "logs").exists()


def test_two_runs_of_a_stage_at_a_time_are_refused(stage):
    stage.module("""
        import time
        def work(i):
            time.sleep(0.5)
            return i
    """).sweep(20)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    while watch.refresh().state != "running":
        time.sleep(0.02)
    with pytest.raises(RunBusyError, match="'work' is under way") as caught:
        stage.run()
    assert "jupyter agilab stop work" in caught.value.hint
    assert len(api.runs(stage.folder)) == 1
    stopped = api.stop("work", stage.folder)
    assert stopped.state == "stopped"


@pytest.mark.parametrize("runner", ["local", "pool-2", "dask-2"])
def test_stop_keeps_what_is_finished_and_leaves_no_process(stage, runner):
    stage.module("""
        import time
        def work(i):
            time.sleep(0.2)
            return i
    """).sweep(40)
    watch = api.submit(stage.path, api.RunSettings(batch_size=1, **RUNNERS[runner]))
    while watch.refresh().finished < 3:
        time.sleep(0.02)
    pid = json.loads((Path(watch.status.run_dir) / "manifest.json").read_text())["pid"]
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    status = api.stop(watch.status.run_id, stage.folder)
    assert status.state == "stopped"
    watch.wait(timeout_s=10)
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert api.runs(stage.folder)[0].state == "stopped"
    stage.contract(backend="pool")
    result = stage.run()
    assert result.reused >= 3
    assert list(result.records()) == list(range(40))


@pytest.mark.parametrize("runner", ["pool-2", "dask-2"])
def test_workers_end_when_the_driver_is_killed(stage, runner):
    stage.module("""
        import time
        def work(i):
            time.sleep(30)
    """).sweep(4)
    watch = api.submit(stage.path, api.RunSettings(batch_size=1, **RUNNERS[runner]))
    while len(watch.refresh().workers) < 2:
        time.sleep(0.02)
    time.sleep(0.5)
    pid = json.loads((Path(watch.status.run_dir) / "manifest.json").read_text())["pid"]
    family = psutil.Process(pid).children(recursive=True)
    assert len(family) >= 2
    os.kill(pid, signal.SIGKILL)
    assert watch.wait(timeout_s=10).state == "interrupted"
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_a_run_that_nobody_watches_is_found_again(stage):
    stage.module(SQUARE).sweep(5)
    run_id = api.submit(stage.path).status.run_id
    for name in (run_id, run_id[:-1], "work", str(stage.folder / ".agilab/runs/work" / run_id)):
        assert api.attach(name, stage.folder).wait(timeout_s=30).state == "finished"
    summary = api.runs(stage.folder)[0]
    assert (summary.run_id, summary.state, summary.finished) == (run_id, "finished", 5)


def test_run_directories_are_kept_out_of_git(stage):
    stage.module(SQUARE).sweep(2)
    stage.run()
    assert (stage.folder / ".agilab/.gitignore").read_text() == "*\n"


def test_a_few_files_hold_many_partitions(stage):
    stage.module(SQUARE).sweep(3000)
    result = stage.run(backend="pool")
    assert result.path.read_bytes() == squares(3000)
    assert sum(len(files) for _, _, files in os.walk(result.run_dir)) < 60


class TestRefusals:
    """Each is one clear sentence before anything is written."""

    def test_no_input_matches(self, stage):
        stage.module("def work(path): ...\n").contract()
        with pytest.raises(PlanError, match=r"data/\*\.csv"):
            stage.run()
        assert not (stage.folder / ".agilab").exists()

    def test_the_output_folder_is_missing(self, stage):
        stage.module(SQUARE).sweep(2)
        stage.contract(output="nowhere/out.jsonl")
        with pytest.raises(OutputError, match=r"the output folder .*nowhere does not exist"):
            stage.run()

    def test_the_output_is_somebody_elses(self, stage):
        stage.module(SQUARE).sweep(2)
        target = stage.folder / "mine.jsonl"
        target.write_text("precious")
        stage.contract(output="mine.jsonl")
        with pytest.raises(OutputError, match="no run of 'work' wrote it"):
            stage.run()
        assert target.read_text() == "precious"
        stage.run(overwrite=True)
        assert target.read_bytes() == squares(2)
        # now it is ours, until somebody changes it
        stage.run()
        target.write_text("edited")
        with pytest.raises(OutputError, match="no run of 'work' wrote it as it is now"):
            stage.run()

    def test_the_module_or_function_is_missing(self, stage):
        stage.sweep(2)
        with pytest.raises(ContractError, match=r"'stages/work\.py' is not a file"):
            stage.run()
        stage.module("def wrok(i): ...\n")
        with pytest.raises(ContractError, match="no function 'work'") as caught:
            stage.run()
        assert "did you mean 'wrok'?" in str(caught.value)

    def test_output_that_names_the_contract_goes_elsewhere(self, stage):
        stage.module(SQUARE).sweep(2)
        stage.contract(output="work.parallel_stage.toml")
        text = stage.path.read_text()
        assert stage.run().path == stage.folder / "artifacts/work.jsonl"
        assert stage.path.read_text() == text


def test_a_failure_names_the_line_of_the_cell(stage):
    stage.module("""
        def helper(i):
            return 1 // i

        def work(i):
            x = i - 1
            return helper(x)


        # Lines here = in the cell: 6-7=2
    """).sweep(3)
    failure = stage.status().failures[0]
    assert failure["module_lines"] == [7, 3]
    # the helper is not part of the cell, the call of it is
    assert failure["cell_line"] == 3
    assert "line 3 of the cell" in api.failure_text(api.attach("work", stage.folder).refresh())


@pytest.mark.parametrize("error", ["KeyError('carrier')", "FileNotFoundError('weights.csv')"])
def test_a_custom_reducer_that_raises_tells_its_own_traceback(stage, error):
    stage.module(f"""
        def work(i):
            return i

        def merge(results):
            total = sum(results)
            raise {error}
    """).sweep(4)
    stage.contract('[reduce]\nfunction = "stages/work.py:merge"\n', reducer="custom", notes="sums")
    status = stage.status()
    assert (status.state, status.finished) == ("failed", 4)
    assert "the reducer's function raised" in status.message
    assert "in merge" in status.message
    assert error.split("(")[0] in status.message
    assert "jupyter_agilab/reduce" not in status.message
    stage.module("""
        def work(i):
            return i

        def merge(results):
            return {"total": sum(results)}
    """)
    assert json.loads(stage.run().path.read_text()) == {"total": 6}


def test_columns_that_differ_are_told_with_the_inputs_of_both_partitions(stage):
    """The message once named them by number and id only, which say nothing about which file to look at."""
    stage.module("def work(i):\n    return {'a': i} if i < 2 else {'b': i}\n").sweep(3)
    stage.contract(reducer="concat-csv", output="artifacts/work.csv")
    message = stage.status().message
    assert "Compared with partition 0 (i=0), partition 2 (i=2) lacks 'a' and has 'b' besides" in message
