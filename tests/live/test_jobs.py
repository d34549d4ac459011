"""Many jobs through one workflow: timelines, groups, replicas, failures, closing."""

import asyncio
import os
import threading
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from jupyter_agilab import Hooks, Jobs, use_threads
from jupyter_agilab.errors import (
    AmbiguousResultError,
    ClaimError,
    JobsClosedError,
    NoPlaceError,
    NoResultError,
    UsageError,
    WorkflowError,
)
from jupyter_agilab.live.results import Results
from jupyter_agilab.workflow.graph import starting_conditions
from jupyter_agilab.workflow.model import Claims, Feed, Group, Workflow, WorkflowStage

WAIT_S = 60


def workflow_of(text, groups=None, **more):
    """Make a workflow of ``A@g1 B@g1(A) C@g2 D@g3(B,C)``; names in brackets feed the stage."""
    stages = {}
    for word in text.split():
        head, _, fed = word.rstrip(")").partition("(")
        name, _, group = head.partition("@")
        inputs = tuple(Feed(each) for each in fed.split(",") if each)
        stages[name] = WorkflowStage(name=name, inputs=inputs, group=group, claims=more.pop(name, Claims()))
    held = {
        name: each if isinstance(each, Group) else Group(name=name, replicas=each)
        for name, each in (groups or {}).items()
    }
    return Workflow(name="flow", stages=stages, groups=held, **more)


def module(name, seconds=0.0):
    """Make a module that takes its time, and gives its name, the job, and what it was fed."""

    def work(job, results):
        time.sleep(seconds)
        fed = ",".join(results[each] for each in sorted(results))
        return f"{name}{job}({fed})" if fed else f"{name}{job}"

    work.__name__ = name
    return work


def modules(workflow, seconds=0.0):
    return {name: module(name, seconds) for name in workflow.stages}


async def timed(workflow, place, count, functions, **more):
    """Run jobs at once in processes that are there; give the results, the seconds and the timeline."""
    async with Jobs(workflow, functions, place, **more) as jobs:
        started = time.monotonic()
        results = await jobs.gather(range(count))
        return results, time.monotonic() - started, jobs.timeline


def in_time(seconds, second, most):
    """Say whether it took no longer than is told in public; scaled seconds say nothing on a busy machine."""
    return second < 1 or seconds <= most


def at_once(spans):
    """Give how many were under way at the same time."""
    edges = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    return max(sum(step for _, step in edges[: count + 1]) for count in range(len(edges)))


def spans_of(timeline, *stages):
    return [(each.start, each.end) for each in timeline if each.stage in stages]


def gain(timeline):
    """Give how many times faster it was than one stage after another: a busy machine slows both down."""
    return sum(each.end - each.start for each in timeline) / timeline.seconds


SIMPLE = "A@g1 B@g1(A) C@g2 D@g3(B,C) E@g3(D)"
FLOW = "A@g1 B@g1(A) C@g2 D@g3(A,C)"
CLAIMS = "A@g1 B@g2 C@g3(A,B)"


@pytest.mark.parametrize("kind", ["threads", "pool"])
def test_simple_pipeline(place_of, second, kind):
    """Three jobs: 15 s one after another, 8 s where groups go on by themselves; modules take one."""
    workflow = workflow_of(SIMPLE)
    with place_of(kind) as place:
        results, seconds, timeline = asyncio.run(timed(workflow, place, 3, modules(workflow, second)))
    assert [each.results["E"] for each in results] == [f"E{i}(D{i}(B{i}(A{i}),C{i}))" for i in range(3)]
    assert 7.9 * second <= seconds
    assert in_time(seconds, second, 9)
    # 15 / 8 where nothing else takes time
    assert gain(timeline) > 1.4


