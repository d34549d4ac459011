"""Each code that planning can tell: an input that makes it be told, and one like it that does not."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import jupyter_agilab
from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.distribution import distribution_of, with_distribution
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.work_plan import work_plan_of

PACKAGE = Path(jupyter_agilab.__file__).parent
ELSEWHERE = {
    # pairs of their own, in this folder's test_findings.py
    *(
        "plan.skew",
        "plan.one-worker",
        "plan.output-matches-input",
        "plan.output-is-input",
        "plan.oversubscribed",
    ),
    *("plan.fewer-workers", "plan.tiny-partitions", "plan.empty-file", "plan.duplicate-sets", "plan.memory"),
    *("plan.input-changed", "plan.skew-in-time", "plan.too-small"),
    # with a web server, in tests/partition/test_remote.py
    "partition.no-version",
}

Input = dict[str, str | bytes]
Case = tuple[Input, dict[str, Any]]

WHOLE = {"partition_strategy": "one-file-per-partition", "workers": 2}
ROWS = {"a.csv": "day,key\n" + "".join(f"2026-01-{day:02},{day % 3}\n" for day in range(1, 29))}
SWEEP = {"split": "parameter-sweep", "partition_strategy": "parameter-items"}


def table(**keys: Any) -> dict[str, Any]:
    return {"partition": PartitionTable(**keys)}


def grouped(by: str, *columns: str, **keys: Any) -> dict[str, Any]:
    return {
        "split": "data-partitions",
        "partition_strategy": "row-chunks",
        "input": "a.csv",
        "workers": 2,
    } | {"partition": PartitionTable(by=by, columns=columns, **keys)}


def sweep(text: str, name: str = "grid.json", **keys: Any) -> Case:
    return {name: text}, {**SWEEP, "input": name, **(table(**keys) if keys else {})}


def listed(text: str) -> Case:
    return {"a.csv": "x\n1\n", "b.csv": "x\n2\n", "list.txt": text}, {**WHOLE, "input": "@list.txt"}


def dates(*days: str) -> Input:
    return {"a.csv": "day,x\n" + "".join(f"{day},1\n" for day in days)}


CSV = {"a.csv": "x,y\n" + "1,2\n" * 400}
CUT = {"partition_strategy": "file-chunks", "workers": 2, "input": "*.csv", "target_partitions": 4}

CASES: dict[str, tuple[Case, Case]] = {
    "partition.backslash-quote": (
        ({"a.csv": "x,y\n" + '"a \\"b\\", c",2\n' * 200}, CUT),
        ({"a.csv": "x,y\n" + '"a ""b"", c",2\n' * 200}, CUT),
    ),
    "partition.columns": ((ROWS, grouped("groups")), (ROWS, grouped("groups", "key"))),
    "partition.columns-without-header": (
        (CSV, {**CUT, **table(columns=("x",), header=False)}),
        (CSV, {**CUT, **table(columns=("x",))}),
    ),
    "partition.empty-buckets": (
        (ROWS, {**grouped("keys", "key"), "target_partitions": 40}),
        (ROWS, {**grouped("keys", "day"), "target_partitions": 2}),
    ),
    "partition.empty-list": (sweep('{"i": [], "j": [1]}'), sweep('{"i": [0], "j": [1]}')),
    "partition.format": (
        (CSV, {**WHOLE, "input": "*.csv", **table(format="cvs")}),
        (CSV, {**WHOLE, "input": "*.csv", **table(format="csv")}),
    ),
    "partition.gaps": (
        (dates("2026-01-01", "2026-01-05"), grouped("dates", "day", period="day")),
        (dates("2026-01-01", "2026-01-02"), grouped("dates", "day", period="day")),
    ),
    "partition.giant-group": (
        ({"a.csv": "k,x\n" + "a,1\n" * 500 + "b,1\nc,1\nd,1\n"}, grouped("groups", "k")),
        ({"a.csv": "k,x\n" + "a,1\nb,1\nc,1\nd,1\n" * 100}, grouped("groups", "k")),
    ),
    "partition.listed-twice": (listed("a.csv\na.csv\n"), listed("a.csv\nb.csv\n")),
    "partition.manifest": (listed("a.csv\nc.csv\n"), listed("a.csv\nb.csv\n")),
    "partition.nan": (sweep("i = [nan, 1.0]", "grid.toml"), sweep("i = [inf, 1.0]", "grid.toml")),
    "partition.no-column": ((ROWS, grouped("groups", "kei")), (ROWS, grouped("groups", "key"))),
    "partition.no-date": (
        (dates("2026-01-01", "yesterday"), grouped("dates", "day", period="day")),
        (dates("2026-01-01", ""), grouped("dates", "day", period="day")),
    ),
    "partition.no-rows": (
        ({"a.csv": "k,x\n"}, grouped("groups", "k")),
        ({"a.csv": "k,x\na,1\n"}, grouped("groups", "k")),
    ),
    "partition.not-grouped": (
        ({"a.bin": b"\0\1\2"}, {**grouped("groups", "k"), "input": "a.bin"}),
        (ROWS, grouped("groups", "key")),
    ),
    "partition.sets": (sweep('{"run": [{"i": 1}, {"i": 2}]}'), sweep('{"run": [{"i": 1}], "j": [1, 2]}')),
    "partition.sweep": (sweep('{"i": [1], "i": [2]}'), sweep('{"i": [1], "j": [2]}')),
    "partition.too-many": (
        sweep("{" + ", ".join(f'"p{number}": {list(range(100))}' for number in range(6)) + "}"),
        sweep("{" + ", ".join(f'"p{number}": {list(range(3))}' for number in range(6)) + "}"),
    ),
    "partition.uneven-sets": (sweep('[{"i": 1, "j": 1}, {"i": 2}]'), sweep('[{"i": 1}, {"i": 2}]')),
    "partition.unsplittable": (
        ({"a.bin": os.urandom(100_000)}, {**CUT, "input": "a.bin"}),
        (CSV, CUT),
    ),
    "partition.where": (sweep('{"i": [1, 2]}', where="j < 3"), sweep('{"i": [1, 2]}', where="i < 3")),
    "partition.without-date": (
        (dates("2026-01-01", ""), grouped("dates", "day", period="day")),
        (dates("2026-01-01", "2026-01-02"), grouped("dates", "day", period="day")),
    ),
    "partition.yaml-number": (sweep("i: [1e3]\n", "grid.yaml"), sweep("i: [1.0e+3]\n", "grid.yaml")),
    "partition.zip": (
        sweep('{"i": [1, 2], "j": [1]}', zip=(("i", "j"),)),
        sweep('{"i": [1, 2], "j": [1, 2]}', zip=(("i", "j"),)),
    ),
    "plan.fewer-partitions": (
        ({"a.csv": "x\n1\n2\n"}, {**CUT, "target_partitions": 40}),
        (CSV, CUT),
    ),
    "plan.no-input": ((CSV, {**WHOLE, "input": "*.cvs"}), (CSV, {**WHOLE, "input": "*.csv"})),
    "plan.partitions-per-worker": (
        (CSV, {**CUT, "target_partitions": 40}),
        (CSV, {**CUT, "target_partitions": 6}),
    ),
    "plan.strategy": (
        (CSV, {"partition_strategy": "parameter-items", "input": "*.csv"}),
        (CSV, {"partition_strategy": "file-chunks", "input": "*.csv"}),
    ),
}


def told(contract: Callable[..., Any], folder: Path, case: Case) -> set[str]:
    """Give the codes that planning tells, of a plan that cannot be made too."""
    files, keys = case
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        return {finding.code for finding in make_plan(contract(**keys), folder, cores=2).findings}
    except PlanError as error:
        return {finding.code for finding in error.findings}


@pytest.mark.parametrize("code", CASES)
def test_told_where_it_is_so_and_not_where_it_is_not(contract, tmp_path, code) -> None:
    so, not_so = CASES[code]
    assert code in told(contract, tmp_path / "so", so)
    assert code not in told(contract, tmp_path / "not", not_so)


def links(folder: Path, **named: str) -> None:
    for name, target in named.items():
        (folder / name.replace("_", ".")).symlink_to(target)


@pytest.mark.parametrize(
    ("code", "link", "target", "pattern"),
    [
        ("partition.broken-link", "c_csv", "nowhere", "*.csv"),
        ("partition.linked-twice", "c_csv", "a.csv", "*.csv"),
        ("partition.linked-folder", "again", ".", "**/*.csv"),
    ],
)
def test_links(contract, tmp_path, code, link, target, pattern) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "elsewhere").write_text("x\n2\n")
    stage = contract(**WHOLE, input=pattern)
    assert code not in {each.code for each in make_plan(stage, tmp_path).findings}
    links(tmp_path, d_csv="elsewhere")
    assert code not in {each.code for each in make_plan(stage, tmp_path).findings}
    links(tmp_path, **{link: target})
    assert code in {each.code for each in make_plan(stage, tmp_path).findings}


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_cannot_be_read(contract, tmp_path, monkeypatch, what) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("x,y\n" + "1,2\n" * 400)
    stage = contract(**{**CUT, "input": "**/*.csv"})
    assert not {"partition.unreadable", "partition.unreadable-folder"} & codes_of(stage, tmp_path)
    if what == "folder":
        scandir = os.scandir

        def refuse(path: Any) -> Any:
            if str(path).rstrip("/").endswith("data"):
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)
        assert "partition.unreadable-folder" in codes_of(stage, tmp_path)
        return
    (tmp_path / "data/b.parquet").write_bytes(b"PAR1 and no more")
    assert "partition.unreadable" in codes_of(contract(**{**CUT, "input": "**/*.parquet"}), tmp_path)


def codes_of(stage: Any, folder: Path) -> set[str]:
    try:
        return {finding.code for finding in make_plan(stage, folder, cores=2).findings}
    except PlanError as error:
        return {finding.code for finding in error.findings}


def test_content_that_is_not_what_the_name_says(contract, tmp_path) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"x": list(range(100))}), tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_bytes((tmp_path / "a.parquet").read_bytes())
    assert "partition.content" in codes_of(contract(**{**CUT, "input": "a.csv"}), tmp_path)
    assert "partition.content" not in codes_of(contract(**{**CUT, "input": "a.parquet"}), tmp_path)


def test_which_table_is_meant(contract, tmp_path) -> None:
    import sqlite3

    for name, tables in (("one.sqlite", ["t"]), ("two.sqlite", ["t", "u"])):
        with sqlite3.connect(tmp_path / name) as database:
            for each in tables:
                database.execute(f"create table {each} (x integer)")
                database.executemany(f"insert into {each} values (?)", [(number,) for number in range(100)])
        database.close()
    rows = {"split": "data-partitions", "partition_strategy": "row-chunks", "workers": 2}
    assert "partition.which" in codes_of(contract(**rows, input="two.sqlite"), tmp_path)
    assert "partition.which" not in codes_of(contract(**rows, input="one.sqlite"), tmp_path)


def test_files_that_say_who_does_what(contract, files, tmp_path) -> None:
    import json

    plan = make_plan(contract(target_partitions=4, workers=2), files(2))
    path = tmp_path / "who.json"

    def codes(value: dict[str, Any]) -> set[str]:
        path.write_text(json.dumps(value))
        try:
            return {finding.code for finding in with_distribution(plan, path).findings}
        except PlanError as error:
            return {finding.code for finding in error.findings}

    ours, tree = work_plan_of(plan), distribution_of(plan)
    assert not {"plan.work-plan", "plan.distribution", "plan.distribution-lacks"} & (
        codes(ours) | codes(tree)
    )
    assert "plan.work-plan" in codes({**ours, "plan": "0" * 32})
    assert "plan.distribution" in codes({**tree, "work_plan": 3})
    lacking = {key: [works[1:] for works in tree[key]] for key in ("work_plan", "work_plan_metadata")}
    assert "plan.distribution-lacks" in codes({**tree, **lacking})


def test_no_code_is_without_its_pair() -> None:
    """A new code fails here until it has a case above, or one that is named in `ELSEWHERE`."""
    found = set()
    for folder in ("planning", "partition"):
        for path in (PACKAGE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    values = [each.value for each in node.keywords if each.arg == "code"]
                    if getattr(node.func, "id", getattr(node.func, "attr", "")) in {"_finding", "tell"}:
                        values += node.args[:1]
                    found |= {each.value for each in values if isinstance(each, ast.Constant)}
    codes = {each for each in found if re.fullmatch(r"(plan|partition)\.[a-z-]+", str(each))}
    here = Path(__file__).read_text("utf-8")
    assert {code for code in codes if f'"{code}"' not in here} == set()
    others = Path(__file__).with_name("test_findings.py").read_text("utf-8")
    assert all(f'"{code}"' in others for code in ELSEWHERE if code.startswith("plan."))
