"""AGILAB's distribution.json: written, edited as its editor does, and taken back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.distribution import distribution_of, with_distribution
from jupyter_agilab.planning.make import make_plan


@pytest.fixture
def plan(contract, files):
    return make_plan(contract(target_partitions=9, workers=3), files(2))


@pytest.fixture
def kept(tmp_path):
    def keep(tree):
        path = tmp_path / "distribution.json"
        path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
        return path

    return keep


def test_the_tree_is_agilabs(plan) -> None:
    tree = distribution_of(plan)
    assert tree["schema"] == "agilab.distribution_tree.v2"
    assert set(tree) == {
        *("schema", "cache_context", "target_args", "workers", "worker_slots", "work_plan"),
        *("work_plan_metadata", "partition_key", "nb_unit", "weights_unit"),
    }
    assert len(tree["work_plan"]) == len(tree["work_plan_metadata"]) == len(tree["worker_slots"]) == 3
    assert [len(works) for works in tree["work_plan"]] == [len(works) for works in tree["work_plan_metadata"]]
    assert sum(len(works) for works in tree["work_plan"]) == plan.partition_count
    assert all(isinstance(work, list) for works in tree["work_plan"] for work in works)


def test_round_trip(plan, kept) -> None:
    back = with_distribution(plan, kept(distribution_of(plan)))
    assert list(back.workers) == list(plan.workers)
    assert back.loads == pytest.approx(plan.loads)
    assert back.findings == plan.findings
    assert distribution_of(back) == distribution_of(plan)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_reassignment_comes_back(tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("files")
    for number in range(6):
        (folder / f"{number}.bin").write_bytes(b"1" * (number + 1))
    from jupyter_agilab.contract.model import Contract

    stage = Contract(
        name="stage", function="m.py:f", split="files", input="*.bin", workers=3,
        partition_strategy="one-file-per-partition", target_partitions=0, min_partitions_per_worker=1,
        reducer="collect-json", backend="pool", output="artifacts/all.json",
    )  # fmt: skip
    plan = make_plan(stage, folder)
    owners = data.draw(st.lists(st.integers(0, 2), min_size=6, max_size=6))
    tree = distribution_of(plan)
    works = dict(_works(tree))
    tree["work_plan"] = [[] for _ in range(3)]
    tree["work_plan_metadata"] = [[] for _ in range(3)]
    for (work, label), owner in zip(works.values(), owners, strict=True):
        tree["work_plan"][owner].append(work)
        tree["work_plan_metadata"][owner].append(label)
    path = folder / "distribution.json"
    path.write_text(json.dumps(tree))
    back = with_distribution(plan, path)
    wanted = dict(zip((work[0] for work, _ in works.values()), owners, strict=True))
    assert {each.source: worker for each, worker in zip(back.partitions, back.workers, strict=True)} == wanted
    assert sum(back.loads) == sum(plan.loads)
    busy = sum(1 for load in back.loads if load)
    assert ("plan.one-worker" in {each.code for each in back.findings}) == (busy == 1)


def _works(tree):
    pairs = zip(tree["work_plan"], tree["work_plan_metadata"], strict=True)
    return enumerate(
        (work, label) for works, labels in pairs for work, label in zip(works, labels, strict=True)
    )


def test_a_tree_of_agilabs_own_is_known_by_its_files(contract, files, kept) -> None:
    folder = files(3)
    plan = make_plan(contract(partition_strategy="one-file-per-partition", workers=2), folder)
    tree = {
        "schema": "agilab.distribution_tree.v2",
        "worker_slots": ["10.0.0.1", "10.0.0.2"],
        "work_plan": [[[f"{folder}/f000.csv"], ["f002.csv"]], [["./f001.csv"]]],
        "work_plan_metadata": [[["f000.csv", 3], ["x", 2]], []],
    }
    assert list(with_distribution(plan, kept(tree)).workers) == [0, 1, 0]


def test_what_it_lacks_goes_to_the_least_loaded(plan, kept) -> None:
    tree = distribution_of(plan)
    tree["work_plan"][0].pop()
    tree["work_plan_metadata"][0].pop()
    back = with_distribution(plan, kept(tree))
    assert list(back.workers) == list(plan.workers)
    assert [each.code for each in back.findings][-1] == "plan.distribution-lacks"


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ("{", "it is not JSON"),
        ([], "expected an object, got list"),
        (
            {"schema": "x", "work_plan": []},
            "expected schema 'agilab.distribution_tree.v2' or",
        ),
        ({"schema": "agilab.distribution_tree.v2"}, "expected work_plan"),
        ({"schema": "agilab.distribution_tree.v2", "work_plan": [[["z.csv"]]]}, "has no partition ['z.csv']"),
    ],
)
def test_refusals(plan, kept, tree, told) -> None:
    with pytest.raises(PlanError) as caught:
        with_distribution(plan, kept(tree))
    assert told in str(caught.value)


def test_a_work_given_twice_is_refused(plan, kept) -> None:
    tree = distribution_of(plan)
    tree["work_plan"][1].append(tree["work_plan"][0][0])
    tree["work_plan_metadata"][1].append(tree["work_plan_metadata"][0][0])
    with pytest.raises(PlanError, match="is given to workers 0 and 1"):
        with_distribution(plan, kept(tree))


def test_a_file_that_is_not_there(plan, tmp_path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        with_distribution(plan, tmp_path / "no.json")
