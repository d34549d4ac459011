"""What reaches a terminal: lines that fit, characters that it has, progress that a person can follow."""

import errno
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_agilab.cli import progress as progress_module
from jupyter_agilab.cli.progress import Progress
from jupyter_agilab.cli.terminal import Terminal, encodable, json_text, width_of
from jupyter_agilab.run.watch import RunStatus

ROOT = Path(__file__).parents[2]


class Stream(io.StringIO):
    """A stream that says what it is."""

    def __init__(self, *, tty: bool = False, encoding: str = "utf-8") -> None:
        super().__init__()
        self._tty = tty
        self._encoding = encoding

    @property
    def encoding(self):
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


def status(**changes) -> RunStatus:
    made = RunStatus(run_id="r", stage="work", run_dir="/r", state="running", partitions=10)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "été █░… ☃"),
        ("ascii", "\\xe9t\\xe9 #.~ \\u2603"),
        ("latin-1", "été #.~ \\u2603"),
        ("cp437", "été █░\\u2026 \\u2603"),
    ],
)
def test_characters_that_an_encoding_does_not_have(encoding, text):
    given = encodable("été █░… ☃", Stream(encoding=encoding))
    if encoding == "cp437":
        # one that is missing is enough: all of ours are drawn plainly
        text = "été #.~ \\u2603"
    assert given == text
    assert given.encode(encoding)


@pytest.mark.parametrize(("columns", "width"), [("", 100), ("132", 132), ("10", 40), ("-3", 100), ("x", 100)])
def test_width_where_no_terminal_tells(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert width_of(Stream()) == width


def test_json_is_strict_and_ascii():
    text = json_text({"a": [float("nan"), float("inf"), -float("inf")], "é": 1.5, "p": Path("x")})
    assert text.isascii()
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": ["NaN", "Infinity", "-Infinity"],
        "é": 1.5,
        "p": "x",
    }


@pytest.mark.parametrize("items", [[], [{"b": 1}], [{"b": number} for number in range(3)]])
@pytest.mark.parametrize("head", [{}, {"a": 1}, {"a": {"x": []}, "c": "}"}])
def test_a_streamed_list_is_the_same_document(capsys, head, items):
    Terminal(as_json=True).answer_with_list(head, "items", iter(items))
    assert json.loads(capsys.readouterr().out) == {**head, "items": items}
    Terminal().answer_with_list(head, "items", iter(items))
    assert capsys.readouterr().out == ""


def test_a_live_line_is_written_over(monkeypatch):
    stream = Stream(tty=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "80")
    shown = Progress(Terminal())
    shown(status(finished=3, elapsed_s=1.0, rate=3.0, remaining_s=2.0))
    shown(status(finished=9))
    shown.close()
    shown.close()
    text = stream.getvalue()
    first, second = text.split("\r")[1:]
    assert "3 of 10 partitions" in first
    assert second.startswith("work  ")
    assert second.endswith("\n")
    # the shorter second line covers the whole first one
    assert len(second.rstrip("\n")) >= len(first)
    assert len(first) < 80
    assert "\x1b" not in text


def test_plain_lines_come_now_and_then(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: clock[0])
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    shown = Progress(Terminal())
    for second in range(61):
        clock[0] = 100.0 + second
        shown(status(finished=second // 10, elapsed_s=float(second)))
    lines = stream.getvalue().split("\n")[:-1]
    assert len(lines) == 12
    assert "6 of 10 partitions" in lines[-1]
    # a run of hours is told of once a minute
    for second in range(3600):
        clock[0] = 20_000.0 + second
        shown(status(finished=7, elapsed_s=20_000.0 + second))
    assert len(stream.getvalue().split("\n")) - 1 - 12 == 60


@pytest.mark.parametrize("options", [{"quiet": True}, {"as_json": True}])
@pytest.mark.parametrize("tty", [True, False])
def test_nothing_is_shown_where_nothing_is_wanted(monkeypatch, options, tty):
    stream = Stream(tty=tty)
    monkeypatch.setattr(sys, "stderr", stream)
    shown = Progress(Terminal(as_json=options.get("as_json", False)), quiet=options.get("quiet", False))
    shown._told -= 1000
    shown(status(finished=3))
    shown.close()
    # a person at a terminal still sees the line while stdout goes to a file
    assert bool(stream.getvalue()) == (tty and "as_json" in options)


def read_pty(descriptor: int, process: subprocess.Popen, seconds: float = 40) -> str:
    """Read what a process writes to its terminal until it has ended."""
    taken = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready, _, _ = select.select([descriptor], [], [], 0.1)
        if ready:
            try:
                taken += os.read(descriptor, 65536)
            except OSError as error:
                if error.errno == errno.EIO:
                    break
                raise
        elif process.poll() is not None:
            break
    return taken.decode()


def test_a_run_in_a_real_terminal(stage):
    stage.slow(30, 0.05).contract(backend="pool")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_agilab", "run", "work"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "90"},
    )
    os.close(theirs)
    text = read_pty(ours, process)
    os.close(ours)
    assert process.wait(20) == 0
    drawn = [line for line in re.split(r"[\r\n]+", text) if line.startswith("work  ") and "of 30" in line]
    done = [int(match[1]) for line in drawn if (match := re.search(r"(?<!merging )\b(\d+) of 30", line))]
    assert done == sorted(done)
    assert done[-1] == 30
    assert len(set(done)) > 3
    assert all(len(line.rstrip()) < 90 for line in drawn)
    assert any("2 workers" in line for line in drawn)
    assert "work: 30 records" in text


def test_a_terminal_that_has_only_ascii(stage, start):
    stage.squares(30)
    answer = start("plan", "work", PYTHONIOENCODING="ascii").answer()
    assert answer.code == 0
    assert "####" in answer.out
    assert answer.out.isascii()


@pytest.mark.parametrize("columns", [60, 79, 100, 200])
def test_nothing_is_wider_than_the_terminal(stage, agilab, monkeypatch, columns):
    stage.squares(2000)
    monkeypatch.setenv("COLUMNS", str(columns))
    answers = [
        agilab("check", "work"),
        agilab("plan", "work"),
        agilab("trial", "work"),
        agilab("run", "work"),
    ]
    answers += [agilab("runs"), agilab("plan", "nothing"), agilab("attach", "nothing")]
    for answer in answers:
        for line in (answer.out + answer.err).split("\n"):
            assert len(line) <= columns, line
