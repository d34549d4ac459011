"""What a workflow's journals hold is declared, and no result is in what goes through the scheduler."""

import json
from pathlib import Path

import jsonschema

from jupyter_agilab.run.event_schema import COMMON, EVENTS, json_schema
from jupyter_agilab.run.workflow_events import WORKFLOW_EVENTS

DECLARED = {event.name: {field.name for field in (*COMMON, *event.fields)} for event in EVENTS}


def test_everything_that_is_written_is_declared_and_the_other_way_round(flow):
    flow.code("g1", "def setup():\n    return 1\ndef teardown(state):\n    pass\n")
    flow.stage("a", "def a(i, state):\n    return 1 // i\n", 'group = "g1"', grid={"i": [1, 0, 2]})
    flow.stage("b", "def b(a):\n    return a\n", 'group = "g1"\ninput = "a"')
    flow.write(tail='[groups.g1]\nsetup = "stages/g1.py:setup"\nteardown = "stages/g1.py:teardown"\n')
    status = flow.run()
    assert status.state == "partial"
    validator = jsonschema.Draft202012Validator(json_schema())
    seen: dict[str, set[str]] = {}
    for folder in (status.run_dir, *(stage.run_dir for stage in status.stages)):
        lines = (Path(folder) / "events.jsonl").read_text().splitlines()
        events = [json.loads(line) for line in lines]
        for event in events:
            validator.validate(event)
            assert set(event) <= DECLARED[event["type"]], event
            seen.setdefault(event["type"], set()).update(event)
        assert [event["t"] for event in events] == sorted(event["t"] for event in events)
        assert events[-1]["type"] == ("workflow.ended" if folder == status.run_dir else "run.ended")
    for declared in WORKFLOW_EVENTS:
        assert {field.name for field in declared.fields} <= seen[declared.name], declared.name


def test_what_goes_through_the_scheduler_does_not_grow_with_results(flow):
    from distributed import LocalCluster
    from distributed.diagnostics.plugin import SchedulerPlugin

    class Weighing(SchedulerPlugin):
        def __init__(self, scheduler):
            self.scheduler, self.answers, self.tasks = scheduler, 0, 0

        def transition(self, key, start, finish, *args, **kwargs):
            if finish == "memory" and "-task-" in str(key):
                self.answers += self.scheduler.tasks[key].nbytes
                self.tasks += 1

    size, count = 200_000, 60
    flow.stage("a", f"def a(i):\n    return [i, 'x' * {size}]\n", grid={"i": list(range(count))})
    flow.stage("b", "def b(a):\n    return [a[0] + 1, a[1]]\n", 'input = "a"')
    flow.stage("c", "def c(b):\n    return {'i': b[0], 'length': len(b[1])}\n", 'input = "b"')
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        weighing = Weighing(cluster.scheduler)
        cluster.scheduler.add_plugin(weighing, name="weighing")
        status = flow.run(scheduler=cluster.scheduler_address)
    assert status.state == "finished", status.message
    assert flow.values("c") == [{"i": i + 1, "length": size} for i in range(count)]
    moved = 2 * count * size
    assert weighing.tasks
    # 24 MB of results went from worker to worker through files
    assert weighing.answers < moved / 100
