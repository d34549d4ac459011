"""A folder with a stage in it, and the command line called in it."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_agilab.cli import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The document on stdout; fails where stdout holds anything else."""
        return json.loads(self.out)


class Stage:
    """A contract, its module and its input in the current folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "work.parallel_stage.toml"
        self.keys = {
            "schema": "agilab.parallel_stage.v1",
            "name": "work",
            "function": "stages/work.py:work",
            "split": "parameter-sweep",
            "input": "grid.json",
            "workers": 2,
            "partition_strategy": "parameter-items",
            "target_partitions": 0,
            "min_partitions_per_worker": 2,
            "reducer": "concat-jsonl",
            "backend": "local",
            "output": "artifacts/work.jsonl",
        }

    def sweep(self, count: int) -> "Stage":
        (self.folder / "grid.json").write_text(json.dumps({"i": list(range(count))}))
        return self

    def files(self, *texts: str) -> "Stage":
        (self.folder / "data").mkdir(exist_ok=True)
        for number, text in enumerate(texts):
            (self.folder / f"data/{number}.csv").write_text(text)
        return self.contract(split="files", input="data/*.csv", partition_strategy="one-file-per-partition")

    def module(self, text: str) -> "Stage":
        (self.folder / "stages").mkdir(exist_ok=True)
        (self.folder / "stages/work.py").write_text(textwrap.dedent(text))
        return self

    def contract(self, tables: str = "", **keys: object) -> "Stage":
        self.keys |= keys
        lines = [f"{key} = {json.dumps(value)}" for key, value in self.keys.items()]
        self.path.write_text("\n".join(lines) + "\n\n" + textwrap.dedent(tables))
        return self

    def squares(self, count: int = 6) -> "Stage":
        """Write the stage that most tests run: a sweep whose partition i gives its square."""
        return self.sweep(count).module("def work(i):\n    return {'i': i, 'square': i * i}\n").contract()

    def slow(self, count: int = 200, seconds: float = 0.05) -> "Stage":
        """Write a stage that goes on for a while."""
        text = f"import time\n\ndef work(i):\n    time.sleep({seconds})\n    return {{'i': i}}\n"
        return self.sweep(count).module(text).contract()

    @property
    def records(self):
        return [json.loads(line) for line in (self.folder / "artifacts/work.jsonl").read_text().splitlines()]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """Give a stage in an empty current folder; runs that a test left under way are ended."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    yield Stage(tmp_path)
    for manifest in tmp_path.rglob("manifest.json"):
        told = json.loads(manifest.read_bytes())
        if told.get("state") in {"submitted", "running", "reducing"}:
            (manifest.parent / "stop.request").touch()
    _reap()


def _reap() -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for process in list(subprocess._active):
            process.poll()
        if not subprocess._active:
            return
        time.sleep(0.05)


@pytest.fixture
def agilab(capsys):
    """Give ``agilab(*arguments)``: the command in this process."""

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


class Process:
    """The command in a process of its own, with pipes."""

    def __init__(self, arguments: list[str], env: dict[str, str]) -> None:
        # -E would lose PYTHONPATH; warnings of ours must not hide in a child
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_agilab", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            start_new_session=True,
        )

    def interrupt(self) -> None:
        """Press Ctrl-C, which reaches the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def answer(self, timeout: float = 60) -> Answer:
        out, err = self.process.communicate(timeout=timeout)
        return Answer(self.process.returncode, out, err)


@pytest.fixture
def start():
    """Give ``start(*arguments, **env)``: the command in a process of its own, as a terminal starts it."""
    started: list[Process] = []

    def start(*arguments: object, **env: str) -> Process:
        started.append(Process([str(argument) for argument in arguments], env))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


@pytest.fixture
def wait_for():
    """Give ``wait_for(condition)``: wait until it holds, 20 s at most."""

    def wait(condition, what="it"):
        deadline = time.monotonic() + 20
        while not (found := condition()):
            assert time.monotonic() < deadline, f"{what} did not come"
            time.sleep(0.02)
        return found

    return wait


@pytest.fixture
def events(tmp_path):
    """Give ``events(type)``: the events of that type in the journals of all runs."""

    def of(kind: str) -> list[dict]:
        lines = [
            line for path in tmp_path.rglob("events.jsonl") for line in path.read_text().splitlines(True)
        ]
        made = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in made if event["type"] == kind]

    return of


@pytest.fixture(scope="session")
def documents():
    """Give the tables of the reference page of our JSON: document name to {key: type}."""
    text = (ROOT / "docs/reference/json.md").read_text("utf-8")
    found: dict[str, dict[str, str]] = {}
    for part in text.split("\n## ")[1:]:
        name, _, body = part.partition("\n")
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", body, flags=re.MULTILINE)
        found[name.strip().lower()] = dict(rows)
    return found


@pytest.fixture
def conforms(documents):
    """Give ``conforms(value, "check")``: asserts that a document has the keys and types of its table."""

    def matches(value, kind: str) -> bool:
        match kind:
            case "string":
                return isinstance(value, str)
            case "integer":
                return isinstance(value, int) and not isinstance(value, bool)
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "boolean":
                return isinstance(value, bool)
            case "object":
                return isinstance(value, dict)
            case "null":
                return value is None
        if " or " in kind:
            return any(matches(value, part) for part in kind.split(" or "))
        if kind.startswith("array of "):
            return isinstance(value, list) and all(
                matches(item, kind.removeprefix("array of ")) for item in value
            )
        try:
            conforms(value, kind)
        except AssertionError:
            return False
        return True

    def conforms(value, name: str) -> None:
        expected = documents[name]
        assert isinstance(value, dict)
        assert list(value) == list(expected), f"keys of {name}"
        for key, kind in expected.items():
            assert matches(value[key], kind), f"{name}.{key} should be {kind}: {value[key]!r}"

    return conforms
