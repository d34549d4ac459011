"""The story of a workflow's run: a timeline across stages, and the path that decided how long it took."""

import json

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.workflow.running.story import workflow_story


def told(flow, **settings):
    status = flow.run(**settings)
    assert status.state == "finished", [stage.message for stage in status.stages]
    from pathlib import Path

    return workflow_story(RunDirectory(Path(status.run_dir)))


SLEEPS = "import time\ndef {name}({parameter}):\n    time.sleep({seconds})\n    return 1\n"


def add(flow, name, seconds, feed="", **keys):
    code = SLEEPS.format(name=name, parameter=feed or "i", seconds=seconds)
    lines = f'input = "{feed}"' if feed else ""
    return flow.stage(name, code, lines, grid=None if feed else {"i": [0]}, **keys)


def test_the_critical_path_goes_through_what_took_longest(flow):
    add(flow, "a", 0.2)
    add(flow, "long", 1.5, "a")
    add(flow, "short", 0.1, "a")
    flow.stage(
        "end", SLEEPS.format(name="end", parameter="long, short", seconds=0.2), 'input = ["long", "short"]'
    )
    story = told(flow, backend="threads", workers=4)
    path = [step.bar.stage for step in story.critical_path]
    # what merges at the end may be any stage's, as the last of all
    assert [stage for stage in path if stage != "short"][:3] == ["a", "long", "end"]
    assert story.on_path_s()["long"] > 1.4
    because = {step.bar.stage: step.because for step in story.critical_path if step.bar.worker}
    assert because["a"] == "start"
    assert because["long"] in {"input", "worker"}
    for before, after in zip(story.critical_path, story.critical_path[1:], strict=False):
        assert before.bar.stop_s <= after.bar.start_s + 0.1


def test_one_worker_is_what_everything_waits_for(flow):
    for name in "abc":
        add(flow, name, 0.3)
    flow.write()
    story = told(flow, workers=1)
    steps = [step for step in story.critical_path if step.bar.worker]
    assert len(steps) == 3
    assert {step.because for step in steps[1:]} == {"worker"}
    assert story.busy_s > 0.85


def test_every_task_is_a_bar_of_its_stage(flow):
    add(flow, "a", 0.01)
    add(flow, "b", 0.01, "a")
    story = told(flow, workers=2)
    assert sorted((bar.stage, bar.partitions) for bar in story.bars if bar.worker) == [("a", 1), ("b", 1)]
    assert sorted(bar.stage for bar in story.bars if not bar.worker) == ["a", "b"]
    assert all(0 <= bar.start_s <= bar.stop_s <= story.seconds + 0.1 for bar in story.bars)
    assert set(story.workers) <= {"worker-0", "worker-1"}
    assert json.loads(json.dumps(story.to_json()))["status"]["name"] == "flow"


def test_a_run_in_which_nothing_was_done_has_a_story_too(flow):
    add(flow, "a", 0.01)
    flow.run()
    story = told(flow)
    assert [bar for bar in story.bars if bar.worker] == []
    assert story.status.stage("a").reused == 1
