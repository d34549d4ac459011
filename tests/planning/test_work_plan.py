"""Work plans of ours: what is pinned, what does not fit, and that pins survive being written."""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.distribution import distribution_of, with_distribution
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.pins import NOT_PINNED
from jupyter_agilab.planning.store import read_plan, write_plan
from jupyter_agilab.planning.work_plan import (
    SCHEMA,
    SCHEMA_FILE,
    json_schema,
    plan_digest,
    schema_text,
    work_plan_of,
)

STAGE = Contract(
    name="stage", function="m.py:f", split="files", input="*.bin", workers=3,
    partition_strategy="one-file-per-partition", target_partitions=0, min_partitions_per_worker=1,
    reducer="collect-json", backend="pool", output="artifacts/all.json",
)  # fmt: skip


def planned(folder):
    for number in range(6):
        (folder / f"{number}.bin").write_bytes(b"1" * (number + 1))
    return make_plan(STAGE, folder)


@pytest.fixture
def plan(tmp_path):
    return planned(tmp_path)


@pytest.fixture
def kept(tmp_path):
    def keep(value):
        path = tmp_path / "work_plan.json"
        path.write_text(json.dumps(value))
        return path

    return keep


def names(plan):
    return [None if place == NOT_PINNED else plan.pins.targets[place].name for place in plan.pins.of]


def test_the_published_schema_is_ours_and_holds_for_what_we_write(plan) -> None:
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(work_plan_of(plan), json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**work_plan_of(plan), "pins": {"x": "worker-0"}}, json_schema())


def test_without_pins_it_says_what_was_planned(plan, kept) -> None:
    back = with_distribution(plan, kept(work_plan_of(plan)), must_fit=True)
    assert names(back) == [f"worker-{worker}" for worker in plan.workers]
    assert list(back.workers) == list(plan.workers)
    assert (back.loads, back.useful_workers) == (plan.loads, plan.useful_workers)
    assert work_plan_of(back) == work_plan_of(plan)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_pins_come_back_from_the_file_the_stored_plan_and_agilabs_tree(tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("plans")
    plan = planned(folder)
    target = st.none() | st.sampled_from(
        ["worker-0", "worker-1", "worker-2", "thread-1", "alpha", "10.0.0.7", "2"]
    )
    wanted = data.draw(st.lists(target, min_size=6, max_size=6))
    pins = {each.id: name for each, name in zip(plan.partitions, wanted, strict=True) if name is not None}
    path = folder / "pins.json"
    path.write_text(json.dumps({"schema": SCHEMA, "plan": plan_digest(plan), "pins": pins}))
    back = with_distribution(plan, path, must_fit=True)
    assert names(back) == wanted
    assert work_plan_of(back)["pins"] == pins
    assert sum(back.loads) == sum(plan.loads)
    loads = [0.0] * len(back.loads)
    for partition, worker in zip(back.partitions, back.workers, strict=True):
        loads[worker] += partition.weight
    assert loads == list(back.loads)
    write_plan(back, folder)
    stored = read_plan(folder)
    assert names(stored) == wanted
    assert list(stored.workers) == list(back.workers)
    assert [dataclasses.astuple(each) for each in stored.partitions] == [
        dataclasses.astuple(each) for each in plan.partitions
    ]
    assert distribution_of(stored) == distribution_of(back)
    path.write_text(json.dumps(distribution_of(back)))
    tree = with_distribution(plan, path, must_fit=True)
    assert list(tree.workers) == list(back.workers)


def test_a_plan_without_pins_is_stored_as_before(plan, tmp_path) -> None:
    write_plan(plan, tmp_path)
    assert read_plan(tmp_path).pins is None
    assert "pin" not in (tmp_path / "plan.jsonl").read_text()
    assert "pins" not in json.loads((tmp_path / "plan.json").read_text())


def test_a_tree_keeps_its_hosts(plan, tmp_path) -> None:
    tree = distribution_of(plan) | {"worker_slots": ["10.0.0.1", "10.0.0.2", "10.0.0.1"]}
    path = tmp_path / "distribution.json"
    path.write_text(json.dumps(tree))
    back = with_distribution(plan, path, must_fit=True)
    assert [(each.host, each.number) for each in back.pins.targets] == [
        ("10.0.0.1", 0), ("10.0.0.2", 0), ("10.0.0.1", 1)
    ]  # fmt: skip
    again = distribution_of(back)
    assert again["worker_slots"] == tree["worker_slots"]
    assert again["workers"] == {"10.0.0.1": 2, "10.0.0.2": 1}
    assert again["work_plan"] == tree["work_plan"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"plan": "0" * 32}, "made for another plan"),
        ({"plan": None}, "expected plan: the digest of a plan, got None"),
        ({"pins": []}, "expected pins"),
        ({"pins": {"0" * 16: "worker-0"}}, "the plan has no partition 0000000000000000"),
        ({"pins": {"0" * 16: 3}}, "expected pins"),
        ({"schema": "jupyter_agilab.work_plan.v2"}, "expected schema"),
    ],
)
def test_refusals(plan, kept, changes, told) -> None:
    with pytest.raises(PlanError) as caught:
        with_distribution(plan, kept(work_plan_of(plan) | changes))
    assert told in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(plan, kept) -> None:
    value = work_plan_of(plan) | {"plan": "0" * 32, "pins": {"0" * 16: "worker-0"}}
    with pytest.raises(PlanError) as caught:
        with_distribution(plan, kept(value))
    assert len(caught.value.findings) == 2


def test_inputs_that_changed_make_both_forms_unfit(plan, tmp_path, kept) -> None:
    ours, tree = work_plan_of(plan), distribution_of(plan)
    (tmp_path / "3.bin").write_bytes(b"22")
    changed = make_plan(STAGE, tmp_path)
    with pytest.raises(PlanError, match="another plan"):
        with_distribution(changed, kept(ours))
    # to look at it is allowed, to run with it is not
    found = with_distribution(changed, kept(tree)).findings
    assert "plan.input-changed" in {each.code for each in found}
    with pytest.raises(PlanError, match="have changed"):
        with_distribution(changed, kept(tree), must_fit=True)


def test_a_tree_of_another_count_is_refused_for_a_run(plan, tmp_path, kept) -> None:
    tree = distribution_of(plan)
    tree["work_plan"][0].pop()
    tree["work_plan_metadata"][0].pop()
    with pytest.raises(PlanError, match="does not name"):
        with_distribution(plan, kept(tree), must_fit=True)


def test_a_worker_of_a_large_number_costs_nothing(plan, kept) -> None:
    value = work_plan_of(plan)
    value["pins"] = dict.fromkeys(value["pins"], "worker-999999999")
    back = with_distribution(plan, kept(value))
    assert len(back.loads) <= 4
    assert back.useful_workers <= 3
