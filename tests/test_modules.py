"""Modules are found and read, never imported."""

import sys
from pathlib import Path

import pytest

from jupyter_agilab.modules import find_function, functions_in, local_sources, locate_module

BOMB = "from pathlib import Path\nPath('imported').touch()\n"


def lay(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_init", "__init__")
        path = path.with_name(path.name + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BOMB + text)
    return folder


@pytest.fixture(autouse=True)
def nothing_was_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "imported").exists()


def test_a_path_is_relative_to_the_contract(tmp_path):
    lay(tmp_path, stages__clean="def clean(path): pass\n")
    found = locate_module("stages/clean.py", tmp_path)
    assert found.path == tmp_path / "stages/clean.py"
    assert found.local
    assert locate_module("stages/other.py", tmp_path) is None


def test_a_dotted_name_is_found_in_the_folder_first_then_on_the_path(tmp_path):
    lay(tmp_path, json="", pkg___init="", pkg__mod="")
    assert locate_module("json", tmp_path).path == tmp_path / "json.py"
    assert locate_module("pkg.mod", tmp_path).path == tmp_path / "pkg/mod.py"
    assert locate_module("pkg", tmp_path).path == tmp_path / "pkg/__init__.py"
    textwrap = locate_module("textwrap", tmp_path)
    assert textwrap.path.name == "textwrap.py"
    assert not textwrap.local
    assert locate_module("no.such.module", tmp_path) is None
    assert locate_module("sys", tmp_path) is None


def test_the_last_definition_of_a_function_is_found(tmp_path):
    text = "def f(a): ...\nif True:\n    def f(b): ...\nclass C:\n    def f(self): ...\nasync def g(): ...\n"
    assert find_function(text, "f").line == 3
    assert find_function(text, "g") is not None
    assert find_function(text, "h") is None
    assert functions_in(text) == ["f", "f", "g"]
    assert functions_in("def broken(") == []


def test_local_imports_are_followed_and_installed_ones_are_not(tmp_path):
    lay(
        tmp_path,
        stages__clean="import numpy\nfrom helpers import tidy\nimport json\ndef clean(p):\n    import late\n",
        helpers="from pkg.deep import x\n",
        late="",
        unused="",
        pkg___init="",
        pkg__deep="from . import sibling\nfrom .other import name\n",
        pkg__sibling="",
        pkg__other="",
        pkg__unused="",
    )
    sources = local_sources(locate_module("stages/clean.py", tmp_path), tmp_path)
    assert list(sources) == [
        "helpers.py",
        "late.py",
        "pkg/__init__.py",
        "pkg/deep.py",
        "pkg/other.py",
        "pkg/sibling.py",
        "stages/clean.py",
    ]


def test_a_module_beside_the_stage_does_not_hide_pythons_own(tmp_path):
    lay(tmp_path, stages__clean="import statistics, beside\n", stages__statistics="", stages__beside="")
    sources = local_sources(locate_module("stages/clean.py", tmp_path), tmp_path)
    assert list(sources) == ["stages/beside.py", "stages/clean.py"]


def test_what_is_installed_has_no_local_sources(tmp_path):
    assert local_sources(locate_module("textwrap", tmp_path), tmp_path) == {}


def test_a_circle_of_imports_ends(tmp_path):
    lay(tmp_path, a="import b\n", b="import a\n")
    assert list(local_sources(locate_module("a", tmp_path), tmp_path)) == ["a.py", "b.py"]


def test_a_project_on_the_path_is_local(tmp_path, monkeypatch):
    project = lay(tmp_path / "project", mine__work="from mine import more\n", mine___init="", mine__more="")
    monkeypatch.setattr(sys, "path", [str(project), *sys.path])
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    sources = local_sources(locate_module("mine.work", contracts), contracts)
    assert list(sources) == ["mine/__init__.py", "mine/more.py", "mine/work.py"]
