"""``%%parallel_reduce``: the cell becomes the reducer of a stage."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab.errors import ExtractionError, ModuleChangedError

TOTAL = "total = 0\nfor result in results:\n    total += result['rows']\n{'total': total}"


def contract_of(notebook: Any) -> dict[str, Any]:
    return tomllib.loads((notebook.folder / "count.parallel_stage.toml").read_text("utf-8"))


def test_the_cell_becomes_the_reducer_of_the_stage(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run(f"%%parallel_reduce count\n{TOTAL}")
    contract = contract_of(notebook)
    assert contract["reducer"] == "custom"
    assert contract["reduce"]["function"] == "stages/count_reduce.py:count_reduce"
    assert contract["notes"]
    assert "Reducer of count" in notebook.html
    assert not (notebook.folder / ".agilab").exists()
    notebook.run("%parallel_run count --backend local")
    assert json.loads(notebook.shell.user_ns["count"].path.read_text("utf-8")) == {"total": 110}


def test_captured_constants_are_options_of_the_contract(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("factor = 3")
    notebook.run(f"%%parallel_reduce count\n{TOTAL.replace(': total}', ': total * factor}')}")
    assert contract_of(notebook)["reduce"]["factor"] == 3
    notebook.run("%parallel_run count --backend local")
    assert json.loads(notebook.shell.user_ns["count"].path.read_text("utf-8")) == {"total": 330}


def test_running_the_stages_cell_again_keeps_the_reducer(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run(f"%%parallel_reduce count --notes 'adds the rows'\n{TOTAL}")
    stage()
    assert contract_of(notebook)["reduce"]["function"] == "stages/count_reduce.py:count_reduce"
    assert contract_of(notebook)["notes"] == "adds the rows"


def test_the_same_cell_again_writes_nothing(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run(f"%%parallel_reduce count\n{TOTAL}")
    before = {name: (notebook.folder / name).stat().st_mtime_ns for name in notebook.files()}
    notebook.run(f"%%parallel_reduce count\n{TOTAL}")
    assert {name: (notebook.folder / name).stat().st_mtime_ns for name in notebook.files()} == before
    assert "unchanged" in notebook.text


def test_a_reducer_edited_by_hand_is_left_alone_until_told(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run(f"%%parallel_reduce count\n{TOTAL}")
    module = notebook.folder / "stages/count_reduce.py"
    module.write_text(module.read_text("utf-8") + "# mine\n", "utf-8")
    changed = TOTAL.replace("total = 0", "total = 1")
    assert isinstance(notebook.fails(f"%%parallel_reduce count\n{changed}"), ModuleChangedError)
    assert "# mine" in module.read_text("utf-8")
    notebook.run(f"%%parallel_reduce count --overwrite\n{changed}")
    assert "# mine" not in module.read_text("utf-8")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%parallel_reduce other\nsum(results)", "there is no stage 'other' here"),
        ("%%parallel_reduce\nsum(results)", "STAGE"),
        ("%%parallel_reduce count --run\nsum(results)", "--run is not known here"),
        ("%%parallel_reduce count\n   \n", "the reducer of 'count' is missing"),
    ],
)
def test_misuse_is_one_sentence(stage: Callable[..., Any], cell: str, said: str) -> None:
    notebook = stage()
    files = notebook.files()
    error = notebook.fails(cell)
    assert isinstance(error, UsageError)
    assert said in str(error)
    assert notebook.files() == files


def test_a_cell_that_reads_no_results_writes_nothing(stage: Callable[..., Any]) -> None:
    notebook = stage()
    files = notebook.files()
    before = contract_of(notebook)
    error = notebook.fails("%%parallel_reduce count\nlen([1, 2])")
    assert isinstance(error, ExtractionError)
    assert "results" in str(error)
    assert notebook.files() == files
    assert contract_of(notebook) == before


def test_the_reducer_can_change_after_the_stages_cell_ran_again(stage: Callable[..., Any]) -> None:
    """The stage's cell once forgot what the reducer's cell had written, and called it somebody else's."""
    notebook = stage()
    notebook.run(f"%%parallel_reduce count\n{TOTAL}")
    stage()
    notebook.run(f"%%parallel_reduce count\n{TOTAL.replace('total = 0', 'total = 1')}")
    assert "total = 1" in (notebook.folder / "stages/count_reduce.py").read_text("utf-8")