def test_simple_pipeline_one_after_another(second):
    workflow = workflow_of("A B(A) C D(B,C) E(D)")
    with use_threads(1) as place:
        results, seconds, timeline = asyncio.run(timed(workflow, place, 3, modules(workflow, second)))
    assert [each.results["E"] for each in results] == [f"E{i}(D{i}(B{i}(A{i}),C{i}))" for i in range(3)]
    assert seconds >= 15 * second
    assert gain(timeline) <= 1


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_a_group_starts_before_others_that_feed_it_are_done_altogether(place_of, second, kind):
    """The flow figure: D needs A and C; B, in the same group as A, is still at work."""
    workflow = workflow_of(FLOW)
    assert starting_conditions(workflow) == {"g1": set(), "g2": set(), "g3": {"A", "C"}}
    with place_of(kind) as place:
        results, _, timeline = asyncio.run(timed(workflow, place, 1, modules(workflow, second)))
    assert results[0].results == {"B": "B0(A0)", "D": "D0(A0,C0)"}
    assert timeline.seconds >= 2 * second - 0.01
    assert in_time(abs(timeline.of("D").end - timeline.of("B").end), second, 0.2)
    assert in_time(timeline.seconds, second, 2.2)


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_a_group_still_works_when_what_it_fed_has_ended(place_of, tmp_path, kind):
    """As above, without a clock: B does not end before D has."""

    def b(A):
        deadline = time.monotonic() + WAIT_S
        while not (tmp_path / "D").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return (tmp_path / "D").exists()

    functions = {"A": str, "B": b, "C": str, "D": lambda A, C: (tmp_path / "D").write_text(A + C)}
    with place_of(kind) as place:
        results, _, _ = asyncio.run(timed(workflow_of(FLOW), place, 1, functions))
    assert results[0].results == {"B": True, "D": 2}


@pytest.mark.parametrize(
    ("gpus", "least", "most", "side_by_side"),
    [(1.5, 3.9, 5.0, 2), (1.0, 6.9, 8.0, 1)],
    ids=["1.5 units", "1 unit"],
)
def test_resource_claims(place_of, second, gpus, least, most, side_by_side):
    """A claims a GPU, B half of one: with 1.5 they go side by side, with one they take turns."""
    claims = {"A": Claims(gpus=1), "B": Claims(gpus=0.5, cpus=4)}
    workflow = workflow_of(CLAIMS, **claims)
    held = []

    def noting(work):
        def noted(job, results):
            started = time.monotonic()
            value = work(job, results)
            held.append((started, time.monotonic()))
            return value

        return noted

    functions = modules(workflow, second)
    functions.update((name, noting(functions[name])) for name in "AB")
    with place_of("threads", 4, resources={"gpus": gpus}) as place:
        results, seconds, _ = asyncio.run(timed(workflow, place, 3, functions))
    assert [each.results["C"] for each in results] == [f"C{i}(A{i},B{i})" for i in range(3)]
    assert least * second <= seconds
    assert in_time(seconds, second, most)
    assert at_once(held) == side_by_side


def test_three_replicas(place_of, second):
    workflow = workflow_of(SIMPLE, {"g1": 3, "g2": 3, "g3": 3})
    with place_of("pool") as place:
        results, seconds, timeline = asyncio.run(timed(workflow, place, 3, modules(workflow, second)))
    assert [each.results["E"][:2] for each in results] == ["E0", "E1", "E2"]
    assert in_time(seconds, second, 5)
    # 15 / 4 where nothing else takes time; with one replica of each it cannot be more than three
    assert {stage: at_once(spans_of(timeline, stage)) for stage in "ABDE"} == dict.fromkeys("ABDE", 3)


