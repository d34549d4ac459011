"""What an edit makes stale: the stage itself and what hangs on it, and `explain` says so beforehand."""

import pytest

from jupyter_agilab import workflows
from jupyter_agilab.errors import AgilabError

LOG = """
    def log(name, i):
        with open(f"ran-{name}.log", "a") as file:
            file.write(f"{i}\\n")
"""


def diamond(flow, count=8):
    """`a` feeds `b` and `side`; `b` feeds `c`; `end` joins `c` and `side`; `alone` hangs on nothing."""
    flow.stage(
        "a", LOG + "    def a(i):\n        log('a', i)\n        return i\n", grid={"i": list(range(count))}
    )
    flow.stage("b", LOG + "    def b(a):\n        log('b', a)\n        return a * 2\n", 'input = "a"')
    flow.stage("side", LOG + "    def side(a):\n        log('side', a)\n        return -a\n", 'input = "a"')
    flow.stage("c", LOG + "    def c(b):\n        log('c', b)\n        return b + 1\n", 'input = "b"')
    flow.stage(
        "end",
        LOG + "    def end(c, side):\n        log('end', c)\n        return [[c, side]]\n",
        'input = ["c", "side"]',
    )
    flow.stage(
        "alone", LOG + "    def alone(i):\n        log('alone', i)\n        return i\n", grid={"i": [1]}
    )
    return flow


def done_by(status):
    return {stage.name for stage in status.stages if stage.finished}


def told_by(flow):
    """Give the stages of which `explain` says that they will run."""
    explained = workflows.explain_workflow(flow.path)
    return {stage.name for stage in explained.stages if not stage.is_reused}


@pytest.mark.parametrize(
    ("stage", "code", "stale"),
    [
        ("b", "    def b(a):\n        log('b', a)\n        return a * 3\n", {"b", "c", "end"}),
        ("side", "    def side(a):\n        log('side', a)\n        return -a - 1\n", {"side", "end"}),
        ("end", "    def end(c, side):\n        return [[side, c]]\n", {"end"}),
        ("a", "    def a(i):\n        log('a', i)\n        return i + 1\n", {"a", "b", "side", "c", "end"}),
        ("alone", "    def alone(i):\n        return i * 7\n", {"alone"}),
    ],
)
def test_an_edit_reruns_the_stage_and_its_descendants_only(flow, stage, code, stale):
    diamond(flow)
    assert flow.run().state == "finished"
    assert told_by(flow) == set()
    before = {name: len(flow.ran(name)) for name in flow.tables}
    flow.code(stage, LOG + code)
    assert told_by(flow) == stale
    # looking runs nothing
    assert {name: len(flow.ran(name)) for name in flow.tables} == before
    status = flow.run()
    assert status.state == "finished"
    assert done_by(status) == stale
    assert all(len(flow.ran(name)) == before[name] for name in set(flow.tables) - stale)
    assert told_by(flow) == set()


@pytest.mark.parametrize(
    "code",
    [
        "    # a remark\n    def b(a):\n        log('b', a)\n        return a * 2\n",
        "    def b(a):\n        'Say what it does.'\n        log('b', a)\n        return (a * 2)\n",
    ],
)
def test_what_changes_no_result_makes_nothing_stale(flow, code):
    diamond(flow)
    flow.run()
    flow.code("b", LOG + code)
    assert told_by(flow) == set()
    assert done_by(flow.run()) == set()


def test_more_of_the_input_is_all_that_is_done(flow):
    diamond(flow).run()
    diamond(flow, count=10)
    status = flow.run()
    assert [(stage.finished, stage.reused) for stage in status.stages[:5]] == [(2, 8)] * 5
    assert flow.values("end") == [[2 * i + 1, -i] for i in range(10)]


def test_an_edit_that_is_taken_back_finds_its_results(flow):
    diamond(flow).run()
    flow.code("b", LOG + "    def b(a):\n        log('b', a)\n        return a * 3\n")
    flow.run()
    diamond(flow)
    status = flow.run()
    assert done_by(status) == set()
    assert flow.values("end") == [[2 * i + 1, -i] for i in range(8)]


def test_all_of_it_where_it_is_forced(flow):
    diamond(flow).run()
    assert done_by(flow.run(force=True)) == {"a", "b", "side", "c", "end", "alone"}


def test_a_run_of_the_stage_alone_counts_too(flow):
    from jupyter_agilab import api

    diamond(flow)
    api.run(flow.folder / "a.parallel_stage.toml")
    assert flow.run().stage("a").reused == 8


def test_a_stage_that_only_a_workflow_feeds_does_not_run_alone(flow):
    from jupyter_agilab import api

    diamond(flow)
    with pytest.raises(AgilabError, match=r"flow\.workflow\.toml"):
        api.run(flow.folder / "b.parallel_stage.toml")
    assert not (flow.folder / ".agilab/runs/b").exists() or not list(
        (flow.folder / ".agilab/runs/b").glob("2*")
    )


def test_a_partition_that_failed_is_replayed_with_its_element(flow):
    from jupyter_agilab import api

    flow.stage("a", "def a(i):\n    return {'n': i}\n", grid={"i": [4, 0]})
    flow.stage("b", "def b(a):\n    print('got', a)\n    return 8 // a['n']\n", 'input = "a"')
    status = flow.run()
    assert status.stage("b").failed == 1
    replayed = api.replay(status.stage("b").run_dir, "1")
    assert "ZeroDivisionError" in str(replayed.to_json())
    assert "got {'n': 0}" in str(replayed.to_json())
