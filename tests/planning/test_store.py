from __future__ import annotations

import dataclasses
import datetime
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.cli.terminal import json_text
from jupyter_agilab.dated_json import tagged
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.parameter_sets import GridSets, SetPartitions, axis_of
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan_json import partition_json, partition_texts, plan_json
from jupyter_agilab.planning.store import read_plan, write_plan

GRID = """
lr = [0.1, nan, inf]
day = [2024-02-29, 2024-03-01]
at = 2024-01-01T10:00:00+02:00
time = 10:00:00
options = { a = [1, { b = "ü" }] }
none = "x"
"""


@pytest.fixture
def plans(contract, files, tmp_path):
    folder = files(3, rows=300)
    (folder / "grid.toml").write_text(GRID)
    sweep = {"split": "parameter-sweep", "input": "grid.toml", "partition_strategy": "parameter-items"}
    return {
        "chunks": make_plan(contract(target_partitions=20), folder, cores=3),
        "files": make_plan(contract(partition_strategy="one-file-per-partition"), folder, cores=8),
        "sweep": make_plan(contract(**sweep), folder, cores=4),
        "nothing": make_plan(contract(input="*.none"), folder, cores=4),
    }


def same(value: object, other: object) -> bool:
    return repr(value) == repr(other)  # NaN is there, and equal to nothing


@pytest.mark.parametrize("name", ["chunks", "files", "sweep", "nothing"])
def test_what_is_written_is_read(plans, tmp_path, name) -> None:
    plan = plans[name]
    write_plan(plan, tmp_path)
    found = read_plan(tmp_path)
    assert same(list(found.partitions), list(plan.partitions))
    assert list(found.workers) == list(plan.workers)
    for field in dataclasses.fields(plan):
        if field.name not in {"partitions", "workers"}:
            assert getattr(found, field.name) == getattr(plan, field.name), field.name
    assert found.partition_count == plan.partition_count
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "plan"))) == [
        "plan.json",
        "plan.jsonl",
    ]


@pytest.mark.parametrize("grid", [GRID, "lr = [1, 1, 2, 1]\nseed = [0, 0]", 'lr = [0.1]\nname = ["ü", ""]'])
def test_sets_are_written_as_their_partitions_would_be(contract, tmp_path, grid) -> None:
    (tmp_path / "grid.toml").write_text(grid)
    sweep = {"split": "parameter-sweep", "input": "grid.toml", "partition_strategy": "parameter-items"}
    plan = make_plan(contract(**sweep), tmp_path, cores=4)
    for name, partitions in (("sets", plan.partitions), ("made", tuple(plan.partitions))):
        (tmp_path / name).mkdir()
        write_plan(dataclasses.replace(plan, partitions=partitions), tmp_path / name)
    for file in ("plan.json", "plan.jsonl"):
        assert (tmp_path / "sets" / file).read_bytes() == (tmp_path / "made" / file).read_bytes()
    lines = (tmp_path / "sets/plan.jsonl").read_text().splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == len(plan.workers)


@pytest.mark.parametrize("name", ["chunks", "files", "sweep", "nothing"])
def test_the_texts_of_partitions_are_their_json(plans, name) -> None:
    plan = plans[name]
    expected = [
        json.loads(json_text(partition_json(partition, worker)))
        for partition, worker in zip(plan.partitions, plan.workers, strict=True)
    ]
    texts = list(partition_texts(plan))
    assert [json.loads(text) for text in texts] == expected
    assert all("\n" not in text and text.isascii() for text in texts)
    assert [list(json.loads(text)) for text in texts] == [list(each) for each in expected]


