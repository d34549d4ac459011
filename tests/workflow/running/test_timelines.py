"""How long graphs of groups take: a module's second is a fraction of one here; `--second 1` takes real ones.

Sequentially, the first takes 15 of them for three jobs. What is measured is the time between the first
module's begin and the last one's end, so that it does not matter how long processes take to start.
"""

import json

import pytest

MODULE = """
    import time
    def {name}({parameters}):
        started = time.time()
        time.sleep({seconds})
        return {{"span": [started, time.time()], "job": {job}}}
"""
# what handing out, on a machine that others use, may take beside each module
SLACK_S = 0.15


@pytest.fixture
def second(pytestconfig) -> float:
    return pytestconfig.getoption("--second")


def module(flow, name, feeds, group, seconds, jobs=3):
    parameters = ", ".join(feeds) or "job"
    job = f"{feeds[0]}['job']" if feeds else "job"
    lines = f'group = "{group}"\n' + (f"input = {json.dumps(feeds)}\n" if feeds else "")
    code = MODULE.format(name=name, parameters=parameters, seconds=seconds, job=job)
    flow.stage(name, code, lines, grid=None if feeds else {"job": list(range(jobs))})


def ends(flow, second, **settings):
    """Run it; give when each module of each job ended, in seconds of modules since the first began."""
    status = flow.run(backend="threads", **settings)
    assert status.state == "finished", [stage.message for stage in status.stages]
    spans = {
        (stage.name, value["job"]): value["span"]
        for stage in status.stages
        for value in flow.values(stage.name)
    }
    begin = min(start for start, _ in spans.values())
    return {key: (end - begin) / second for key, (_, end) in spans.items()}


def simple(flow, second):
    module(flow, "A", [], "g1", second)
    module(flow, "B", ["A"], "g1", second)
    module(flow, "C", [], "g2", second)
    module(flow, "D", ["B", "C"], "g3", second)
    module(flow, "E", ["D"], "g3", second)


def test_the_simple_pipeline_takes_eight_of_fifteen(flow, second):
    simple(flow, second)
    took = max(ends(flow, second, workers=3).values())
    # the longest chain that one replica allows: A and B three times, then D and E of the last job
    assert 8 <= took < 8 * (1 + SLACK_S / second) + 1


def test_three_replicas_of_each_group_take_four(flow, second):
    simple(flow, second)
    flow.write(tail="".join(f"[groups.g{number}]\nreplicas = 3\n" for number in (1, 2, 3)))
    took = max(ends(flow, second, workers=9).values())
    assert 4 <= took < 4 * (1 + SLACK_S / second) + 1


def test_a_stage_of_a_group_starts_although_another_group_goes_on(flow, second):
    module(flow, "A", [], "g1", second, jobs=1)
    module(flow, "B", ["A"], "g1", second)
    module(flow, "C", [], "g2", second, jobs=1)
    module(flow, "D", ["A", "C"], "g3", second)
    ended = ends(flow, second, workers=3)
    most = 2 * (1 + SLACK_S / second) + 0.5
    assert 2 <= ended["D", 0] < most
    assert 2 <= ended["B", 0] < most


@pytest.mark.parametrize(("replicas", "least"), [(1, 17), (3, 9)])
def test_replicas_of_the_slow_group_only(flow, second, replicas, least):
    second /= 2
    module(flow, "A", [], "g1", second)
    module(flow, "B", ["A"], "g2", 5 * second)
    module(flow, "C", ["B"], "g3", second)
    flow.write(tail=f"[groups.g2]\nreplicas = {replicas}\n")
    took = max(ends(flow, second, workers=5).values())
    assert least <= took < least * (1 + SLACK_S / (3 * second)) + 1
