"""Paths are relative to the contract's folder, and never in a home folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_agilab.contract.paths import is_in_home, relative_form, relative_to_folder
from jupyter_agilab.errors import ContractError

FOLDER = Path("/projects/flights")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("data/*.csv", "data/*.csv"),
        ("./data/*.csv", "data/*.csv"),
        ("././data/**/*.csv", "data/**/*.csv"),
        ("../shared/*.csv", "../shared/*.csv"),
        (r"data\2013\*.csv", "data/2013/*.csv"),
        ("/projects/flights/data/*.csv", "data/*.csv"),
        ("/projects/flights/../flights/data/a.csv", "data/a.csv"),
        (r"\projects\flights\data\a.csv", "data/a.csv"),
        ("/projects/flights", "."),
        ("/projects/flights2/a.csv", "/projects/flights2/a.csv"),
        ("/data/[ab]*.csv", "/data/[ab]*.csv"),
        ("C:/data/a.csv", "C:/data/a.csv"),
        (r"D:\data\a.csv", "D:/data/a.csv"),
        ("s3://bucket/a*.csv", "s3://bucket/a*.csv"),
        ("https://example.org/a.csv", "https://example.org/a.csv"),
        ("~a.csv", "~a.csv"),
        ("data/~/a.csv", "data/~/a.csv"),
        ("", ""),
        ("./", "./"),
    ],
)
def test_how_paths_are_written(given, written):
    assert relative_to_folder(given, FOLDER) == written


@pytest.mark.parametrize(
    "given",
    [
        "/home/ada/data/*.csv",
        "/Users/ada/a.csv",
        "/root/a.csv",
        "C:/Users/ada/a.csv",
        r"C:\Users\ada\a.csv",
        "file:///home/ada/a.csv",
        "~/a.csv",
        "~ada/a.csv",
        "~",
        "~\\a.csv",
    ],
)
def test_home_folders_are_never_written(given):
    with pytest.raises(ContractError) as caught:
        relative_to_folder(given, FOLDER, key="output")
    (found,) = caught.value.findings
    assert (found.code, found.key, found.severity) == ("contract.home-path", "output", "error")
    assert found.hint


def test_this_users_home_wherever_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    assert is_in_home(f"{tmp_path}/me/data.csv")
    assert not is_in_home(f"{tmp_path}/mean/data.csv")
    assert relative_to_folder(f"{tmp_path}/me/p/data.csv", tmp_path / "me" / "p") == "data.csv"
    with pytest.raises(ContractError, match=r"\.\./data\.csv"):
        relative_to_folder(f"{tmp_path}/me/data.csv", tmp_path / "me" / "p")
    with pytest.raises(ContractError, match=r"\.\./data\.csv"):
        relative_to_folder("~/data.csv", tmp_path / "me" / "p")


def test_a_home_that_is_the_root_makes_nothing_a_home(monkeypatch):
    monkeypatch.setenv("HOME", "/")
    assert not is_in_home("/data/a.csv")


@pytest.mark.parametrize(
    "path", ["/home", "/homes/x", "/data/home/x", "home/x", "/Users", "s3://home/x", "/rooted"]
)
def test_what_is_no_home(path):
    assert not is_in_home(path)


@pytest.mark.parametrize(
    ("path", "folder", "relative"),
    [
        ("/home/ada/data/a.csv", "/home/ada/work", "../data/a.csv"),
        ("/home/ada/a.csv", "/home/bob/work", None),
        ("/home/ada/a.csv", "/srv", None),
        ("/home/ada/work/a.csv", "/home/ada/work", "a.csv"),
        ("a.csv", "/home/ada", None),
    ],
)
def test_the_relative_form_is_for_people_of_the_same_home(path, folder, relative):
    assert relative_form(path, Path(folder)) == relative


def test_a_folder_behind_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert relative_to_folder(f"{tmp_path}/real/a.csv", tmp_path / "link") == "a.csv"
    assert relative_to_folder(f"{tmp_path}/link/a.csv", tmp_path / "link") == "a.csv"
