"""An agreed set of findings: what is in it stays known, whatever moves around it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import UsageError
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings
from jupyter_agilab.migrate.in_step.baseline import new_findings, write_baseline

LOOP = LoopFinding(
    cell=2,
    cell_id="abc",
    line=3,
    end_line=5,
    form="for",
    verdict="convert",
    rule="migrate.independent",
    message="no iteration needs another one",
    variables=("path",),
    iterable="paths",
)


def in_notebook(folder: Path, *loops: LoopFinding, problems: tuple[Finding, ...] = ()) -> NotebookFindings:
    return NotebookFindings(path=str(folder / "sub" / "n.ipynb"), loops=loops, problems=problems)


def test_what_moved_is_known_and_what_changed_is_new(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert write_baseline(path, [in_notebook(tmp_path, LOOP)], tmp_path) == 1
    moved = replace(LOOP, cell=7, line=9, end_line=11, cell_id="other", message="told otherwise", rank=3)
    assert new_findings([in_notebook(tmp_path, moved)], path, tmp_path) == ()
    for changed in (
        replace(LOOP, iterable="files"),
        replace(LOOP, verdict="refuse", reason="shared-plot"),
        replace(LOOP, variables=("x",)),
        replace(LOOP, in_function="f"),
    ):
        (new,) = new_findings([in_notebook(tmp_path, moved, changed)], path, tmp_path)
        assert new.loop == changed
        assert new.path == "sub/n.ipynb"


def test_one_more_of_the_same_is_new(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [in_notebook(tmp_path, LOOP)], tmp_path)
    again = replace(LOOP, cell=4)
    (new,) = new_findings([in_notebook(tmp_path, LOOP, again)], path, tmp_path)
    assert new.loop == again
    assert str(new) == "sub/n.ipynb: cell 5, line 3: no iteration needs another one"


def test_too_small_is_never_new_and_a_problem_is(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [], tmp_path)
    small = replace(LOOP, verdict="refuse", reason="too-small-to-matter")
    problem = Finding(code="notebook.not-json", message="not JSON")
    (new,) = new_findings([in_notebook(tmp_path, small, problems=(problem,))], path, tmp_path)
    assert new.problem == problem
    write_baseline(path, [in_notebook(tmp_path, problems=(problem,))], tmp_path)
    assert new_findings([in_notebook(tmp_path, problems=(problem,))], path, tmp_path) == ()


def test_the_same_findings_give_the_same_bytes_anywhere(tmp_path: Path) -> None:
    other = replace(LOOP, iterable="files")
    texts = set()
    for name, loops in (("a", (LOOP, other)), ("b", (other, LOOP))):
        folder = tmp_path / name
        folder.mkdir()
        path = folder / "baseline.json"
        write_baseline(path, [in_notebook(folder, *loops)], folder)
        texts.add(path.read_text())
    assert len(texts) == 1
    assert len(json.loads(texts.pop())["findings"]) == 2


@pytest.mark.parametrize("text", [None, "{", "[]", '{"schema": "else"}'])
def test_what_is_no_baseline_is_misuse(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "baseline.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match="baseline"):
        new_findings([], path, tmp_path)
