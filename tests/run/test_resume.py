"""Running again: what is done again, what is taken over, and what one asks for by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory, run_directories
from jupyter_agilab.run.manifest import read_manifest

MODULE = """
    import helpers

    LIMIT = 3

    def work(path):
        with open("calls.txt", "a") as out:
            out.write(path + "\\n")
        with open(path) as file:
            return {"path": path, "rows": len(file.readlines()), "n": helpers.clean(LIMIT)}
"""
HELPERS = "def clean(x):\n    return x\n\ndef unused(x):\n    return x\n"
BAD = """
    def work(i):
        with open("calls.txt", "a") as out:
            out.write(f"{i}\\n")
        if i in (1, 3):
            raise ValueError(f"no {i}")
        return {"i": i}
"""


def calls(stage) -> list[str]:
    """Give what was really called since the last time, sorted."""
    path = stage.folder / "calls.txt"
    found = sorted(path.read_text().split()) if path.exists() else []
    path.unlink(missing_ok=True)
    return found


@pytest.fixture
def files(stage):
    data = stage.folder / "data"
    data.mkdir()
    for name in "abc":
        (data / f"{name}.csv").write_text("x\n1\n2\n")
        os.utime(data / f"{name}.csv", (1_600_000_000, 1_600_000_000))
    (stage.folder / "helpers.py").write_text(HELPERS)
    stage.module(MODULE).contract("[parameters]\n")
    stage.run()
    assert calls(stage) == ["data/a.csv", "data/b.csv", "data/c.csv"]
    return stage


def test_an_edited_helper_runs_its_users_and_nothing_else(files):
    """Two stages share a module; each uses another function of it."""
    (files.folder / "stages/other.py").write_text(
        "import helpers\n\ndef other(path):\n    open('other.txt', 'a').close()\n"
        "    return {'u': helpers.unused(1)}\n"
    )
    other = files.path.with_name("other.parallel_stage.toml")
    other.write_text(
        files.path.read_text()
        .replace('"work"', '"other"')
        .replace("stages/work.py:work", "stages/other.py:other")
        .replace("artifacts/work", "artifacts/other")
    )
    api.run(other)
    (files.folder / "other.txt").unlink()
    (files.folder / "helpers.py").write_text(HELPERS.replace("return x", "return x + 1", 1))
    assert files.run().reused == 0
    assert len(calls(files)) == 3
    assert api.run(other).reused == 3
    assert not (files.folder / "other.txt").exists()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("helpers.py", "def unused(x):\n    return x", "def unused(x):\n    return -x"),
        ("helpers.py", "def clean", "# a note\ndef clean"),
        ("helpers.py", "(x):\n    return x\n", "( x ):\n    'Say.'\n    return (x)\n"),
        ("stages/work.py", "LIMIT = 3", "LIMIT = 3  # rows"),
        ("stages/work.py", "import helpers", "import helpers\n\ndef brand_new():\n    return 1"),
    ],
)
def test_an_edit_that_means_nothing_runs_nothing(files, file, old, new):
    path = files.folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert files.run().reused == 3
    assert calls(files) == []


def test_a_changed_input_runs_alone(files):
    with (files.folder / "data/b.csv").open("a") as out:
        out.write("3\n")
    assert files.run().reused == 2
    assert calls(files) == ["data/b.csv"]


class TestByContent:
    @pytest.fixture
    def by_content(self, files):
        files.contract('[partition]\nfingerprint = "content"\n')
        files.run()
        calls(files)
        return files

    def test_a_touched_input_runs_nothing(self, by_content):
        os.utime(by_content.folder / "data/b.csv")
        assert by_content.run().reused == 3
        assert calls(by_content) == []

    def test_a_change_that_keeps_size_and_time_is_noticed(self, by_content):
        path = by_content.folder / "data/b.csv"
        path.write_text("x\n1\n9\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))
        assert by_content.run().reused == 2
        assert calls(by_content) == ["data/b.csv"]

    def test_pieces_of_a_touched_file_run_nothing(self, by_content):
        (by_content.folder / "data/a.csv").write_text("x\n" + "1\n" * 50)
        for name in "bc":
            (by_content.folder / f"data/{name}.csv").unlink()
        by_content.contract(partition_strategy="file-chunks", target_partitions=4)
        first = by_content.run()
        assert first.partitions == 4
        os.utime(by_content.folder / "data/a.csv")
        assert by_content.run().reused == 4


def test_by_stat_a_touched_input_runs_and_a_disguised_change_is_missed(files):
    """What a stat cannot tell; the reason why content can be asked for."""
    path = files.folder / "data/b.csv"
    path.write_text("x\n1\n9\n")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert files.run().reused == 3
    os.utime(path)
    assert files.run().reused == 2


class TestOnlyAndForce:
    def test_force_runs_everything(self, files):
        assert files.run(force=True).reused == 0
        assert len(calls(files)) == 3

    def test_named_partitions_that_have_results_are_taken_over(self, files):
        assert files.run(only="0-1").reused == 3
        assert calls(files) == []

    def test_named_partitions_run_again_with_force_and_the_others_are_taken_over(self, files):
        before = (files.folder / "artifacts/work.jsonl").read_bytes()
        result = files.run(only=[2, "0"], force=True)
        assert (result.reused, calls(files)) == (1, ["data/a.csv", "data/c.csv"])
        assert (files.folder / "artifacts/work.jsonl").read_bytes() == before

    def test_an_id_or_its_beginning_names_a_partition(self, files):
        partitions = api.plan(files.path).partitions
        files.run(only=f"{partitions[0].id},{partitions[2].id[:8]}", force=True)
        assert calls(files) == ["data/a.csv", "data/c.csv"]

    def test_only_what_changed(self, files):
        with (files.folder / "data/b.csv").open("a") as out:
            out.write("3\n")
        (files.folder / "data/d.csv").write_text("x\n1\n")
        status = files.status(only="changed")
        assert calls(files) == ["data/b.csv"]
        # nobody asked for the new file
        assert (status.state, status.done) == ("partial", 3)
        manifest = read_manifest(RunDirectory(Path(status.run_dir)))
        assert manifest["artifact"]["missing"] == [3]
        assert files.run().reused == 3
        assert calls(files) == ["data/d.csv"]

    def test_only_what_failed(self, stage):
        stage.module(BAD).sweep(5)
        stage.contract('[execution]\non_failure = "finish"\n', workers=1)
        stage.status()
        assert calls(stage) == ["0", "1", "2", "3", "4"]
        # a failure alone does not make the function another one: as if its input had been put right
        stage.status(only="failed")
        assert calls(stage) == ["1", "3"]

    def test_the_plan_and_the_choice_are_kept(self, files):
        files.run(only="1")
        manifest = read_manifest(run_directories(files.folder, "work")[0])
        assert manifest["settings"]["only"] == [1]
        assert manifest["settings"]["force"] is False

    def test_a_damaged_result_that_nobody_asked_for_stays_missing(self, files):
        """With `only`, nothing else is run behind one's back."""
        for index in run_directories(files.folder, "work")[0].segments.glob("*.data"):
            index.write_bytes(b"x" * index.stat().st_size)
        status = files.status(only="0")
        assert calls(files) == ["data/a.csv"]
        assert status.state == "partial"

    @pytest.mark.parametrize(
        ("only", "said"),
        [
            ("7", "partitions 0 to 2; `only` asks for 7"),
            ("2-1", "`only` asks for 2-1"),
            ("0-3", "`only` asks for 0-3"),
            ("failde", "did you mean 'failed'?"),
            ("", "names no partition"),
            (" , ", "names no partition"),
            ([], "names no partition"),
            ("-1", "cannot have '-1'"),
            ("abcdef", "no partition is 'abcdef'"),
            ("failed", "no partition failed last time"),
            ("changed", "no partition has changed since its result was made"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_and_nothing_is_left_behind(self, files, only, said):
        before = run_directories(files.folder, "work")
        with pytest.raises(UsageError) as caught:
            files.run(only=only)
        assert said in str(caught.value)
        assert [run.path for run in run_directories(files.folder, "work")] == [run.path for run in before]


def test_a_reducer_that_was_edited_has_not_been_tried(stage):
    stage.module("def work(i):\n    return {'i': i}\n")
    reducer = stage.folder / "stages/merge.py"
    reducer.write_text("def merge(results):\n    return {'count': len(list(results))}\n")
    stage.sweep(3).contract(
        '[reduce]\nfunction = "stages/merge.py:merge"\n', reducer="custom", output="out.json"
    )
    assert not api.was_tried(stage.path)
    api.trial(stage.path)
    assert api.was_tried(stage.path)
    reducer.write_text("def merge(results):\n    # a note\n    return {'count': len(list(results))}\n")
    assert api.was_tried(stage.path)
    reducer.write_text("def merge(results):\n    return {'n': len(list(results))}\n")
    assert not api.was_tried(stage.path)
    stage.run()
    assert api.was_tried(stage.path)
    stage.contract('[reduce]\nfunction = "stages/merge.py:merge"\nkey = 1\n')
    assert not api.was_tried(stage.path)


def test_reused_results_are_told_before_anything_runs(files):
    files.run()
    events = list(read_events(run_directories(files.folder, "work")[0].events))
    started = next(event for event in events if event["type"] == "run.started")
    assert started["reused"] == 3
    assert not any(event["type"] == "task.started" for event in events)
