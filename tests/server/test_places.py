"""Paths of requests: below the root, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import UsageError
from jupyter_agilab.server.places import Root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    path = tmp_path_factory.mktemp("root").resolve()
    (path / "a/b").mkdir(parents=True)
    (path / "a/file.toml").touch()
    (path / ".hidden").mkdir()
    (path / "inner").symlink_to(path / "a")
    (path / "seen").symlink_to(path / ".hidden")
    (path / "out").symlink_to(path.parent)
    (path / "loop").symlink_to(path / "loop")
    return Root(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), (".", ""), ("a", "a"), ("a/b/", "a/b"), ("./a//b", "a/b"), ("inner/b", "inner/b")],
)
def test_what_is_below_the_root_is_found(root: Root, text: str, expected: str) -> None:
    assert root.find(text, "folder") == root.path / expected
    assert root.told(root.path / expected) == expected


@pytest.mark.parametrize(
    "text", ["..", "a/..", "../x", "/", "/etc", "a\\b", "a\x00", "a\nb", "\ud800", "x" * 5000]
)
def test_what_is_no_path_is_refused(root: Root, text: str) -> None:
    with pytest.raises(UsageError):
        root.find(text, must_exist=False)


@pytest.mark.parametrize(
    "text", ["nothing", "out", "out/x", "loop", "loop/x", ".hidden", "a/.x", "seen", "a/file.toml/x"]
)
def test_what_is_not_there_for_the_caller_is_not_found(root: Root, text: str) -> None:
    with pytest.raises(FileNotFoundError):
        root.find(text)


def test_hidden_names_can_be_allowed(root: Root) -> None:
    assert Root(root.path, allow_hidden=True).find(".hidden", "folder") == root.path / ".hidden"
    assert Root(root.path, allow_hidden=True).find("seen", "folder") == root.path / "seen"


def test_a_file_is_no_folder(root: Root) -> None:
    with pytest.raises(UsageError, match="a file; a folder was expected"):
        root.find("a/file.toml", "folder")
    with pytest.raises(UsageError, match="a folder; a file was expected"):
        root.find("a", "file")
    assert root.find("a/new.toml", "file", must_exist=False) == root.path / "a/new.toml"


@given(
    st.lists(
        st.sampled_from(["a", "b", "..", ".", "", "inner", "out", "loop", "~", "\\", "é", "\x00"]), max_size=6
    )
)
def test_no_text_leads_out(root: Root, names: list[str]) -> None:
    try:
        found = root.find("/".join(names), must_exist=False)
    except (UsageError, FileNotFoundError):
        return
    assert found.resolve().is_relative_to(root.path)


def test_the_root_is_not_told(root: Root) -> None:
    text = f"{root.path}/a/x.toml:3: error in {root.path}"
    assert root.without_root(text) == "a/x.toml:3: error in ."
    assert root.plain({"a": [text, 1, None], "b": (text,)}) == {
        "a": ["a/x.toml:3: error in .", 1, None],
        "b": ["a/x.toml:3: error in ."],
    }
    assert root.told(Path("/etc/passwd")) == ""


def test_a_server_that_shows_all_of_the_machine_tells_paths_as_they_are() -> None:
    root = Root(Path("/"))
    assert root.without_root("data/x.csv: error in /data") == "data/x.csv: error in /data"
    assert root.plain({"a": ["stages/x.py", "/data/x"]}) == {"a": ["stages/x.py", "/data/x"]}
    assert root.told(Path("/etc/hosts")) == "etc/hosts"
    assert root.find("etc", "folder") == Path("/etc")
