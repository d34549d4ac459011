"""Completion and ``?`` help of the magics, as a front end asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter

from jupyter_agilab.magics import PARSERS
from jupyter_agilab.magics.parser import MagicParser


def completed(notebook: Any, text: str) -> set[str]:
    """Give what a kernel answers to a completion request at the end of `text`: the completed last words."""
    with provisionalcompleter():
        found = list(notebook.shell.Completer.completions(text, len(text)))
    return {
        text[text.rfind(" ", 0, completion.start) + 1 : completion.start] + completion.text
        for completion in found
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%parallel_stage clean --sp", {"--split"}),
        ("%%parallel_stage clean --split ", {"files", "data-partitions", "parameter-sweep"}),
        ("%%parallel_stage clean --split da", {"data-partitions"}),
        ("%%parallel_stage clean --backend ", {"local", "pool", "dask"}),
        ("%%parallel_stage clean --workers ", {"auto"}),
        ("%%parallel_stage clean --reducer concat-p", {"concat-parquet"}),
        ("%%parallel_stage clean --allow", {"--allow-pickle"}),
        ("%parallel_run --back", {"--backend"}),
        ("%parallel_run --backend p", {"pool"}),
        ("%parallel_run c", {"count"}),
        ("%parallel_plan c", {"count"}),
        ("%parallel_trial --partition 3 c", {"count"}),
        ("%%parallel_reduce c", {"count"}),
        ("%%time\n%%parallel_stage clean --sp", {"--split"}),
        ("x = 1\n%parallel_run --back", {"--backend"}),
    ],
)
def test_flags_values_and_stages_are_completed(
    stage: Callable[..., Any], text: str, expected: set[str]
) -> None:
    assert expected <= completed(stage(), text)


def test_a_flag_that_was_given_is_not_offered_again_unless_it_may_be(stage: Callable[..., Any]) -> None:
    notebook = stage()
    assert "--split" not in completed(notebook, "%%parallel_stage clean --split files --s")
    assert "--share" in completed(notebook, "%%parallel_stage clean --share df --s")


def test_runs_are_completed_by_stage_and_id(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    run_id = notebook.shell.user_ns["count"].run_id
    assert run_id in completed(notebook, f"%parallel_attach {run_id[:6]}")
    assert "count" in completed(notebook, "%parallel_stop co")


def test_names_of_the_notebook_are_completed_where_a_name_is_wanted(notebook: Any) -> None:
    notebook.run("threshold = 3")
    assert "threshold" in completed(notebook, "%%parallel_stage clean --share thr")


def test_files_are_completed_for_the_input(five_files: Any) -> None:
    assert "data/" in completed(five_files, "%%parallel_stage clean --input da")


@pytest.mark.parametrize("text", ["print --sp", "%time --sp", "%%parallel_stages --sp"])
def test_other_lines_are_left_alone(notebook: Any, text: str) -> None:
    assert "--split" not in completed(notebook, text)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_help_tells_what_a_magic_does_and_each_argument(notebook: Any, parser: MagicParser) -> None:
    kind = "cell" if parser.prog.startswith("%%") else "line"
    magic = notebook.shell.find_magic(parser.prog.lstrip("%"), kind)
    docstring = notebook.shell.inspector.info(magic)["docstring"]
    assert str(parser.description).split("\n")[0] in docstring
    for action in parser.declared:
        for flag in action.option_strings:
            assert flag in docstring
        assert str(action.help) in docstring
    for action in parser.declared:
        assert action.help, f"{action.dest} is not explained"
    notebook.run(f"{parser.prog}?")
