from __future__ import annotations

import glob
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.partition.matching import match_files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    names = [
        "b.csv", "a.csv", ".hidden.csv", "notes.txt", "[1].csv", "A10.csv",
        "data/2.csv", "data/1.csv", "data/10.csv", "data/deep/er/x.csv", "data/.git/y.csv",
        ".cache/z.csv", "data/sub.csv/inner.csv",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("*.csv", ["A10.csv", "[1].csv", "a.csv", "b.csv"], id="sorted, without hidden files"),
        pytest.param("[ab].csv", ["a.csv", "b.csv"], id="a class"),
        pytest.param("[1].csv", ["[1].csv"], id="an exact name means itself"),
        pytest.param("?.csv", ["a.csv", "b.csv"], id="one character"),
        pytest.param("./data/*.csv", ["data/1.csv", "data/10.csv", "data/2.csv"], id="dot, and no folders"),
        pytest.param("data/**/*.csv", ["data/1.csv", "data/10.csv", "data/2.csv", "data/deep/er/x.csv",
                                       "data/sub.csv/inner.csv"], id="any depth, also none"),
        pytest.param("**/x.csv", ["data/deep/er/x.csv"], id="from the top"),
        pytest.param("data/**", ["data/1.csv", "data/10.csv", "data/2.csv", "data/deep/er/x.csv",
                                 "data/sub.csv/inner.csv"], id="everything below"),
        pytest.param("**/**/x.csv", ["data/deep/er/x.csv"], id="each file once"),
        pytest.param("*/*/inner.csv", ["data/sub.csv/inner.csv"], id="folders in between"),
        pytest.param(".*.csv", [".hidden.csv"], id="hidden where the dot is written"),
        pytest.param(".cache/*.csv", [".cache/z.csv"], id="hidden folder where it is written"),
        pytest.param("data/../a.csv", ["a.csv"], id="an exact name is tidied"),
        pytest.param("*.CSV", [], id="another case is another name"),
        pytest.param("data", [], id="a folder is not a file"),
        pytest.param("", [], id="nothing"),
        pytest.param("no/*.csv", [], id="no such folder"),
    ],
)  # fmt: skip
def test_patterns(tree, pattern, found) -> None:
    matches = match_files(pattern, tree)
    assert matches.sources == found
    assert matches.findings == []


names = st.text(alphabet="ab.*[1", min_size=1, max_size=3).filter(lambda name: name.strip(".") != "")
parts = st.sampled_from(["*", "**", "a*", "?", "[ab]*", "*.a", ".*", "a", "[!a]", "*[[]*", ".."]) | names


@settings(max_examples=200, deadline=None)
@given(
    paths=st.lists(st.lists(names, min_size=1, max_size=4), max_size=12),
    pattern=st.lists(parts, min_size=1, max_size=4),
)
def test_the_same_as_pythons_glob(paths, pattern) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "here"
        folder.mkdir()
        for path in paths:
            with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
                folder.joinpath(*path).parent.mkdir(parents=True, exist_ok=True)
                folder.joinpath(*path).touch(exist_ok=False)
        text = "/".join(pattern)
        found = glob.glob(f"{glob.escape(str(folder))}/{text}", recursive=True)
        expected = {os.path.normpath(path) for path in found if Path(path).is_file()}
        if (folder / text).is_file():
            expected = {os.path.normpath(folder / text)}
        sources = match_files(text, folder).sources
        assert {os.path.normpath(folder / source) for source in sources} == expected
        assert sources == sorted(sources)


def test_absolute_patterns_stay_absolute(tree) -> None:
    assert match_files(f"{tree}/data/*.csv", Path("/")).sources == [
        f"{tree}/data/{name}.csv" for name in ("1", "10", "2")
    ]


def test_a_pattern_may_lead_out_of_the_folder(tree) -> None:
    assert match_files("../*.csv", tree / "data").sources == [
        "../A10.csv",
        "../[1].csv",
        "../a.csv",
        "../b.csv",
    ]


def test_linked_folders_are_entered_once_and_never_in_circles(tree) -> None:
    (tree / "data/deep/again").symlink_to(tree)
    outside = tree.parent / f"{tree.name}-outside"
    outside.mkdir()
    (outside / "o.csv").write_text("x")
    (tree / "data/one").symlink_to(outside)
    (tree / "data/two").symlink_to(outside)
    matches = match_files("**/*.csv", tree)
    assert [source for source in matches.sources if source.endswith("o.csv")] == ["data/one/o.csv"]
    assert sum(source.endswith("x.csv") for source in matches.sources) == 1
    assert sorted(finding.path for finding in matches.findings) == ["data/deep/again", "data/two"]
    assert {finding.code for finding in matches.findings} == {"partition.linked-folder"}


def test_a_file_is_not_found_again_through_a_link(tree) -> None:
    (tree / "latest.csv").symlink_to("b.csv")
    (tree / "other.csv").symlink_to("data/1.csv")
    (tree / "third.csv").symlink_to("data/1.csv")
    matches = match_files("*.csv", tree)
    assert matches.sources == ["A10.csv", "[1].csv", "a.csv", "b.csv", "other.csv"]
    assert [(finding.code, finding.path) for finding in matches.findings] == [
        ("partition.linked-twice", "latest.csv"),
        ("partition.linked-twice", "third.csv"),
    ]


def test_a_broken_link_is_told(tree) -> None:
    (tree / "gone.csv").symlink_to("nowhere.csv")
    matches = match_files("*.csv", tree)
    assert "gone.csv" not in matches.sources
    assert [finding.code for finding in matches.findings] == ["partition.broken-link"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="platform: root may read every folder")
def test_an_unreadable_folder_is_told(tree) -> None:
    (tree / "data/deep").chmod(0)
    try:
        matches = match_files("data/**/*.csv", tree)
    finally:
        (tree / "data/deep").chmod(0o755)
    assert [finding.code for finding in matches.findings] == ["partition.unreadable-folder"]


def test_names_that_are_not_text_are_kept(tmp_path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    try:
        (tmp_path / name).write_text("a\n1\n")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert match_files("*.csv", tmp_path).sources == [name]