@pytest.mark.parametrize(
    ("text", "replicas", "expected", "side_by_side"),
    [("A@g B@g(A) C@g(B)", 1, 21, 1), ("A@g1 B@g2(A) C@g3(B)", 1, 17, 2), ("A@g1 B@g2(A) C@g3(B)", 3, 9, 3)],
    ids=["one after another", "groups", "three replicas"],
)
def test_the_slow_module_in_the_middle(place_of, second, text, replicas, expected, side_by_side):
    """1, 5 and 1 s: three jobs take 21 s in one process, 17 s in three, 9 s with three of the slow one."""
    workflow = workflow_of(text, {"g2": replicas} if "g2" in text else None)
    seconds_of = {"A": 1, "B": 5, "C": 1}
    functions = {name: module(name, seconds * second) for name, seconds in seconds_of.items()}
    with place_of("threads", 8) as place:
        results, seconds, timeline = asyncio.run(timed(workflow, place, 3, functions))
        assert [each.results["C"] for each in results] == [f"C{i}(B{i}(A{i}))" for i in range(3)]
        assert (expected - 0.1) * second <= seconds
        assert in_time(seconds, second, expected + 1)
        assert len({each.lane for each in timeline if each.stage == "B"}) == replicas
        assert at_once(spans_of(timeline, "B")) == replicas
        assert at_once(spans_of(timeline, *"ABC")) >= side_by_side
        assert side_by_side > 1 or at_once(spans_of(timeline, *"ABC")) == 1


def test_a_fourth_job_waits_for_a_free_replica(place_of):
    workflow = workflow_of("A@g", {"g": 3})
    with place_of("threads") as place:
        _, _, timeline = asyncio.run(timed(workflow, place, 4, modules(workflow, 0.3)))
    first_end = min(each.end for each in timeline)
    assert [each.job for each in timeline if each.start >= first_end] == [3]


def test_results_are_in_the_order_of_the_jobs(place_of):
    """Each job ends after the next one."""
    ended, has_ended = [], [threading.Event() for _ in range(5)]
    has_ended[4].set()

    def work(job):
        assert has_ended[job + 1].wait(WAIT_S)
        ended.append(job)
        has_ended[job].set()
        return job * 10

    with place_of("threads", 4) as place:
        results, _, _ = asyncio.run(timed(workflow_of("A"), place, 4, {"A": work}))
    assert ended == [3, 2, 1, 0]
    assert [each.results["A"] for each in results] == [0, 10, 20, 30]
    assert [each.number for each in results] == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_a_group_is_one_process_with_one_stage_at_a_time(place_of, kind):
    def where():
        started = time.time()
        time.sleep(0.02)
        return os.getpid(), threading.get_ident(), started, time.time()

    workflow = workflow_of("A@g1 B@g1(A) C@g2(A) D@g1(C)", {"g1": 2})
    functions = {name: (lambda results: where()) for name in workflow.stages}
    functions["A"] = lambda job: where()
    with place_of(kind) as place:
        expose = list(workflow.stages)
        results, _, timeline = asyncio.run(timed(workflow, place, 6, functions, expose=expose))
    spans = {}
    for each in results:
        assert each.error is None
        at = {each.results[name][0] for name in "ABD"}
        assert len(at) == 1
        lane = {one.lane for one in timeline if one.job == each.number and one.stage in "ABD"}
        assert len(lane) == 1
        spans.setdefault(lane.pop(), []).extend(each.results[name][2:] for name in "ABD")
    assert len(spans) == 2
    for held in spans.values():
        ordered = sorted(held)
        assert all(a[1] <= b[0] + 0.001 for a, b in pairwise(ordered))


@pytest.mark.parametrize("text", ["A B(A) C D(B,C)", "A@g1 B@g1(A) C@g2 D@g3(B,C)", "A@g1 B@g1(A) C D(B,C)"])
def test_groups_change_nothing_but_time(place, text):
    """Stages without a group run wherever there is room; groups may be named without being declared."""
    workflow = workflow_of(text)
    results, _, _ = asyncio.run(timed(workflow, place, 2, modules(workflow)))
    assert [dict(each.results) for each in results] == [{"D": f"D{i}(B{i}(A{i}),C{i})"} for i in range(2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A@g1 B@g1(A)", {"g1": set()}),
        ("A@g1 B@g2", {"g1": set(), "g2": set()}),
        ("A@g1 B@g1 C@g2(A,B)", {"g1": set(), "g2": {"A", "B"}}),
        ("R1@g1 C@g2(R1) D@g2(C,R1)", {"g1": set(), "g2": {"R1"}}),
    ],
)
def test_what_groups_wait_for(text, expected):
    assert starting_conditions(workflow_of(text)) == expected


