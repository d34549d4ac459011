"""The story of real runs: prediction, what is new, the ends of logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_agilab import api, errors
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.story.story import RunStory
from jupyter_agilab.run.story.tails import TAIL_BYTES

PLAIN = "def work(i):\n    return {'i': i}\n"
LOUD = """
def work(i):
    for line in range(1000 * (i == 2)):
        print("line", line)
    return {"i": i}
"""


def stage(folder: Path, module: str, count: int = 4) -> Path:
    (folder / "stages").mkdir(exist_ok=True)
    (folder / "stages/work.py").write_text(module, "utf-8")
    (folder / "grid.json").write_text(json.dumps({"i": list(range(count))}), "utf-8")
    keys = {
        "schema": "agilab.parallel_stage.v1",
        "name": "work",
        "function": "stages/work.py:work",
        "split": "parameter-sweep",
        "input": "grid.json",
        "workers": 2,
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "min_partitions_per_worker": 1,
        "reducer": "concat-jsonl",
        "backend": "local",
        "output": "artifacts/work.jsonl",
    }
    path = folder / "work.parallel_stage.toml"
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items()), "utf-8")
    return path


def story_of(path: Path) -> RunStory:
    api.run(path)
    return api.story("work", path.parent)


def test_a_trial_foretells_the_work(tmp_path):
    path = stage(tmp_path, PLAIN, count=6)
    report = api.trial(path)
    found = story_of(path).trial
    assert found is not None
    assert found.work_s == pytest.approx(6 * report.seconds)
    assert found.best_s == pytest.approx(6 * report.seconds)
    assert found.described == "i=0"


def test_a_trial_of_other_code_foretells_nothing(tmp_path):
    api.trial(stage(tmp_path, PLAIN))
    assert story_of(stage(tmp_path, PLAIN.replace("'i': i", "'i': -i"))).trial is None


def test_a_trial_that_came_later_foretold_nothing(tmp_path):
    path = stage(tmp_path, PLAIN)
    assert story_of(path).trial is None
    api.trial(path)
    assert api.story("work", tmp_path).trial is None


def test_what_the_plan_foretold_is_computed_again_from_what_was_known_then(tmp_path):
    path = stage(tmp_path, PLAIN, count=6)
    api.trial(path, sizes=True)
    made = api.plan(path).estimate
    assert made is not None
    found = story_of(path).foretold
    assert found is not None
    assert found.source == made.source == "a trial of 3 partitions"
    assert (found.seconds, found.work_s, found.workers) == (made.seconds, made.work_s, made.workers)
    first = api.runs(tmp_path)[0]
    api.run(path, api.RunSettings(force=True))
    again = api.story("work", tmp_path).foretold
    assert again is not None
    assert again.source == f"run {first.run_id}"
    # the run that came first is still told by the trial
    told = api.story(first.run_id, tmp_path).foretold
    assert told is not None
    assert told.source == "a trial of 3 partitions"


def test_nothing_known_foretells_nothing(tmp_path):
    path = stage(tmp_path, PLAIN)
    assert story_of(path).foretold is None
    api.trial(path, sizes=True)
    assert api.story("work", tmp_path).foretold is None


def test_the_run_before_is_the_one_that_is_compared(tmp_path):
    path = stage(tmp_path, PLAIN)
    first = story_of(path)
    assert first.previous is None
    second = story_of(path)
    assert second.previous.is_same
    assert second.previous.run_id == first.run.run_id
    assert second.figures.done == 0
    path.write_text(path.read_text().replace("workers = 2", "workers = 1"))
    (tmp_path / "stages/work.py").write_text(PLAIN + "# a word\n")
    third = story_of(path)
    assert third.previous.run_id == second.run.run_id
    assert third.previous.contract.lines[-8:].count("+workers = 1") == 1
    [code] = third.previous.code
    assert (code.name, code.kind, code.lines[-1]) == ("stages/work.py", "changed", "+# a word")


def test_of_long_logs_the_end_is_kept(tmp_path):
    logs = story_of(stage(tmp_path, LOUD)).logs
    [tail] = logs.noisiest
    assert (tail.index, tail.is_cut, logs.partitions, logs.failed) == (2, True, 1, ())
    assert tail.lines[-1] == ("stdout", "line 999")
    assert sum(len(text) + 1 for _, text in tail.lines) <= TAIL_BYTES
    assert tail.size_bytes == logs.size_bytes == sum(len(f"line {line}\n") for line in range(1000))


def test_a_directory_that_is_no_run_is_refused(tmp_path):
    from jupyter_agilab.run.story.story import tell

    with pytest.raises(errors.RunNotFoundError, match="no manifest"):
        tell(RunDirectory(tmp_path))
