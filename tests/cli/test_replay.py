"""``replay``: one partition again, with the debugger where there is a terminal."""

import os
import sys
import time
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
RAISES = """
    import statistics

    def helper(values):
        return statistics.mean(values)

    def work(i):
        print("printed", i)
        values = [] if i == 2 else [i]
        return {"mean": helper(values)}


    # Lines here = in the cell: 7-10=2
"""


@pytest.fixture
def failed(stage, agilab):
    """Give the stage after a run in which the partition 2 failed, in a library below its helper."""
    stage.sweep(4).module(RAISES).contract('[execution]\non_failure = "finish"\n')
    assert agilab("run", "work", "--quiet").code == 1
    return stage


def test_the_first_failed_partition_is_run_again(failed, start):
    answer = start("replay", "work").answer()
    assert answer.code == 1
    assert answer.out.startswith("printed 2\nreplay of partition 2 (i=2) of run ")
    assert "it failed: StatisticsError: mean requires" in answer.out
    assert "The cell, line 5, in work (stages/work.py, line 10)" in answer.out
    assert "replay.py" not in answer.out
    assert answer.out.rstrip().endswith("data point")


def test_as_json(failed, agilab, conforms):
    answer = agilab("replay", "work", 2, "--json")
    assert answer.code == 1
    conforms(answer.json, "replay")
    assert answer.json["output"] == "printed 2\n"
    assert answer.json["failure"]["error_type"] == "StatisticsError"
    good = agilab("replay", "work", 3, "--json")
    assert good.code == 0
    conforms(good.json, "replay")
    assert good.json["preview"] == '{"mean":3}'


def test_the_causes_of_a_run_as_json(failed, agilab, conforms):
    told = agilab("attach", "work", "--json").json
    conforms(told, "run")
    (cause,) = told["causes"]
    conforms(cause, "cause")
    assert (cause["where"], cause["partition_count"]) == ("line 5 of the cell", 1)
    assert cause["source_line"] == "return statistics.mean(values)"


def test_the_end_of_a_run_says_how_to_look_at_a_failure(failed, agilab):
    told = agilab("attach", "work").err
    assert "jupyter agilab replay " in told
    command = next(line for line in told.split("\n") if "jupyter agilab replay" in line)
    run, partition = command.rpartition("replay ")[2].split()
    assert agilab("replay", run, partition, "--json").json["index"] == 2


def test_a_correction_is_checked_with_the_present_code(failed, agilab):
    failed.module(RAISES.replace("[] if", "[1] if"))
    assert agilab("replay", "work", 2, "--json").code == 1
    answer = agilab("replay", "work", 2, "--current", "--json")
    assert (answer.code, answer.json["is_current"]) == (0, True)


def test_a_partition_that_is_not_there(failed, agilab):
    answer = agilab("replay", "work", 4)
    assert answer.code == 2
    assert "has no partition '4'" in answer.err
    assert "0 to 3" in answer.err


def test_the_debugger_needs_a_terminal(failed, agilab, start):
    for answer in (agilab("replay", "work", 2, "--pdb", "--json"), start("replay", "work", "--pdb").answer()):
        assert answer.code == 2
        assert "needs a terminal" in answer.err


def test_ctrl_c_shows_where_a_partition_hangs(stage, start, agilab, wait_for):
    stage.sweep(3).contract('[execution]\ntimeout_s = 1\non_failure = "finish"\n', backend="pool")
    stage.module("""
        import time
        from pathlib import Path

        def work(i):
            if i == 1:
                Path(f"here-{time.time()}").touch()
                time.sleep(300)
            return i
    """)
    assert agilab("run", "work", "--quiet").code == 1
    seen = set(stage.folder.glob("here-*"))
    process = start("replay", "work")
    wait_for(lambda: set(stage.folder.glob("here-*")) - seen, "the partition's start")
    process.interrupt()
    answer = process.answer()
    assert answer.code == 1
    assert 'File "stages/work.py", line 8, in work' in answer.out
    assert "KeyboardInterrupt" in answer.out
    assert "it failed: PartitionTimeout" in answer.out


def test_the_debugger_starts_on_the_authors_line(failed):
    """The error is raised in a library, and the function called by us: the reader wants to be in neither."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "jupyter_agilab", "replay", "work", "--pdb"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 200),
    )
    try:
        terminal.expect(r"\(Pdb\) ")
        assert "The cell, line 5, in work (stages/work.py, line 10)" in terminal.before
        assert "The debugger is at line 5 of the cell" in terminal.before
        assert "-> return statistics.mean(values)" in terminal.before
        for command, expected in (
            ("p values", r"\[\]"),
            ("u", r"-> return \{.mean.: helper\(values\)\}"),
            ("p i", "2"),
            # there is nothing of ours above
            ("u", "Oldest frame"),
            ("d", "-> return statistics.mean"),
            ("d", "statistics.py"),
        ):
            terminal.sendline(command)
            terminal.expect(expected)
            terminal.expect(r"\(Pdb\) ")
        terminal.sendline("q")
        terminal.expect("it failed")
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close()
    deadline = time.monotonic() + 5
    while terminal.isalive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert terminal.exitstatus == 1
