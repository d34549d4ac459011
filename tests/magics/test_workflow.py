"""``%parallel_workflow``: cells that feed each other, shown, run, explained, run again where they changed."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab.errors import PlanError, RunFailedError
from jupyter_agilab.magics import workflow_watching
from jupyter_agilab.workflow.running.watch import WorkflowWatch
from jupyter_agilab.workflows import attach_workflow

NOTE = """import os, uuid
def note(name):
    # every execution leaves a file, whichever process does it
    os.makedirs('executed', exist_ok=True)
    os.close(os.open(f'executed/{name}~{uuid.uuid4().hex}', os.O_CREAT))
"""
BUILD = (
    "%%parallel_stage build --input sizes.json\nnote(f'build {size}')\nprint('size', size)\n{'size': size}"
)
SQUARE = "%%parallel_stage square --input build\nnote('square ' + str(build['size']))\nbuild['size'] ** 2"
HALF = "%%parallel_stage half --input square\nnote(f'half {square}')\nsquare / 2"
OTHER = "%%parallel_stage other --input build\nnote('other ' + str(build['size']))\n-build['size']"


@pytest.fixture
def joined(notebook: Any) -> Any:
    """Give a notebook with four stages: build feeds square and other, square feeds half."""
    notebook.write("sizes.json", json.dumps({"size": [1, 2, 3]}))
    notebook.run(NOTE)
    for cell in (BUILD, SQUARE, HALF, OTHER):
        notebook.run(cell)
    return notebook


def executed(notebook: Any) -> Counter[str]:
    """Count what was executed since the last look."""
    found = list((notebook.folder / "executed").glob("*~*"))
    for path in found:
        path.unlink()
    return Counter(path.name.partition("~")[0] for path in found)


def records(notebook: Any, stage: str) -> list[Any]:
    return list(notebook.shell.user_ns[stage].records())


def test_looking_runs_nothing_and_shows_the_graph(joined: Any) -> None:
    for action in ("", "--graph", "--plan", "--explain", "--json", "--plan --json", "--explain --json"):
        joined.run(f"%parallel_workflow {action}")
    joined.run("%parallel_workflow")
    assert "4 stages, 12 partitions" in joined.text
    assert "elements of build" in joined.text
    assert "<svg" in joined.html
    assert joined.html.count("ag-edge ag-elements") == 3 + 1
    assert "%parallel_workflow workflow --run" in joined.text
    assert executed(joined) == Counter()
    assert not (joined.folder / ".agilab").exists()


def test_a_run_gives_each_stage_its_result_under_its_name(joined: Any) -> None:
    joined.run("%parallel_workflow --run")
    assert records(joined, "build") == [{"size": 1}, {"size": 2}, {"size": 3}]
    assert records(joined, "square") == [1, 4, 9]
    assert records(joined, "half") == [0.5, 2.0, 4.5]
    assert records(joined, "other") == [-1, -2, -3]
    assert all(count == 1 for count in executed(joined).values())
    assert "square: [3/3] completed" in joined.text
    assert "finished" in joined.text
    told = json.loads(joined.run("%parallel_workflow --json") or joined.text)
    assert told["state"] == "finished"
    assert {stage["name"]: stage["state"] for stage in told["stages"]} == dict.fromkeys(
        ("build", "square", "half", "other"), "finished"
    )


def test_the_cell_that_waits_and_the_live_graph_have_a_watch_each(
    joined: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # both look from threads of their own, and what one had read the other would lack
    shown, waited = [], []
    wait = WorkflowWatch.wait

    def waiting(watch: WorkflowWatch, *given: Any, **more: Any) -> Any:
        waited.append(watch)
        return wait(watch, *given, **more)

    monkeypatch.setattr(WorkflowWatch, "wait", waiting)
    monkeypatch.setattr(workflow_watching, "has_front_end", lambda shell: True)
    monkeypatch.setattr(
        workflow_watching, "_panel", lambda session, path, view, watch, flags: shown.append(watch)
    )
    joined.run("%parallel_workflow --run")
    assert shown[0].directory.path == waited[0].directory.path
    assert shown[0] is not waited[0]


def test_an_edited_cell_reruns_that_stage_and_what_hangs_on_it_and_nothing_else(joined: Any) -> None:
    joined.run("%parallel_workflow --run")
    assert sum(executed(joined).values()) == 12
    joined.run("%parallel_workflow --run")
    assert executed(joined) == Counter()

    joined.run(SQUARE.replace("** 2", "** 3"))
    joined.run("%parallel_workflow --explain")
    assert "only square, half will run" in joined.text
    joined.run("%parallel_workflow --run")
    expected = [f"square {size}" for size in (1, 2, 3)] + [f"half {size**3}" for size in (1, 2, 3)]
    assert executed(joined) == Counter(expected)
    assert records(joined, "half") == [0.5, 4.0, 13.5]
    assert records(joined, "other") == [-1, -2, -3]

    # the same text again, and a comment, change nothing
    joined.run(SQUARE.replace("** 2", "** 3  # cubes"))
    joined.run("%parallel_workflow --run")
    assert executed(joined) == Counter()

    # one more element: only what belongs to it
    joined.write("sizes.json", json.dumps({"size": [1, 2, 3, 4]}))
    joined.run("%parallel_workflow --run")
    assert executed(joined) == Counter(["build 4", "square 4", "half 64", "other 4"])


def test_a_failure_skips_only_what_hangs_on_it_and_names_it(joined: Any) -> None:
    joined.run(SQUARE.replace("note(", "if build['size'] == 2:\n    raise ValueError('no twos')\nnote("))
    error = joined.fails("%parallel_workflow --run")
    assert isinstance(error, RunFailedError)
    found = executed(joined)
    assert found["half 1"] == found["half 9"] == 1
    assert not any(name.startswith("half 4") for name in found)
    assert sum(name.startswith("other") for name in found) == 3
    text = joined.text
    assert re.search(r"square: \[\d/3\] FAILED: ValueError: no twos \(build size=2\)", text)
    assert "SKIPPED: square" in text
    assert "raise ValueError('no twos')" in text
    assert "The cell, line 3" in text
    # other stages' results are there, and going on does only what is left
    assert records(joined, "other") == [-1, -2, -3]
    joined.run(SQUARE)
    joined.run("%parallel_workflow --run")
    assert records(joined, "half") == [0.5, 2.0, 4.5]


def test_a_cell_that_is_fed_runs_the_workflow(joined: Any) -> None:
    joined.run(f"{HALF.replace('--input square', '--input square --run')}")
    assert records(joined, "half") == [0.5, 2.0, 4.5]


def test_a_stage_of_a_workflow_says_how_it_gets_a_result(joined: Any) -> None:
    assert "%parallel_workflow workflow --run gives it one" in str(joined.fails("half.path"))
    assert "%parallel_run build gives it one" in str(joined.fails("build.path"))
    assert "run the workflow" in str(joined.fails("%parallel_run half"))


def test_a_failed_partition_is_run_again_here(joined: Any) -> None:
    joined.run(SQUARE.replace("note(", "if build['size'] == 2:\n    raise ValueError('no twos')\nnote("))
    joined.fails("%parallel_workflow --run")
    joined.run("%parallel_debug square 1")
    assert "no twos" in joined.text
    assert joined.shell.user_ns["_partition_arguments"] == {"build": {"size": 2}}


def test_a_report_is_written_beside_the_file(joined: Any) -> None:
    assert "there is no run" in str(joined.fails("%parallel_workflow --report"))
    joined.run("%parallel_workflow --run")
    joined.run("%parallel_workflow --report")
    assert "Report: workflow.report.html" in joined.text
    assert "<html" in (joined.folder / "workflow.report.html").read_text("utf-8")


def test_a_flag_switches_a_stage_on(joined: Any) -> None:
    joined.run("%%parallel_stage extra --input half --when more\nnote('extra')\nhalf + 1")
    joined.run("%parallel_workflow --run")
    assert executed(joined)["extra"] == 0
    assert "Stage E: extra skipped: the flag more is off" in joined.text
    joined.run("%parallel_workflow --run --flag more")
    assert executed(joined) == Counter(["extra"] * 3)
    assert records(joined, "extra") == [1.5, 3.0, 5.5]


def test_logs_are_written_for_each_task_with_its_own_text(joined: Any) -> None:
    joined.run(SQUARE.replace("note(", "if build['size'] == 2:\n    raise ValueError('no twos')\nnote("))
    joined.fails("%parallel_workflow --run --logs task_logs")
    folder = joined.folder / "task_logs"
    texts = [path.read_text("utf-8") for path in sorted((folder / "build").glob("*.log"))]
    assert sorted(texts) == ["size 1\n", "size 2\n", "size 3\n"]
    assert all(path.read_text("utf-8") == "" for path in (folder / "build").glob("*.err"))
    for stage in ("build", "square", "half", "other"):
        assert len(list((folder / stage).glob("*.log"))) == len(list((folder / stage).glob("*.err"))) == 3
    failed = [text for path in (folder / "square").glob("*.err") if (text := path.read_text("utf-8"))]
    assert len(failed) == 1
    assert failed[0].startswith("Traceback")
    assert failed[0].endswith("ValueError: no twos\n")
    skipped = [text for path in (folder / "half").glob("*.err") if (text := path.read_text("utf-8"))]
    assert len(skipped) == 1
    assert "not run: square" in skipped[0]
    assert "ValueError: no twos" in skipped[0]


def test_a_run_goes_on_without_its_cell_and_is_stopped_from_another(joined: Any) -> None:
    joined.run("import os, time")
    joined.run(
        "%%parallel_stage square --input build\nwhile not os.path.exists('go'):\n    time.sleep(0.05)\n"
        "build['size'] ** 2"
    )
    joined.run("%parallel_workflow --run --detach")
    joined.run("%parallel_workflow --stop")
    assert "stopped" in joined.text
    watch = attach_workflow(joined.folder / "workflow.workflow.toml")
    assert watch.refresh().state == "stopped"
    joined.write("go", "")
    joined.run("%parallel_workflow --run")
    assert records(joined, "half") == [0.5, 2.0, 4.5]
    # what was finished before the stop was not done again
    assert all(count == 1 for name, count in executed(joined).items() if name.startswith("build"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--run --stop", "--run and --stop do not go together"),
        ("worflow", "there is no workflow 'worflow' here (did you mean 'workflow'?)"),
        ("--flags more", "--flags is not known here: did you mean '--flag'?"),
    ],
)
def test_misuse_is_one_clear_sentence(joined: Any, line: str, told: str) -> None:
    error = joined.fails(f"%parallel_workflow {line}")
    assert isinstance(error, UsageError) or type(error).__name__ == "UsageError"
    assert told in str(error)
    assert executed(joined) == Counter()


def test_a_folder_without_a_workflow_says_how_one_begins(notebook: Any) -> None:
    assert "%%parallel_stage NAME --after" in str(notebook.fails("%parallel_workflow"))


def test_a_plan_with_errors_fails_and_shows_them(joined: Any) -> None:
    joined.write("sizes.json", "{")
    assert isinstance(joined.fails("%parallel_workflow --plan"), PlanError)
    assert "sizes.json" in joined.text


def test_names_are_completed(joined: Any) -> None:
    from jupyter_agilab.magics.completion import candidates
    from jupyter_agilab.magics.stage import STAGE
    from jupyter_agilab.magics.workflow import WORKFLOW

    joined.run("%%parallel_stage extra --input half --when more --group gpu\nhalf")

    def found(parser: Any, *words: str) -> list[str]:
        return candidates(parser, list(words), ends_with_blank=True)

    assert found(WORKFLOW) == ["workflow"]
    assert found(WORKFLOW, "workflow", "--flag") == ["more"]
    assert found(STAGE, "x", "--after") == ["build", "extra", "half", "other", "square"]
    assert {"build", "build.artifact", "sizes.json"} <= set(found(STAGE, "x", "--input"))
    assert found(STAGE, "x", "--group") == ["gpu"]
    # they may be said more than once
    assert {"--input", "--after"} <= set(found(STAGE, "x", "--input", "build", "--after", "half"))
