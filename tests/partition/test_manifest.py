from __future__ import annotations

import json

import pytest

from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.manifest import manifest_path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    for number, name in enumerate(["a.csv", "b.csv", "c d#.csv"], 1):
        (tmp_path / "data" / name).write_text("x,y\n" + "1,2\n" * 40 * number)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("@files.txt", "files.txt"),
        ("@ lists/files.csv", "lists/files.csv"),
        ("night.manifest", "night.manifest"),
        ("night.manifest.txt", "night.manifest.txt"),
        ("night.manifest.JSON", "night.manifest.JSON"),
        ("night.manifest.csv", "night.manifest.csv"),
        ("files.txt", None),
        ("manifest.csv", None),
        ("data/*.csv", None),
    ],
)
def test_what_is_a_manifest(text, path) -> None:
    assert manifest_path(text) == path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("@files.txt", "data/a.csv\ndata/b.csv\ndata/c d#.csv\n", id="text"),
        pytest.param("@files.txt", "# x\r\n\r\n  data/c d#.csv \r\ndata/b.csv\r\n./data//a.csv", id="untidy"),
        pytest.param("@files.lst", "\ufeffdata/b.csv\ndata/a.csv\ndata/c d#.csv", id="text with a mark"),
        pytest.param("x.manifest", "data/b.csv\ndata/a.csv\ndata/c d#.csv", id="by its name"),
        pytest.param("@f.json", json.dumps(["data/c d#.csv", "data/a.csv", "data/b.csv"]), id="json"),
        pytest.param("@f.csv", 'size,path\n1,data/b.csv\n2,data/a.csv\n3,"data/c d#.csv"\n', id="csv, path"),
        pytest.param("@f.csv", "file,size\ndata/b.csv,1\ndata/a.csv,\n\ndata/c d#.csv\n", id="csv, a header"),
        pytest.param("@f.csv", "data/b.csv,1\ndata/a.csv,2\ndata/c d#.csv,3\n", id="csv without a header"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("strategy", ["one-file-per-partition", "file-chunks"])
def test_a_manifest_gives_the_plan_of_the_pattern(folder, plan_of, name, content, strategy) -> None:
    (folder / name.removeprefix("@")).write_text(content)
    keys = {"partition_strategy": strategy, "target_partitions": 9}
    listed, matched = (plan_of(folder, input=text, **keys) for text in (name, "data/*.csv"))
    assert list(listed.partitions) == list(matched.partitions)
    assert listed == matched or list(listed.workers) == list(matched.workers)
    assert (listed.rule, listed.findings) == (matched.rule, matched.findings)


def refused(folder, plan_of, text, name="files.txt"):
    (folder / name).write_text(text)
    with pytest.raises(PlanError) as caught:
        plan_of(folder, input=f"@{name}")
    return caught.value


def test_everything_that_is_missing_is_told_at_once(folder, plan_of) -> None:
    error = refused(folder, plan_of, "data/a.csv\n\ndata/x.csv\ndata\nb.csv\ndata/*.csv\n")
    assert [(finding.code, finding.path, finding.line) for finding in error.findings] == [
        ("partition.manifest", "files.txt", line) for line in (3, 4, 5, 6)
    ]
    assert "4 files that are not there" in str(error)
    assert "is a folder" in error.findings[1].message
    assert "is a pattern" in error.findings[3].message


def test_paths_are_relative_to_the_contract(folder, plan_of) -> None:
    error = refused(folder, plan_of, "a.csv\n", "data/files.txt")
    assert error.findings[0].hint == "paths are relative to the contract's folder: write data/a.csv"


def test_many_missing_files_are_counted(folder, plan_of) -> None:
    error = refused(folder, plan_of, "\n".join(f"no/{number}.csv" for number in range(1000)))
    assert len(error.findings) == 21
    assert error.findings[-1].message == "… and 980 more"


def test_a_file_listed_twice_is_used_once(folder, plan_of) -> None:
    (folder / "f.txt").write_text("data/a.csv\ndata/b.csv\n./data/a.csv\n")
    plan = plan_of(folder, input="@f.txt", partition_strategy="one-file-per-partition")
    assert [partition.source for partition in plan.partitions] == ["data/a.csv", "data/b.csv"]
    assert [(finding.code, finding.line) for finding in plan.findings] == [("partition.listed-twice", 3)]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("f.json", '{"files": []}', "must be a JSON list of paths, not dict"),
        ("f.json", '["a", 3]', "item 2"),
        ("f.json", '["a",', "is not JSON"),
        ("f.json", "[" * 100_000, "is not JSON"),
    ],
)
def test_malformed(folder, plan_of, name, text, told) -> None:
    assert told in str(refused(folder, plan_of, text, name))


def test_a_manifest_must_be_there_and_be_text(folder, plan_of) -> None:
    with pytest.raises(PlanError, match=r"the manifest gone\.txt cannot be read: No such file"):
        plan_of(folder, input="@gone.txt")
    (folder / "f.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanError, match="is not UTF-8"):
        plan_of(folder, input="@f.txt")


def test_an_empty_manifest_is_no_input(folder, plan_of) -> None:
    (folder / "f.txt").write_text("# nothing yet\n")
    plan = plan_of(folder, input="@f.txt")
    assert [finding.code for finding in plan.findings] == ["plan.no-input"]
    assert "f.txt lists no files" in plan.findings[0].message