values = st.one_of(
    st.integers(), st.floats(), st.text(max_size=5), st.booleans(), st.none(), st.dates(),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_grid_is_written_as_its_partitions_would_be(data) -> None:
    """Zipped names, constants, names in any order, values of any kind: without making the sets."""
    names = data.draw(st.lists(st.text(max_size=3), min_size=1, max_size=6, unique=True))
    left, axes, constants = list(names), [], {}
    while left:
        width = data.draw(st.integers(0, min(2, len(left))))
        if width == 0:
            constants[left.pop(0)] = data.draw(values)
            continue
        taken, left = left[:width], left[width:]
        rows = data.draw(st.lists(st.tuples(*[values] * width), min_size=1, max_size=3))
        axes.append(axis_of(taken, rows))
    sets = GridSets(data.draw(st.permutations(names)), axes, constants)
    partitions = SetPartitions(sets)
    spaced = json.JSONEncoder(default=tagged).encode
    quick = list(partitions.set_texts(spaced, ", "))
    assert quick == [(each.id, spaced(each.parameters)) for each in partitions]


def test_dates_stay_dates(plans, tmp_path) -> None:
    write_plan(plans["sweep"], tmp_path)
    parameters = read_plan(tmp_path).partitions[1].parameters
    assert parameters["day"] == datetime.date(2024, 3, 1)
    assert parameters["at"] == datetime.datetime.fromisoformat("2024-01-01T10:00:00+02:00")
    assert parameters["time"] == datetime.time(10)
    assert list(parameters) == ["lr", "day", "at", "time", "options", "none"]


def test_windows(plans, tmp_path) -> None:
    plan = plans["chunks"]
    write_plan(plan, tmp_path)
    found, listed = read_plan(tmp_path), list(plan.partitions)
    for window in [
        slice(3, 9),
        slice(0, 1),
        slice(-2, None),
        slice(None, None, 5),
        slice(9, 3),
        slice(None, None, -1),
    ]:
        assert found.partitions[window] == listed[window]
        assert found.workers[window] == list(plan.workers[window])
    assert found.partitions[7] == listed[7]
    assert found.partitions[-1] == listed[-1]
    assert found.workers[-1] == plan.workers[-1]
    with pytest.raises(IndexError):
        found.partitions[20]
    # two walks at once do not disturb each other
    assert [(a, b) for a, b in zip(found.partitions, found.partitions, strict=True)] == [
        (p, p) for p in listed
    ]


def test_json_is_stable(plans) -> None:
    value = plan_json(plans["chunks"], partitions=True)
    assert list(value) == [
        "effective_workers",
        "planned_partitions",
        "partition_count",
        "useful_workers",
        "findings",
        "estimate",
        "partitions",
    ]
    assert (value["effective_workers"], value["planned_partitions"], value["partition_count"]) == (3, 20, 20)
    assert list(value["partitions"][0]) == ["id", "source", "start", "stop", "part", "weight", "worker"]
    assert list(value["findings"][0]) == [
        "code", "level", "severity", "key", "path", "cell", "line", "column", "message", "hint",
    ]  # fmt: skip
    assert "partitions" not in plan_json(plans["chunks"], partitions=False)
    sweep = plans["sweep"]
    entry = partition_json(sweep.partitions[2], sweep.workers[2])
    assert list(entry) == ["id", "source", "parameters", "weight", "worker"]
    assert entry["parameters"]["lr"] == "NaN"
    assert entry["parameters"]["day"] == "2024-02-29"
    assert partition_json(sweep.partitions[4], 0)["parameters"]["lr"] == "Infinity"
    json.dumps(plan_json(sweep, partitions=True), allow_nan=False)


def test_writing_again_replaces(plans, tmp_path) -> None:
    write_plan(plans["chunks"], tmp_path)
    write_plan(plans["files"], tmp_path)
    assert list(read_plan(tmp_path).partitions) == list(plans["files"].partitions)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "plan.json").unlink(), "No such file"),
        (lambda folder: (folder / "plan.jsonl").unlink(), "plan.jsonl is missing"),
        (lambda folder: (folder / "plan.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "plan.json").write_text('{"schema": "other"}'), "its schema is 'other'"),
        (lambda folder: (folder / "plan.json").write_text("[]"), "cannot be read"),
    ],
)
def test_damaged_plans_are_refused(plans, tmp_path, damage, told) -> None:
    write_plan(plans["chunks"], tmp_path)
    damage(tmp_path)
    with pytest.raises(PlanError, match=told):
        read_plan(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-10],
        lambda data: b"".join(data.splitlines(keepends=True)[:-1]),
        lambda data: data.replace(b'"weight":', b'"weighs":', 1),
        lambda data: b"".join(data.splitlines(keepends=True)[::-1]),
        lambda data: data[:100] + bytes([data[100] ^ 4]) + data[101:],
        lambda data: b"",
    ],
    ids=["cut", "line-gone", "edited", "reversed", "bit-flipped", "empty"],
)
def test_lines_that_are_not_as_they_were_written_are_seen(plans, tmp_path, damage) -> None:
    write_plan(plans["chunks"], tmp_path)
    lines = tmp_path / "plan.jsonl"
    lines.write_bytes(damage(lines.read_bytes()))
    found = read_plan(tmp_path).partitions
    for look in (list, lambda partitions: partitions[5], lambda partitions: partitions[2:7]):
        with pytest.raises(ValueError, match="is not as it was written"):
            look(found)


def test_only_the_blocks_that_are_read_are_checked_and_each_is(contract, tmp_path) -> None:
    """A worker reads its own partitions, some thousands from the beginning."""
    (tmp_path / "grid.json").write_text(json.dumps({"a": list(range(1000))}))
    plan = make_plan(contract(split="parameter-sweep", input="grid.json"), tmp_path)
    write_plan(plan, tmp_path)
    lines = tmp_path / "plan.jsonl"
    whole = lines.read_bytes().splitlines(keepends=True)
    for start, stop in ((0, 1000), (255, 257), (256, 512), (999, 1000), (700, 701), (0, 0), (10, 300)):
        wanted = [{"a": index} for index in range(start, stop)]
        stored = read_plan(tmp_path).partitions[start:stop]
        assert [partition.parameters for partition in stored] == wanted
        assert [partition.index for partition in stored] == list(range(start, stop))
    lines.write_bytes(b"".join([*whole[:600], whole[600].replace(b"600", b"601"), *whole[601:]]))
    stored = read_plan(tmp_path).partitions
    assert stored[511].parameters == {"a": 511}
    assert stored[768].parameters == {"a": 768}
    with pytest.raises(ValueError, match="is not as it was written"):
        stored[599]


PROGRAM = """
import json, sys, time
from pathlib import Path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.store import read_plan, write_plan
folder = Path(sys.argv[1])
(folder / "grid.json").write_text(json.dumps({"a": list(range(500)), "b": list(range(400)), "c": "constant"}))
contract = Contract(name="s", function="m:f", split="parameter-sweep", input="grid.json", workers=2,
    partition_strategy="parameter-items", target_partitions=0, min_partitions_per_worker=2,
    reducer="collect-json", backend="local", output="o.json")
started = time.process_time()
plan = make_plan(contract, folder)
assert time.process_time() - started < 1
write_plan(plan, folder)
found = read_plan(folder)
count = sum(1 for partition in found.partitions)
assert count == 200_000
assert found.partitions[199_999].parameters == {"a": 499, "b": 399, "c": "constant"}
assert sum(found.workers) == 100_000
# not getrusage: its peak begins with that of the process that started this one
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024, time.process_time() - started)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it")
def test_200_000_partitions_need_little(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    memory_mb, seconds = done.stdout.split()
    assert int(memory_mb) < 200
    assert float(seconds) < 30
