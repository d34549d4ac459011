"""The journal: appended only, read while it is written, declared in one place."""

import ast
import json
import os
import random
import re
import shutil
import signal
import time
from pathlib import Path
from typing import ClassVar

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab import api
from jupyter_agilab.run import event_schema
from jupyter_agilab.run.event_schema import (
    BEAT_WORKER,
    COMMON,
    EVENTS,
    SCHEMA_FILE,
    is_sound,
    json_schema,
    schema_text,
)
from jupyter_agilab.run.events import EventReader, EventWriter, read_events
from jupyter_agilab.run.workflow_events import WORKFLOW_EVENTS

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "jupyter_agilab/run"
DECLARED = {event.name: event for event in EVENTS}


def line(number: int, **fields: object) -> bytes:
    return json.dumps({"v": 1, "t": float(number), "type": "x", "n": number, **fields}).encode() + b"\n"


def numbers(events) -> list[int]:
    return [event["n"] for event in events]


class TestReader:
    def test_each_event_is_given_once(self, tmp_path):
        path = tmp_path / "events.jsonl"
        reader = EventReader(path)
        assert list(reader.read()) == []
        writer = EventWriter(path)
        writer.emit("x", n=1)
        assert numbers(reader.read()) == [1]
        writer.emit("x", n=2)
        writer.emit("x", n=3)
        assert numbers(reader.read()) == [2, 3]
        assert list(reader.read()) == []
        writer.close()

    def test_a_torn_last_line_is_left_for_later(self, tmp_path):
        path = tmp_path / "events.jsonl"
        path.write_bytes(line(1) + line(2)[:20])
        reader = EventReader(path)
        assert numbers(reader.read()) == [1]
        with path.open("ab") as file:
            file.write(line(2)[20:])
        assert numbers(reader.read()) == [2]

    @pytest.mark.parametrize(
        "damage",
        [
            b"\xff\xfe\n",
            b"[1]\n",
            b'"x"\n',
            b"null\n",
            b"\n\n",
            b'{"v":2,"t":1,"type":"new"}\n',
            b'{"v":true,"t":1,"type":"x"}\n',
            b'{"v":1,"type":"x"}\n',
            b'{"v":1,"t":"1","type":"x"}\n',
            b'{"v":1,"t":NaN,"type":"x"}\n',
            b'{"v":1,"t":1,"type":["x"]}\n',
            b'{"v":1,"t":1}\n',
            b'{"v":1,"t":1,"type":"reduce.started"}\n',
            b'{"v":1,"t":1,"type":"reduce.progress","merged":"1","partitions":2}\n',
            b'{"v":1,"t":1,"type":"run.beat","workers":[{"worker":"a"}]}\n',
            b'{"v":1,"t":1,"type":"worker.lost","worker":"a","cause":null}\n',
            b'{"v":1,"t":1,"type":"task.started","task":1,"attempt":1,"partitions":1,"first":0,"indexes":"0-"}\n',
            b"[" * 100_000 + b"\n",
        ],
    )
    def test_damage_and_newer_versions_are_passed_over(self, tmp_path, damage):
        path = tmp_path / "events.jsonl"
        path.write_bytes(damage + line(1) + damage + line(2))
        assert numbers(read_events(path)) == [1, 2]

    def test_unknown_events_and_fields_are_given(self, tmp_path):
        path = tmp_path / "events.jsonl"
        path.write_bytes(line(1) + b'{"v":1,"t":2,"type":"reduce.started","reducer":"sum","more":1}\n')
        assert [event.get("more") for event in read_events(path)] == [None, 1]

    def test_a_file_that_is_cut_and_goes_on_gives_what_is_new(self, tmp_path):
        path = tmp_path / "events.jsonl"
        path.write_bytes(b"".join(map(line, range(10))))
        reader = EventReader(path)
        assert numbers(reader.read()) == list(range(10))
        os.truncate(path, 200)
        assert numbers(reader.read()) == []
        with path.open("ab") as file:
            file.write(b"\n" + line(11) + line(12))
        assert numbers(reader.read()) == [11, 12]
        path.write_bytes(b"")
        assert numbers(reader.read()) == []
        path.write_bytes(line(13))
        assert numbers(reader.read()) == [13]

    def test_a_file_that_is_replaced_by_a_copy_goes_on(self, tmp_path):
        path = tmp_path / "events.jsonl"
        path.write_bytes(line(1) + line(2))
        reader = EventReader(path)
        assert numbers(reader.read()) == [1, 2]
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)
        with path.open("ab") as file:
            file.write(line(3))
        assert numbers(reader.read()) == [3]

    def test_a_file_that_is_replaced_by_another_gives_what_is_later(self, tmp_path):
        path = tmp_path / "events.jsonl"
        path.write_bytes(b"".join(map(line, range(5))))
        reader = EventReader(path)
        assert len(list(reader.read())) == 5
        path.write_bytes(b"# another file, and a longer one\n" * 20 + line(3) + line(7))
        assert numbers(reader.read()) == [7]

    def test_what_is_no_file_has_no_events(self, tmp_path):
        (tmp_path / "folder").mkdir()
        (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        for name in ("folder", "dangling", "loop", "nothing", "folder/below", "dangling/below"):
            assert list(read_events(tmp_path / name)) == []

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(1, 120), min_size=1, max_size=30))
    def test_whatever_the_pieces_each_event_comes_once(self, tmp_path_factory, pieces):
        path = tmp_path_factory.mktemp("journal") / "events.jsonl"
        data = b"".join(map(line, range(12)))
        reader, found, start = EventReader(path), [], 0
        with path.open("ab", buffering=0) as file:
            for size in [*pieces, len(data)]:
                file.write(data[start : start + size])
                start += size
                found += numbers(reader.read())
        assert found == list(range(12))

    def test_flipped_bits_never_raise_and_what_is_read_is_sound(self, tmp_path):
        path = tmp_path / "events.jsonl"
        sample = {
            "integer": 7,
            "number": 1.5,
            "text": "x",
            "boolean": True,
            "indexes": "0-3,7",
            "list of integers": [1, 2],
            "list of texts": ["a", "b"],
            "list of workers": [{"worker": "a", "partition": 3, "since": 1.0}],
        }
        writer = EventWriter(path)
        for event in EVENTS:
            writer.emit(
                event.name,
                **{
                    f.name: f.values[0] if f.values else sample[f.type.removesuffix(" or null")]
                    for f in event.fields
                },
            )
        writer.close()
        whole = path.read_bytes()
        assert len(list(read_events(path))) == len(EVENTS)
        chance = random.Random(7)
        for _ in range(400):
            damaged = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            path.write_bytes(damaged)
            for event in read_events(path):
                assert is_sound(event)


