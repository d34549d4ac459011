"""``logs``: what partitions printed, for people and as JSON."""

import json
import re

import pytest

SAYS = """
    import sys
    def work(i):
        print("did", i)
        print("oh", i, file=sys.stderr)
        if i == 2:
            raise ValueError("no")
        return {"i": i}
"""


@pytest.fixture
def said(stage, agilab):
    """Give the run id of a run with four partitions, of which number 2 failed."""
    stage.sweep(4).module(SAYS).contract('[execution]\non_failure = "finish"\n')
    return agilab("run", "work", "--json").json["run_id"]


def test_lines_stand_below_their_partitions(said, agilab):
    answer = agilab("logs", "work")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        line for i in range(4) for line in (f"partition {i} (i={i}), on worker-0:", f"  did {i}", f"! oh {i}")
    ]
    assert agilab("logs", said).out == answer.out


@pytest.mark.parametrize(
    ("flags", "texts"),
    [
        (["1"], ["did 1", "oh 1"]),
        (["0-1,3", "--stream", "stdout"], ["did 0", "did 1", "did 3"]),
        (["--failed"], ["did 2", "oh 2"]),
        (["--grep", "[13]$"], ["did 1", "oh 1", "did 3", "oh 3"]),
        (["1-2", "--tail", "3"], ["oh 1", "did 2", "oh 2"]),
        (["--grep", "nowhere"], []),
    ],
)
def test_choices(said, agilab, conforms, flags, texts):
    answer = agilab("logs", said, *flags, "--json")
    assert answer.code == 0
    conforms(answer.json, "logs")
    assert [line["text"] for line in answer.json["lines"]] == texts
    assert all(line["described"] == f"i={line['index']}" for line in answer.json["lines"])


def test_a_found_line_names_its_partition(said, agilab):
    answer = agilab("logs", "work", "--grep", "oh 3")
    assert answer.out == "partition 3 (i=3) err: oh 3\n"


def test_the_tail_of_a_run_is_its_newest_lines(said, agilab):
    found = agilab("logs", "work", "--tail", "2", "--json").json["lines"]
    assert [line["text"] for line in found] == ["did 3", "oh 3"]


@pytest.mark.parametrize(
    ("flags", "said_of_it"),
    [
        (["9"], "no partition 9"),
        (["3-1"], "no partition 3-1"),
        (["all"], "'all' names no partitions"),
        (["--grep", "("], "not a regular expression"),
        (["--follow", "--json"], "--follow"),
        (["--tail", "0"], "positive integer"),
        (["--stream", "stdin"], "invalid choice"),
    ],
)
def test_misuse(said, agilab, flags, said_of_it):
    answer = agilab("logs", "work", *flags)
    assert answer.code == 2
    assert said_of_it in answer.err


def test_a_run_that_nobody_knows(stage, agilab):
    assert agilab("logs", "none").code == 2


def test_nothing_printed(stage, agilab):
    stage.squares(2)
    agilab("run", "work")
    answer = agilab("logs", "work")
    assert (answer.code, answer.out, answer.err) == (0, "", "nothing was printed\n")
    assert "no line has 'x'" in agilab("logs", "work", "--grep", "x").err


def test_results_of_earlier_runs_bring_their_logs(stage, agilab):
    stage.sweep(2).module("def work(i):\n    print('did', i)\n    return i\n").contract()
    first = agilab("run", "work", "--json").json["run_id"]
    agilab("run", "work")
    answer = agilab("logs", "work", "1")
    assert answer.out == f"partition 1 (i=1), on worker-0, taken over from run {first}:\n  did 1\n"


def test_control_characters_cannot_steer_the_terminal(stage, agilab):
    text = "def work(i):\n    print('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 5%\\r99%\\x07')\n    return i\n"
    stage.sweep(1).module(text).contract()
    agilab("run", "work")
    assert agilab("logs", "work").out.splitlines()[1] == "  99%\\x07"
    (line,) = agilab("logs", "work", "--json").json["lines"]
    assert line["text"] == "\x1b[31mred\x1b[0m \x1b]0;title\x07 5%\r99%\x07"


def test_following_shows_lines_as_they_come_and_ends_with_the_run(stage, agilab, start, wait_for):
    stage.sweep(2).contract().module("""
        import pathlib, time
        def work(i):
            print("begin", i)
            while not pathlib.Path("go").exists():
                time.sleep(0.01)
            print("end", i)
            return i
    """)
    run = agilab("run", "work", "--detach", "--json").json["run_id"]
    follower = start("logs", run, "--follow")
    first = follower.process.stdout.readline()
    assert first == "partition 0 (i=0) out: begin 0\n"
    (stage.folder / "go").touch()
    answer = follower.answer()
    assert answer.code == 0
    assert re.findall(r"out: (.*)", answer.out) == ["end 0", "begin 1", "end 1"]


def test_json_is_written_as_it_is_read(stage, agilab):
    stage.sweep(1).contract().module(
        "def work(i):\n    for n in range(50_000):\n        print(n)\n    return i\n"
    )
    agilab("run", "work")
    lines = json.loads(agilab("logs", "work", "--json").out)["lines"]
    assert [int(line["text"]) for line in lines] == list(range(50_000))
