"""The plan of a workflow: which partitions come from which, what is known later, what changes what."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from jupyter_agilab.errors import PlanError, UsageError, WorkflowError
from jupyter_agilab.partition.fingerprints import deciding_part
from jupyter_agilab.planning.store import read_plan, write_plan
from jupyter_agilab.run.resume_key import resume_key
from jupyter_agilab.workflow.planning.claims import Room
from jupyter_agilab.workflow.planning.make import plan_now, require_runnable


def test_two_targets_and_two_samplers_are_two_and_four(lambda_hat):
    plan = lambda_hat.plan()
    counts = {stage.name: stage.plan and stage.plan.partition_count for stage in plan.stages}
    assert counts == {"build": 2, "sample": 4, "merge": None}
    assert [stage.is_on for stage in plan.stages] == [True, True, False]
    assert plan.partition_count == 6
    assert [each.describe() for each in plan.stage("sample").plan.partitions] == [
        "build[0], sampler='hmc'",
        "build[0], sampler='sgld'",
        "build[1], sampler='hmc'",
        "build[1], sampler='sgld'",
    ]
    assert (plan.ok, plan.findings) == (True, ())


def test_fingerprints_chain_by_resume_keys(lambda_hat):
    build, sample = lambda_hat.plan().stages[:2]
    first = sample.plan.partitions[0]
    assert first.fingerprint != sample.plan.partitions[2].fingerprint
    # an edit of what feeds it, and only that, changes its fingerprints
    lambda_hat.module("def build(target):\n    return {'t': target + 1}\ndef sample(build, sampler): ...\n")
    later = lambda_hat.plan()
    assert later.stage("build").stage_key != build.stage_key
    assert [each.fingerprint for each in later.stage("build").plan.partitions] == [
        each.fingerprint for each in build.plan.partitions
    ]
    assert later.stage("sample").plan.partitions[0].id == first.id
    assert later.stage("sample").plan.partitions[0].fingerprint != first.fingerprint
    keys = {resume_key(build.stage_key, each.fingerprint) for each in build.plan.partitions}
    assert len(keys) == 2


def test_an_edit_of_a_stage_leaves_what_feeds_it_alone(lambda_hat):
    before = lambda_hat.plan()
    lambda_hat.module("def build(target):\n    return {'t': target}\ndef sample(build, sampler): return 1\n")
    after = lambda_hat.plan()
    assert after.stage("build").stage_key == before.stage("build").stage_key
    assert after.stage("sample").stage_key != before.stage("sample").stage_key


def test_a_setup_counts_where_its_state_is_taken(folder):
    text = """
        [stages.build]
        contract = "build.toml"
        group = "g"
        [groups.g]
        setup = "stages/g.py:setup"
        """
    folder.contract("build", folder.sweep("targets", target=[1])).write(text)
    keys = []
    for taken in ("target", "target, state"):
        folder.module(f"def build({taken}): ...\n")
        for value in "12":
            (folder.path / "stages/g.py").write_text(f"def setup():\n    return {value}\n")
            keys.append(folder.plan().stage("build").stage_key)
    assert keys[0] == keys[1]
    assert keys[2] != keys[3]


def test_a_plan_is_stored_and_read_back(lambda_hat, tmp_path):
    plan = lambda_hat.plan().stage("sample").plan
    (tmp_path / "run").mkdir()
    write_plan(plan, tmp_path / "run")
    assert list(read_plan(tmp_path / "run").partitions) == list(plan.partitions)
    assert list(read_plan(tmp_path / "run").workers) == list(plan.workers) == [0, 1, 0, 1]


def test_a_stage_fed_by_an_artifact_is_planned_when_it_is_there(lambda_hat):
    plan = lambda_hat.plan("promote")
    merge = plan.stage("merge")
    assert (merge.plan, merge.is_final) == (None, False)
    assert merge.later == "planned when sample has written sample.json"
    assert merge.contract.input == "artifacts/sample.json"
    assert merge.contract.partition.fingerprint == "content"
    with pytest.raises(PlanError):
        plan_now(plan, "merge")
    (lambda_hat.path / "artifacts").mkdir()
    (lambda_hat.path / "artifacts/sample.json").write_text("[]")
    merge = plan_now(plan, "merge")
    assert merge.is_final
    assert [each.describe() for each in merge.plan.partitions] == ["artifacts/sample.json"]
    # one of an earlier run shows what it may become
    early = lambda_hat.plan("promote").stage("merge")
    assert (early.plan.partition_count, early.is_final) == (1, False)
    assert early.later.startswith("as of the sample.json that is there")


def test_the_same_artifact_written_again_changes_nothing(lambda_hat):
    (lambda_hat.path / "artifacts").mkdir()
    artifact = lambda_hat.path / "artifacts/sample.json"
    prints = []
    for number, text in enumerate(("[]", "[]", "[1]")):
        artifact.write_text(text)
        os.utime(artifact, (number, number))
        plan = lambda_hat.plan("promote")
        (partition,) = plan_now(plan, "merge").plan.partitions
        prints.append(deciding_part(partition.fingerprint))
    assert prints[0] == prints[1] != prints[2]


def test_what_depends_on_a_later_stage_is_later(folder):
    folder.contract("build", folder.sweep("targets", target=[1]))
    folder.contract("merge", "x", split="files", partition_strategy="one-file-per-partition")
    folder.contract("each", "w.workflow.toml")
    folder.module("def build(target): ...\ndef merge(path): ...\ndef each(merge): ...\n")
    folder.write(
        """
        [stages.build]
        contract = "build.toml"
        [stages.merge]
        contract = "merge.toml"
        input = "build.artifact"
        [stages.each]
        contract = "each.toml"
        input = "merge"
        """
    )
    plan = folder.plan()
    assert plan.stage("each").plan is None
    assert plan.stage("each").later == "planned when merge is"
    (folder.path / "artifacts").mkdir()
    (folder.path / "artifacts/build.json").write_text("[]")
    merge = plan_now(plan, "merge")
    plan = replace(plan, stages=(plan.stages[0], merge, plan.stages[2]))
    each = plan_now(plan, "each")
    assert (each.is_final, each.plan.partition_count) == (True, 1)


@pytest.mark.parametrize(("combine", "count"), [("zip", 3), ("product", 9)])
def test_several_inputs(folder, combine, count):
    folder.contract("build", folder.sweep("targets", target=[1, 2, 3]))
    folder.contract("other", folder.sweep("others", target=[1, 2, 3]), function="stages/all.py:build")
    folder.contract("each", "w.workflow.toml")
    folder.module("def build(target): ...\ndef each(build, other): ...\n")
    folder.write(
        f"""
        [stages.build]
        contract = "build.toml"
        [stages.other]
        contract = "other.toml"
        [stages.each]
        contract = "each.toml"
        input = ["build", "other"]
        combine = "{combine}"
        """
    )
    plan = folder.plan()
    assert plan.stage("each").plan.partition_count == count
    assert plan.ok


def test_unequal_numbers_cannot_be_paired(folder, told):
    folder.contract("build", folder.sweep("targets", target=[1, 2, 3]))
    folder.contract("other", folder.sweep("others", target=[1, 2]), function="stages/all.py:build")
    folder.contract("each", "w.workflow.toml")
    folder.write(
        """
        [stages.build]
        contract = "build.toml"
        [stages.other]
        contract = "other.toml"
        [stages.each]
        contract = "each.toml"
        input = ["build", "other"]
        """
    )
    plan = folder.plan()
    assert told(plan.findings) == ["w.workflow.toml:10 workflow.zip"]
    assert plan.findings[0].message.endswith("build has 3, other has 2")
    with pytest.raises(PlanError, match="cannot run as planned"):
        require_runnable(plan)


def test_an_input_that_matches_nothing_is_told_with_its_contract(folder, told):
    folder.contract("build", "none.json").write('[stages.build]\ncontract = "build.toml"')
    plan = folder.plan()
    assert told(plan.findings) == ["build.toml:5 plan.no-input"]
    assert not plan.ok


def test_a_function_that_is_not_there_is_told(folder, told):
    folder.contract("build", folder.sweep("t", target=[1]), function="stages/all.py:biuld")
    plan = folder.write('[stages.build]\ncontract = "build.toml"').plan()
    assert [line for line in told(plan.findings) if "build.toml:3" in line]
    assert not plan.ok


def test_flags_that_are_not_there_are_misuse(lambda_hat):
    with pytest.raises(UsageError, match="no flag 'promot'") as error:
        lambda_hat.plan("promot")
    assert error.value.hint == "did you mean 'promote'?"


def test_a_flag_that_the_file_has_on_can_be_switched_off(folder):
    for name in ("build", "again"):
        folder.contract(name, folder.sweep("t", target=[1]))
    flags = "[flags]\nmore = true\nno-extra = false\nextra = true\n"
    stage = '[stages.build]\ncontract = "build.toml"'
    folder.write(f'{flags}{stage}\n[stages.again]\ncontract = "again.toml"\nwhen = "more"')
    assert [each.name for each in folder.plan("no-more").stages if each.is_on] == ["build"]
    assert folder.plan("no-more", "more").flags["more"] is True
    # a flag that is called like this is itself meant
    assert folder.plan("no-extra").flags == {"more": True, "no-extra": True, "extra": True}
    with pytest.raises(UsageError, match="no flag 'no-mroe'"):
        folder.plan("no-mroe")


def test_errors_of_text_and_contracts_are_told_together(lambda_hat, told):
    (lambda_hat.path / "sample.toml").unlink()
    lambda_hat.workflow.write_text(lambda_hat.workflow.read_text() + "replicas = 0\n")
    with pytest.raises(WorkflowError) as error:
        lambda_hat.plan()
    assert told(error.value.findings) == [
        "w.workflow.toml:9 workflow.no-contract",
        "w.workflow.toml:15 workflow.value",
    ]
    lambda_hat.workflow.write_text(lambda_hat.workflow.read_text().replace("replicas = 0\n", ""))
    with pytest.raises(WorkflowError) as error:
        lambda_hat.plan()
    assert told(error.value.findings) == ["w.workflow.toml:9 workflow.no-contract"]


def test_claims_beyond_the_place_are_errors(lambda_hat, told):
    text = lambda_hat.workflow.read_text() + "[stages.sample.resources]\ngpus = 0.5\n"
    lambda_hat.workflow.write_text(text)
    lambda_hat.contract("build", "targets.json", "[resources]\ncpus = 3\n")
    room = Room(described="this machine", cpus=2.0, gpus=0.0, memory_bytes=10**9, named_are_all=True)
    plan = lambda_hat.plan(room=room)
    assert told(plan.findings) == [
        "build.toml:15 workflow.unsatisfiable",
        "w.workflow.toml:16 workflow.unsatisfiable",
    ]
    assert lambda_hat.plan().ok
    # what the stage says takes the place of what its contract says
    lambda_hat.workflow.write_text(text.replace("gpus = 0.5", "") + "[stages.build.resources]\ncpus = 1\n")
    assert lambda_hat.plan(room=room).ok


def test_claims_of_groups_are_told_once(folder, told):
    folder.contract("build", folder.sweep("t", target=[1]))
    folder.contract("each", "w.workflow.toml")
    folder.write(
        """
        [stages.build]
        contract = "build.toml"
        group = "g"
        [stages.each]
        contract = "each.toml"
        input = "build"
        group = "g"
        [groups.g.resources]
        gpus = 1
        """
    )
    plan = folder.plan(room=Room(described="this machine", gpus=0.0))
    assert told(plan.findings) == ["w.workflow.toml:12 workflow.unsatisfiable"]
    assert plan.findings[0].message.startswith("the group g claims 1 of gpus, and this machine has none")


def test_a_stage_that_is_off_claims_nothing(lambda_hat):
    text = lambda_hat.workflow.read_text() + "[stages.merge.resources]\ngpus = 9\n"
    lambda_hat.workflow.write_text(text)
    room = Room(described="this machine", gpus=0.0)
    assert lambda_hat.plan(room=room).ok
    assert not lambda_hat.plan("promote", room=room).ok


def test_the_json_form_is_json(lambda_hat):
    told = json.loads(json.dumps(lambda_hat.plan("promote").to_json()))
    assert (told["name"], told["workers"], told["partition_count"], told["ok"]) == ("w", 2, 6, True)
    assert told["flags"] == {"promote": True}
    assert told["edges"] == [
        {"from": "build", "to": "sample", "kind": "elements"},
        {"from": "sample", "to": "merge", "kind": "artifact"},
    ]
    assert [stage["partitions"] for stage in told["stages"]] == [2, 4, None]


def test_three_stages_of_a_million_are_planned_and_not_made(folder):
    folder.sweep("many", target=[0])
    (folder.path / "many.json").write_text(json.dumps({"a": list(range(1000)), "b": list(range(1000))}))
    folder.module("def build(a, b): ...\ndef each(build): ...\ndef last(each): ...\n")
    folder.contract("build", "many.json").contract("each", "w.workflow.toml")
    folder.contract("last", "w.workflow.toml")
    folder.write(
        """
        [stages.build]
        contract = "build.toml"
        [stages.each]
        contract = "each.toml"
        input = "build"
        [stages.last]
        contract = "last.toml"
        input = "each"
        """
    )
    plan = folder.plan()
    assert plan.partition_count == 3_000_000
    assert plan.stage("last").plan.partitions[999_999].describe() == "each[999999]"
    assert plan.stage("last").plan.loads == (500_000.0, 500_000.0)


def test_what_is_wrong_with_a_group_is_told_in_the_workflow(folder, told):
    folder.module("def build(target, state): ...\n").contract("build", folder.sweep("t", target=[1]))
    plan = folder.write(
        '[stages.build]\ncontract = "build.toml"\ngroup = "g"\n[groups.g]\nsetup = "stages/no.py:up"'
    ).plan()
    assert [line.partition(" ")[0] for line in told(plan.findings)] == ["w.workflow.toml:7"]
    assert not plan.ok


def test_replicas_of_a_stage_limit_the_workers_that_are_of_use(lambda_hat):
    text = lambda_hat.workflow.read_text()
    assert lambda_hat.plan().stage("sample").plan.useful_workers == 2
    lambda_hat.workflow.write_text(text.replace('input = "build"\n', 'input = "build"\nreplicas = 1\n'))
    plan = lambda_hat.plan().stage("sample").plan
    assert (plan.useful_workers, list(plan.workers)) == (1, [0, 0, 0, 0])