class TestSchema:
    def test_the_published_file_is_what_the_declaration_gives(self):
        assert SCHEMA_FILE.read_text("utf-8") == schema_text()
        jsonschema.Draft202012Validator.check_schema(json_schema())

    def test_the_page_says_what_is_declared(self):
        text = (REPOSITORY / "docs/reference/events.md").read_text("utf-8")
        told = {}
        for part in re.split(r"\n##+ ", text)[1:]:
            name, _, body = part.partition("\n")
            rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \| (yes|no) \| (.+?) \|$", body, flags=re.MULTILINE)
            if rows:
                told[name] = [(field, kind, always == "yes") for field, kind, always, _ in rows]
                meanings = [meaning for *_, meaning in rows]
                assert all(meanings)
                for field, meaning in zip(_fields(name), meanings, strict=True):
                    assert meaning.startswith(field.text)
        declared = {event.name: event.fields for event in EVENTS}
        declared |= {"Every event": COMMON, "Worker of a heartbeat": BEAT_WORKER}
        assert told == {
            name: [(field.name, field.type, field.always) for field in fields]
            for name, fields in declared.items()
        }
        for event in EVENTS:
            assert f"## {event.name}\n\n{event.text}\n" in text

    def test_every_event_that_the_code_emits_is_declared(self):
        found = {}
        for path in (*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "workflow/running").glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in {"emit", "_emit", "on_event", "_on_event"} and isinstance(
                    node.args[0], ast.Constant
                ):
                    found.setdefault(node.args[0].value, set()).update(
                        keyword.arg for keyword in node.keywords if keyword.arg
                    )
        # runners tell the loop so; it becomes `task.started`
        assert found.pop("task.taken") == {"task", "worker"}
        assert set(found) == set(DECLARED)
        for name, fields in found.items():
            assert fields <= {field.name for field in DECLARED[name].fields}, name


def _fields(name: str):
    if name in DECLARED:
        return DECLARED[name].fields
    return COMMON if name == "Every event" else BEAT_WORKER


def journal(run_dir: str) -> list[dict]:
    return [json.loads(text) for text in (Path(run_dir) / "events.jsonl").read_text("utf-8").splitlines()]