def test_groups_that_wait_for_each_other_in_turns_go_on(place_of):
    """g1 needs g2 in its middle and the other way round; whoever waits lets others work meanwhile."""
    workflow = workflow_of("A@g1 B@g2(A) C@g1(B) D@g2(C) E@g1(D)")
    with place_of("threads") as place:
        work = timed(workflow, place, 5, modules(workflow, 0.01))
        results, _, _ = asyncio.run(asyncio.wait_for(work, WAIT_S))
    assert [each.results["E"] for each in results] == [f"E{i}(D{i}(C{i}(B{i}(A{i}))))" for i in range(5)]


@pytest.mark.parametrize(
    ("workflow", "functions", "message"),
    [
        (workflow_of(""), {}, "the workflow has no stages"),
        (workflow_of("A B(A)"), {"A": len}, "B: it has no function"),
        (workflow_of("A"), {"A": 3}, "A: its function is a int"),
        (workflow_of("A(B)"), {"A": len}, "A: it depends on 'B', which is no stage"),
        (workflow_of("A@g1", {"g1": 1, "g2": 1}), {"A": len}, "no stage is in the group 'g2'"),
        (workflow_of("A(B) B(A)"), {"A": len, "B": len}, "the graph has a cycle: A->B->A"),
        (workflow_of("A(A)"), {"A": len}, "the graph has a cycle: A->A"),
        (workflow_of("A B(A,D) C(B) D(C)"), {}, "the graph has a cycle: B->C->D->B"),
        (
            workflow_of("A B(A)"),
            {"A": lambda: 1, "B": lambda x, y: 1},
            "its function has no parameter for the results of A",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_workflow_that_cannot_run_is_refused(workflow, functions, message):
    with pytest.raises(WorkflowError) as raised:
        Jobs(workflow, functions)
    assert message in str(raised.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(WorkflowError) as raised:
        Jobs(workflow_of("A B(A) C(X)", {"g": 1}), {"A": len}, expose=["A", "A", "Z"])
    assert len(raised.value.findings) == 6


def test_jobs_need_a_place():
    jobs = Jobs(workflow_of("A"), {"A": str})
    with pytest.raises(NoPlaceError):
        asyncio.run(jobs.run(1))
    with use_threads(1):
        assert asyncio.run(jobs.run(1)).results["A"] == "1"


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
@pytest.mark.parametrize("text", ["A", "A@g"])
def test_a_claim_that_nothing_can_meet_is_an_error_when_it_is_built(place_of, kind, text):
    workflow = workflow_of(text, A=Claims(gpus=64))
    with place_of(kind) as place, pytest.raises(ClaimError, match="A claims 64 gpus"):
        asyncio.run(Jobs(workflow, {"A": str}, place).build())


def test_parameters_get_what_their_names_say(place):
    def a(number, context, scale=2):
        return number * scale + context["offset"]

    def b(value, job):
        return value, job["number"]

    def c(left, B, **more):
        return left, B, more

    stages = {
        "A": WorkflowStage(name="A"),
        "B": WorkflowStage(name="B", inputs=(Feed("A"),)),
        "C": WorkflowStage(
            name="C", inputs=(Feed("A", parameter="left"), Feed("B"), Feed("D")), after=("A",)
        ),
        "D": WorkflowStage(name="D"),
    }
    workflow = Workflow(name="flow", stages=stages)

    async def main():
        functions = {"A": a, "B": b, "C": c, "D": lambda: "d"}
        jobs = Jobs(workflow, functions, place, context={"offset": 100}, shared={"scale": 10})
        result = await jobs.run({"number": 1, "unused": 5})
        await jobs.close()
        return result

    result = asyncio.run(main())
    assert result.error is None
    assert result.results["C"] == (110, (110, 1), {"D": "d"})


def test_a_job_that_lacks_what_a_stage_needs_fails_alone(place_of):
    with place_of("threads") as place:
        work = Jobs(workflow_of("A"), {"A": lambda x, y: x + y}, place)
        good, bad = asyncio.run(work.gather([{"x": 1, "y": 2}, {"x": 1}]))
    assert good.results["A"] == 3
    assert isinstance(bad.error, UsageError)
    assert "the job has nothing for y of the stage A" in str(bad.error)


def test_a_failed_job_does_not_disturb_the_others(place):
    def b(job, A):
        if job == 1:
            raise ValueError("Whoops")
        return A + 1

    workflow = workflow_of("A@g1 B@g1(A) C@g1(B) D@g2")
    functions = {"A": lambda job: job, "B": b, "C": lambda B: B * 10, "D": lambda job: f"d{job}"}
    results, _, timeline = asyncio.run(timed(workflow, place, 3, functions))
    assert [dict(each.results) for each in results] == [
        {"C": 10, "D": "d0"},
        {"D": "d1"},
        {"C": 30, "D": "d2"},
    ]
    failed = results[1]
    assert (failed.failed, failed.skipped, failed.ok) == ("B", ("C",), False)
    with pytest.raises(ValueError, match="Whoops") as raised:
        failed.raise_if_failed()
    assert raised.traceback[-1].name == "b"
    got, error = failed
    assert (got, error) == (None, failed.error)
    got, error = results[0]
    assert (dict(got), error) == ({"C": 10, "D": "d0"}, None)
    assert [each.stage for each in timeline if not each.is_good] == ["B"]


def test_a_workflow_may_stop_a_job_at_its_first_failure(place_of):
    def fail(job):
        raise ValueError("Whoops")

    workflow = workflow_of("A B C(B)", on_failure="stop")
    functions = {"A": fail, "B": lambda job: time.sleep(0.5), "C": lambda B: "c"}
    with place_of("threads") as place:
        results, _, _ = asyncio.run(timed(workflow, place, 1, functions))
    assert results[0].skipped == ("C",)


@pytest.mark.parametrize(
    ("expose", "expected"),
    [
        (None, {"B": 2, "C": 3}),
        ([], {}),
        (["A"], {"A": 1}),
        ({"first": "A", "last": "C"}, {"first": 1, "last": 3}),
    ],
)
def test_only_what_is_exposed_comes_back(place_of, expose, expected):
    workflow = workflow_of("A B(A) C(A)")
    functions = {"A": lambda: 1, "B": lambda A: 2, "C": lambda A: 3}
    with place_of("threads") as place:
        results, error = asyncio.run(Jobs(workflow, functions, place, expose=expose).run())
    assert (dict(results), error) == (expected, None)


def test_flags_switch_stages_on(place_of):
    stages = {
        "A": WorkflowStage(name="A"),
        "B": WorkflowStage(name="B", inputs=(Feed("A"),), when="more"),
        "C": WorkflowStage(name="C", inputs=(Feed("B"),)),
    }
    workflow = Workflow(name="flow", stages=stages, flags={"more": False})
    functions = {"A": lambda: 1, "B": lambda A: 2, "C": lambda B: 3}
    with place_of("threads") as place:
        assert dict(asyncio.run(Jobs(workflow, functions, place).run()).results) == {"A": 1}
        assert dict(asyncio.run(Jobs(workflow, functions, place, flags=["more"]).run()).results) == {"C": 3}


@pytest.mark.parametrize("kind", ["threads", "pool", "dask"])
def test_closing_waits_tears_down_and_refuses(place_of, tmp_path, kind):
    """Setup and teardown are called once for each replica, in its own process, whatever jobs come."""

    def note(word, more=""):
        with open(tmp_path / "notes", "a") as file:
            file.write(f"{word} {more} {os.getpid()}\n")

    def setup(group, replica, context):
        note("setup", f"{group}[{replica}]")
        return {"group": group, "calls": 0, "context": context}

    def teardown(state):
        note("teardown", state["group"] + str(state["calls"] > 0))

    def stage(job, state):
        state["calls"] += 1
        time.sleep(0.1)
        return state["group"], state["context"], os.getpid()

    workflow = workflow_of("A@g1 B@g2", {"g1": 2, "g2": 1})

    async def main():
        hooks = Hooks(setup=setup, teardown=teardown)
        jobs = Jobs(workflow, {"A": stage, "B": stage}, place, hooks=hooks, context="ctx")
        await jobs.build()
        running = [asyncio.ensure_future(jobs.run(i)) for i in range(4)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(jobs.close())
        await asyncio.sleep(0.01)
        with pytest.raises(JobsClosedError, match="closed and takes no more jobs"):
            await jobs.run(5)
        await closing
        await jobs.close()
        with pytest.raises(JobsClosedError):
            await jobs.run(6)
        return await asyncio.gather(*running)

    with place_of(kind) as place:
        results = asyncio.run(main())
    assert [each.error for each in results] == [None] * 4
    assert {each.results["A"][:2] for each in results} == {("g1", "ctx")}
    notes = [line.split() for line in (tmp_path / "notes").read_text().splitlines()]
    assert Counter(" ".join(words[:2]) for words in notes) == {
        "setup g1[0]": 1,
        "setup g1[1]": 1,
        "setup g2[0]": 1,
        "teardown g1True": 2,
        "teardown g2True": 1,
    }
    if kind == "pool":
        # each replica has a process of its own, and everything of it happens there
        pids = {words[1]: words[2] for words in notes if words[0] == "setup"}
        assert len(set(pids.values())) == 3
        assert {str(each.results["B"][2]) for each in results} == {pids["g2[0]"]}


@pytest.mark.parametrize(
    ("hooks", "expected"),
    [
        (lambda hook: hook, 4),
        (lambda hook: {"g1": hook, "g2": hook}, 3),
        (lambda hook: {"g1": hook, "g2": hook, "g3": hook}, 4),
        (lambda hook: {"g3": hook}, 1),
        (lambda hook: {}, 0),
    ],
    ids=["all", "two groups", "three groups", "one group", "none"],
)
def test_hooks_for_all_groups_or_by_name(place_of, hooks, expected):
    called = []
    hook = Hooks(setup=lambda group: called.append(group) or group, teardown=lambda: called.append("down"))
    workflow = workflow_of("A@g1 B@g2 C@g3", {"g1": 2})
    with place_of("threads") as place:
        asyncio.run(timed(workflow, place, 2, {name: (lambda job: 1) for name in "ABC"}, hooks=hooks(hook)))
    assert len([each for each in called if each != "down"]) == expected
    assert called.count("down") == expected


def test_hooks_of_a_group_that_is_not_there_are_refused():
    with pytest.raises(WorkflowError, match="g9"):
        Jobs(workflow_of("A@g1"), {"A": str}, hooks={"g9": Hooks()})


def test_hooks_that_the_workflow_names(place_of, tmp_path):
    (tmp_path / "hooks.py").write_text(
        "def setup(context):\n    return [context]\n\n"
        "def teardown(state):\n    open(state[0], 'w').write('down')\n"
    )
    group = Group(name="g", setup="hooks.py:setup", teardown="hooks.py:teardown")
    workflow = workflow_of("A@g", {"g": group})
    target = str(tmp_path / "told")
    with place_of("pool") as place:
        results, _, _ = asyncio.run(
            timed(workflow, place, 1, {"A": lambda state: state}, context=target, folder=tmp_path)
        )
    assert results[0].results["A"] == [target]
    assert Path(target).read_text() == "down"


def test_a_setup_that_fails_fails_the_build(place_of):
    ended = []

    def setup(replica):
        if replica:
            raise ValueError("Whoops")

    workflow = workflow_of("A@g", {"g": 2})
    hooks = Hooks(setup=setup, teardown=lambda: ended.append(1))
    with place_of("threads") as place, pytest.raises(ValueError, match="Whoops"):
        asyncio.run(Jobs(workflow, {"A": str}, place, hooks=hooks).build())
    assert len(ended) == 2


@pytest.mark.parametrize("kind", ["threads", "pool"])
@pytest.mark.parametrize(
    ("score", "runs", "factor", "actors"),
    [
        *((2, 1, 2, 1), (9, 3, 3, 1), (2, 1, 2, 2), (6, 2, 3, 2)),
        *((15, 5, 3, 2), (4, 1, 4, 5), (10, 5, 2, 5), (24, 8, 3, 5)),
    ],
)
def test_a_pool_of_replicas(place_of, kind, score, runs, factor, actors):
    """Each replica multiplies by what its setup made; whichever is free takes the next job."""
    workflow = workflow_of("A@g", {"g": actors})
    functions = {"A": lambda job, state: state * 1}
    with place_of(kind, 1) as place:
        hooks = Hooks(setup=lambda: factor)
        results, _, timeline = asyncio.run(timed(workflow, place, runs, functions, hooks=hooks))
    assert sum(each.results["A"] for each in results) == score
    assert 1 <= len({each.lane for each in timeline}) <= min(actors, runs)


@pytest.mark.parametrize("actors", [1, 2, 5])
def test_as_many_replicas_as_asked_for(place_of, actors):
    with place_of("pool", 1) as place:
        hooks = Hooks(setup=os.getpid)
        workflow = workflow_of("A@g", {"g": actors})
        functions = {"A": lambda job: time.sleep(0.3)}
        _, _, timeline = asyncio.run(timed(workflow, place, actors, functions, hooks=hooks))
    assert len({each.lane for each in timeline}) == actors


def test_a_replica_whose_process_dies_gets_another_that_is_set_up(place_of):
    import signal

    def stage(job, state):
        if job == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        state.append(job)
        return list(state)

    async def main():
        jobs = Jobs(workflow_of("A@g"), {"A": stage}, place, hooks=Hooks(setup=list))
        return [await jobs.run(job) for job in (1, 2, "die", 3)]

    with place_of("pool", 1) as place:
        results = asyncio.run(main())
    assert [dict(each.results) for each in results] == [{"A": [1]}, {"A": [1, 2]}, {}, {"A": [3]}]
    assert "killed by SIGKILL" in str(results[2].error)


def test_aggregates_gather_until_they_are_processed(place):
    """run, run, process gives two; then, after that, one."""
    workflow = workflow_of("A@g1 Sum@g2(A) Show(Sum)")
    functions = {"A": lambda job: job, "Sum": lambda A: (len(A), sum(A)), "Show": lambda Sum: f"{Sum}"}

    async def main():
        async with Jobs(workflow, functions, place, aggregates=["Sum"]) as jobs:
            told = [dict((await jobs.run(job)).results) for job in (5, 6)]
            both = await jobs.process()
            await jobs.run(7)
            one = await jobs.process()
            none = await jobs.process()
        with pytest.raises(JobsClosedError):
            await jobs.process()
        return told, [dict(each.results) for each in (both, one, none)]

    told, processed = asyncio.run(main())
    assert told == [{"A": 5}, {"A": 6}]
    assert processed == [{"Show": "(2, 11)"}, {"Show": "(1, 7)"}, {"Show": "(0, 0)"}]


def test_a_stage_cannot_depend_on_both_an_aggregate_and_what_every_job_does():
    workflow = workflow_of("A Sum(A) B(A,Sum)")
    functions = {"A": len, "Sum": lambda A: 1, "B": lambda A, Sum: 1}
    with pytest.raises(WorkflowError, match="B: it depends on A, which every job does, and on an aggregate"):
        Jobs(workflow, functions, aggregates=["Sum"])


def test_nothing_to_process(place_of):
    with place_of("threads") as place, pytest.raises(UsageError, match="has no aggregates"):
        asyncio.run(Jobs(workflow_of("A"), {"A": str}, place).process())


def test_results_by_name_and_by_kind():
    results = Results({"a": 1, "b": "text", "c": "more", "d": True})
    assert results.has("a")
    assert not results.has("z")
    assert results.has(str)
    assert not results.has(float)
    assert results.of(str) == ["text", "more"]
    assert results.of(int) == [1, True]
    assert results.get("b") == "text"
    assert results.get(bool) is True
    assert results.get(float, None) is None
    assert results.get("z", 5) == 5
    with pytest.raises(AmbiguousResultError, match="2 results are of the type str: b, c"):
        results.get(str)
    with pytest.raises(NoResultError, match="no result is of the type float"):
        results.get(float)
    with pytest.raises(NoResultError, match="there are: a, b, c, d"):
        results.get("z")
    with pytest.raises(KeyError, match="there are: a, b, c, d"):
        results["z"]
    assert dict(results.filter(lambda name, value: name < "c")) == {"a": 1, "b": "text"}
    assert results == {"a": 1, "b": "text", "c": "more", "d": True}


@pytest.mark.parametrize(
    "stage",
    [WorkflowStage(name="A", group="g"), WorkflowStage(name="A", replicas=1)],
    ids=["group", "without a group"],
)
def test_a_cancelled_job_gives_its_replica_back_when_it_is_done(place_of, stage):
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def work(job):
        seen.append(f"{job} begins")
        if job == 0:
            begun.set()
            assert go_on.wait(WAIT_S)
        seen.append(f"{job} ends")

    async def main():
        async with Jobs(Workflow(name="flow", stages={"A": stage}), {"A": work}, place) as jobs:
            first, second, third = (asyncio.ensure_future(jobs.run(job)) for job in range(3))
            assert await asyncio.to_thread(begun.wait, WAIT_S)
            # one that is at work, and one that waits for its turn
            for job in (first, third):
                job.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await job
            await asyncio.sleep(0.1)
            assert seen == ["0 begins"]
            go_on.set()
            assert (await second).error is None
            return await jobs.run(3)

    with place_of("threads") as place:
        assert asyncio.run(asyncio.wait_for(main(), WAIT_S)).error is None
    assert seen == [f"{job} {what}" for job in (0, 1, 3) for what in ("begins", "ends")]


def test_jobs_open_and_close_a_place_that_is_not_open(place_of):
    place = place_of("threads")

    async def main():
        async with Jobs(workflow_of("A"), {"A": str}, place) as jobs:
            assert place.is_open
            return await jobs.run(3)

    assert asyncio.run(main()).results["A"] == "3"
    assert not place.is_open


def test_the_timeline_shows_itself(place_of):
    workflow = workflow_of(FLOW)
    with place_of("threads") as place:
        _, _, timeline = asyncio.run(timed(workflow, place, 2, modules(workflow, 0.05)))
    assert len(timeline) == 8
    text = str(timeline)
    assert text.splitlines()[0].startswith("g1[0] |A0")
    html = timeline._repr_html_()
    assert "<script" not in html
    assert html.count("background:#4e79a7") == 5
    with pytest.raises(KeyError):
        timeline.of("D", 9)


def test_stages_named_like_html_stay_text(place_of):
    from jupyter_agilab.live.timeline import Interval, Timeline

    timeline = Timeline()
    assert timeline._repr_html_() == "<p>nothing has ended yet</p>"
    timeline.add(Interval(job=0, lane="<b>", stage="<script>", start=0, end=1))
    assert "<script>" not in timeline._repr_html_()
