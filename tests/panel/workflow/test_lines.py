"""Lines about a workflow's run, and the files of its tasks: counted as they end, with their own text only."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab import Wording, run_with_lines
from jupyter_agilab.panel.workflow.task_logs import file_name
from jupyter_agilab.panel.workflow.wording import Task

CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "stages/{name}.py:{name}"
split = "parameter-sweep"
input = "{input}"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "{backend}"
output = "artifacts/{name}.json"
"""
WORKFLOW = """schema = "agilab.workflow.v1"
name = "flow"
[stages.first]
contract = "first.parallel_stage.toml"
[stages.second]
contract = "second.parallel_stage.toml"
input = "first"
"""
FIRST = "def first(k):\n    print('first', k)\n    return k\n"

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Give ``make(second, grid)``: writes a workflow of two stages, the second one's source as given."""

    def write(second: str, grid: object, backend: str = "pool") -> Path:
        (tmp_path / "stages").mkdir(exist_ok=True)
        (tmp_path / "grid.json").write_text(json.dumps(grid), "utf-8")
        for name, source, fed in (("first", FIRST, "grid.json"), ("second", second, "flow.workflow.toml")):
            (tmp_path / f"stages/{name}.py").write_text(source, "utf-8")
            contract = CONTRACT.format(name=name, input=fed, backend=backend)
            (tmp_path / f"{name}.parallel_stage.toml").write_text(contract, "utf-8")
        path = tmp_path / "flow.workflow.toml"
        path.write_text(WORKFLOW, "utf-8")
        return path

    return write


def test_each_task_is_counted_when_it_ends(make: Make) -> None:
    path = make("def second(first):\n    return 6 / first\n", {"k": [1, 0, 2]})
    lines: list[str] = []
    status = run_with_lines(path, write=lines.append)
    assert status.state == "partial"
    assert lines[0] == "Stage A: first"
    for stage, names in (
        ("first", ["k=1", "k=0", "k=2"]),
        ("second", ["first k=1", "first k=0", "first k=2"]),
    ):
        assert [line for line in lines if line.startswith(f"Submitting {stage} ")] == [
            f"Submitting {stage} for {name}" for name in names
        ]
        told = [line for line in lines if line.startswith(f"{stage}: [")]
        assert [re.findall(r"\[(\d+)/3\]", line) for line in told] == [["1"], ["2"], ["3"]]
        # every task exactly once
        assert sorted(re.findall(r"\((.+)\)$", line)[0] for line in told) == sorted(names)
    (failed,) = [line for line in lines if "FAILED" in line]
    assert re.fullmatch(r"second: \[\d/3\] FAILED: ZeroDivisionError: division by zero \(first k=0\)", failed)
    assert lines[-1] == "flow: 5 of 6 partitions completed, 1 failed"
    assert lines.index("Waiting for 3 partitions of second to complete") > lines.index("Stage B: second")


def test_what_earlier_runs_did_is_not_submitted_again(make: Make) -> None:
    path = make("def second(first):\n    return first\n", {"k": [1, 2]})
    run_with_lines(path, write=lambda line: None)
    (path.parent / "grid.json").write_text(json.dumps({"k": [1, 2, 3]}), "utf-8")
    lines: list[str] = []
    run_with_lines(path, write=lines.append)
    assert "2 partitions of first taken over from earlier runs" in lines
    assert [line for line in lines if line.startswith("Submitting")] == [
        "Submitting first for k=3",
        "Submitting second for first k=3",
    ]
    assert "first: [3/3] completed (k=3)" in lines
    assert lines[-1] == "flow: 6 of 6 partitions completed"


def test_many_tasks_are_told_in_few_lines(make: Make) -> None:
    path = make("def second(first):\n    return first\n", {"k": list(range(600))})
    lines: list[str] = []
    run_with_lines(path, write=lines.append)
    assert "Submitting 600 partitions of first" in lines
    told = [line for line in lines if line.startswith("second: [")]
    assert 5 <= len(told) <= 60
    assert told[-1] == "second: [600/600] completed"


def test_a_project_may_have_its_own_words_and_data_cannot_steer_a_terminal(make: Make) -> None:
    class Words(Wording):
        """Shorter ones."""

        def waiting(self, stage: str, count: int) -> str:
            return ""

        def submitting(self, task: Task) -> str:
            return f"\x1b[2Jgo {task.stage} {[*task.fed_by]}"

        def task_id(self, task: Task) -> str:
            return f"../{task.stage}"

    path = make("def second(first):\n    return first\n", {"k": [7]})
    lines: list[str] = []
    run_with_lines(path, write=lines.append, wording=Words(), logs=path.parent / "logs")
    assert "\\x1b[2Jgo second ['first']" in lines
    assert not any("Waiting" in line or "\x1b" in line for line in lines)
    # names of files stay in their folder
    assert {each.name for each in (path.parent / "logs" / "first").iterdir()} == {
        ".._first.log",
        ".._first.err",
    }


def test_files_hold_the_text_of_their_task_only_though_tasks_run_at_the_same_time(make: Make) -> None:
    second = (
        "import sys, time\n\ndef second(first):\n"
        "    for number in range(20):\n"
        "        print(f'{first} out {number}')\n"
        "        print(f'{first} err {number}', file=sys.stderr)\n"
        "        time.sleep(0.001)\n"
        "    if first % 2:\n        raise ValueError(f'odd {first}')\n"
        "    return first\n"
    )
    path = make(second, {"k": list(range(6))})
    folder = path.parent / "logs"
    run_with_lines(path, write=lambda line: None, logs=str(folder))
    outputs = sorted(each.read_text("utf-8") for each in (folder / "second").glob("*.log"))
    assert outputs == ["".join(f"{k} out {n}\n" for n in range(20)) for k in range(6)]
    errors = sorted(each.read_text("utf-8") for each in (folder / "second").glob("*.err"))
    for k, text in enumerate(errors):
        own = "".join(f"{k} err {n}\n" for n in range(20))
        assert text.startswith(own)
        assert text.removeprefix(own).rstrip().endswith(f"ValueError: odd {k}") == bool(k % 2)
        assert (text == own) == (not k % 2)


def test_the_command_line_tells_the_same(make: Make) -> None:
    path = make("def second(first):\n    return first\n", {"k": [1]})
    command = [
        sys.executable,
        "-m",
        "jupyter_agilab",
        "workflow",
        "run",
        str(path),
        "--lines",
        "--logs",
        "logs",
    ]
    found = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, timeout=120, check=True)
    lines = found.stdout.splitlines()
    assert "first: [1/1] completed (k=1)" in lines
    assert "second: [1/1] completed (first k=1)" in lines
    assert [each.read_text("utf-8") for each in (path.parent / "logs/first").glob("*.log")] == ["first 1\n"]


@given(st.text(max_size=200))
def test_a_name_becomes_a_file_name_that_stays_where_it_is_put(name: str) -> None:
    made = file_name(name)
    assert made
    assert made not in {".", ".."}
    assert "/" not in made
    assert "\\" not in made
    assert made.isascii()
    assert len(made) <= 121
    assert Path(made).name == made