class TestRealJournals:
    """Runs of each kind: what they write is declared, and what is declared is written by some of them."""

    seen: ClassVar[dict[str, set[str]]] = {}

    def check(self, run_dir: str, *kinds: str) -> None:
        events = journal(run_dir)
        validator = jsonschema.Draft202012Validator(json_schema())
        for event in events:
            validator.validate(event)
            assert is_sound(event)
            declared = {field.name for field in (*COMMON, *DECLARED[event["type"]].fields)}
            assert set(event) <= declared, event
            self.seen.setdefault(event["type"], set()).update(event)
            for worker in event.get("workers", ()):
                assert set(worker) <= {field.name for field in BEAT_WORKER}
                self.seen.setdefault("beat", set()).update(worker)
        assert list(read_events(Path(run_dir) / "events.jsonl")) == events
        assert {event["type"] for event in events} >= set(kinds)
        assert [event["t"] for event in events] == sorted(event["t"] for event in events)

    @pytest.mark.parametrize("backend", ["local", "pool", "threads", "dask"])
    def test_a_run_that_finishes(self, stage, backend):
        stage.module("import time\ndef work(i):\n    time.sleep(0.2)\n    return i\n").sweep(12)
        if backend == "threads":
            stage.contract('[execution]\npool = "threads"\n', backend="pool")
        status = stage.status(**({} if backend == "threads" else {"backend": backend}), batch_size=1)
        assert status.state == "finished"
        self.check(
            status.run_dir, "run.started", "worker.joined", "task.started", "task.finished", "run.ended"
        )

    def test_a_run_whose_partitions_fail(self, stage):
        stage.module("def work(i):\n    if i % 3 == 0:\n        raise ValueError(i)\n    return i\n").sweep(9)
        stage.contract('[execution]\non_failure = "finish"\nretries = 1\n')
        status = stage.status(backend="pool", batch_size=1)
        self.check(status.run_dir, "partition.failed", "reduce.started", "run.ended")

    def test_a_run_that_loses_workers(self, stage):
        stage.module(
            "import os, time\n"
            "def work(i):\n"
            "    time.sleep(0.1)\n"
            "    if i == 3:\n"
            "        os._exit(7)\n"
            "    return i\n"
        )
        stage.sweep(20)
        status = stage.status(backend="pool", batch_size=1)
        assert status.state == "failed"
        self.check(status.run_dir, "worker.lost", "task.lost", "partition.failed", "run.ended")

    def test_a_run_that_is_stopped_and_one_that_is_killed(self, stage):
        stage.module("import time\ndef work(i):\n    time.sleep(0.05)\n    return i\n").sweep(400)
        watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
        while watch.refresh().finished < 5:
            time.sleep(0.02)
        assert api.stop(watch.status.run_dir).state == "stopped"
        watch.wait(timeout_s=20)
        self.check(watch.status.run_dir, "run.ended")
        watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
        while watch.refresh().finished < 3:
            time.sleep(0.02)
        os.kill(watch._driver.pid, signal.SIGKILL)
        assert watch.wait(timeout_s=20).state == "interrupted"
        self.check(watch.status.run_dir, "run.started", "task.finished")

    def test_a_reducer_that_takes_its_time(self, stage):
        stage.module(
            "import time\ndef work(i):\n    return i\n"
            "def merge(results):\n"
            "    total = 0\n"
            "    for each in results:\n"
            "        time.sleep(0.1)\n"
            "        total += each\n"
            "    return total\n"
        ).sweep(12)
        stage.contract(
            '[reduce]\nfunction = "stages/work.py:merge"\n', reducer="custom", output="artifacts/a.json"
        )
        status = stage.status()
        assert status.state == "finished", status.message
        self.check(status.run_dir, "reduce.started", "reduce.progress")

    def test_all_that_is_declared_was_seen(self):
        # those of workflows are seen by tests/workflow/running
        of_runs = [event for event in EVENTS if event not in WORKFLOW_EVENTS]
        if set(self.seen) - {"beat"} != {event.name for event in of_runs}:
            pytest.skip("platform: the other tests of this class did not all run in this process")
        for event in of_runs:
            assert {field.name for field in event.fields} <= self.seen[event.name], event.name
        assert {field.name for field in BEAT_WORKER} <= self.seen["beat"]


def test_the_version_is_the_writers(tmp_path):
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.emit("x")
    writer.close()
    assert journal(str(tmp_path))[0]["v"] == event_schema.VERSION
