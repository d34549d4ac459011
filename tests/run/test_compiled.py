"""Modules that Cython compiled: used while they are of the code as it is, and told where they are not."""

import json
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.contract.modes import mode_of
from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.compiled import compiled_state, home_of, is_compiled
from jupyter_agilab.run.compiling import CompilationError

MODULE = """
import dataclasses
from {helper} import VALUE

@dataclasses.dataclass
class Row:
    i: int
    is_compiled: bool

def work(i: float, rows: int = 3) -> list:
    compiled = type(work).__name__ == "cython_function_or_method"
    return [Row(i, compiled) for _ in range(rows)]
"""


@pytest.fixture
def built(stage, require):
    require("Cython")
    require("cc")
    stage.module(MODULE.format(helper="aid")).sweep(3)
    (stage.folder / "stages/aid.py").write_text("VALUE = 1\n")
    return stage


def records(stage) -> list[dict]:
    artifact = Path(api.run(stage.path).path)
    return [json.loads(line) for line in artifact.read_text().splitlines()]


@pytest.mark.parametrize("backend", ["local", "dask"])
def test_a_build_gives_the_same_records_and_is_used(built, backend):
    built.contract(backend=backend)
    source = records(built)
    made = api.build(built.path)
    assert made.path.is_file()
    assert not made.was_there
    assert api.build(built.path).was_there
    api.run(built.path, api.RunSettings(force=True))
    compiled = [json.loads(line) for line in (built.folder / "artifacts/work.jsonl").read_text().splitlines()]
    # annotations do not become C types: i stays an integer
    assert [row["i"] for row in compiled] == [row["i"] for row in source]
    assert {row["is_compiled"] for row in source} == {False}
    assert {row["is_compiled"] for row in compiled} == {True}


def test_after_an_edit_the_source_runs_and_it_is_said(built):
    api.build(built.path)
    contract = load_contract(built.path)
    assert is_compiled(contract, built.folder)
    (built.folder / "stages/aid.py").write_text("VALUE = 2\n")
    assert compiled_state(contract, built.folder)[0] == "stale"
    found = [each for each in api.check(built.path).findings if each.code == "compiled.stale"]
    assert len(found) == 1
    assert found[0].severity == "warning"
    assert {row["is_compiled"] for row in records(built)} == {False}
    logs = "".join(
        path.read_text(errors="replace")
        for path in (built.folder / ".agilab").rglob("logs/*")
        if path.is_file()
    )
    assert "has changed since it was compiled" in logs
    api.build(built.path)
    assert not [each for each in api.check(built.path).findings if each.code == "compiled.stale"]
    assert len(list(home_of(built.folder, "stages/work.py").iterdir())) == 1


def test_another_python_runs_the_source(built):
    made = api.build(built.path)
    made.path.rename(made.path.with_name("agilab_stage_x.cpython-399-other.so"))
    state, why = compiled_state(load_contract(built.path), built.folder)
    assert state == "stale"
    assert "not compiled for this Python" in why
    assert {row["is_compiled"] for row in records(built)} == {False}


def test_the_mode_says_cython_only_where_it_is_used(built):
    from jupyter_agilab.export.settings import mode_in_use

    contract = load_contract(built.path)
    assert mode_in_use(contract, None, is_compiled=is_compiled(contract, built.folder)) == mode_of()
    api.build(built.path)
    assert mode_in_use(contract, None, is_compiled=is_compiled(contract, built.folder)) == mode_of("cython")


def test_what_cython_does_not_take_is_told_and_changes_nothing(stage, require):
    require("Cython")
    stage.module("def work(i):\n    def f():\n        nonlocal nothing\n    return i\n").sweep(2)
    with pytest.raises(CompilationError, match=r"stages/work\.py"):
        api.build(stage.path)
    assert not (stage.folder / ".agilab/compiled").exists()


def test_an_installed_module_is_refused(stage, require):
    require("Cython")
    stage.module("").sweep(2).contract(function="json:dumps")
    with pytest.raises(UsageError, match="not a file of this folder"):
        api.build(stage.path)


def test_without_a_build_nothing_is_told(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    assert compiled_state(load_contract(stage.path), stage.folder) == ("none", "")
    assert not [each for each in api.check(stage.path).findings if each.code.startswith("compiled")]
