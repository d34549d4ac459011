"""A workflow from code and the same from a file: one plan."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_agilab import Workflow, use_threads
from jupyter_agilab.errors import UsageError, WorkflowError
from jupyter_agilab.live.jobs import Jobs
from jupyter_agilab.workflow.model import Claims, Group, WorkflowStage
from jupyter_agilab.workflow.model import Workflow as Model
from jupyter_agilab.workflows import check_workflow, plan_workflow


def built(folder):
    flow = Workflow("w", folder=folder.path, flags=["promote"])
    build = flow.stage("build", "build.toml")
    sample = flow.stage("sample", "sample.toml", input=build)
    flow.stage("merge", "merge.toml", input=sample.artifact, when="promote")
    return flow


def test_code_first_and_file_first_give_the_same_plan(lambda_hat):
    flow = built(lambda_hat)
    for flags in ((), ("promote",)):
        by_code = flow.plan(flags=flags).to_json()
        assert by_code == plan_workflow(lambda_hat.workflow, flags=flags).to_json()
    of_file = lambda_hat.read().workflow
    assert flow.model == of_file
    assert [each.id for each in flow.plan().stage("sample").plan.partitions] == [
        each.id for each in plan_workflow(lambda_hat.workflow).stage("sample").plan.partitions
    ]


def test_what_is_written_says_the_same(lambda_hat):
    flow = built(lambda_hat)
    before = flow.plan().to_json()
    lambda_hat.workflow.unlink()
    assert flow.write() == lambda_hat.workflow
    assert plan_workflow(lambda_hat.workflow).to_json() == before
    assert flow.check() == check_workflow(lambda_hat.workflow)
    assert flow.check().ok


def test_a_file_belongs_into_the_folder_of_its_contracts(lambda_hat, tmp_path_factory):
    with pytest.raises(UsageError, match="is not in"):
        built(lambda_hat).write(tmp_path_factory.mktemp("other") / "w.workflow.toml")


def test_everything_can_be_said(folder):
    flow = Workflow("w", folder=folder.path, flags={"f": True}, backend="pool", workers=3, notes="x")
    flow.group("g", replicas=2, resources={"num_gpus": 0.5}, setup="s.py:up", teardown="s.py:down")
    flow.stage("a", "a.toml", group="g", resources={"time": "00:03:00", "mem": "256M", "cpus_per_task": 1})
    flow.stage("b", "b.toml", input=["a", {"x": "a"}], combine="product", after="a", when="f", group="")
    flow.stage("c", "c.toml", input={"y": "a"}, after=["a", "b"], group="g")
    text = flow.text()
    assert flow.file().workflow == flow.model
    assert '[stages.a.resources]\ncpus = 1.0\nmemory = "256M"\nwalltime = "00:03:00"' in text
    assert 'group = ""' in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"input": "a.b"}, 'must be "STAGE" or "STAGE.artifact"'),
        ({"input": {"a b": "a"}}, 'must be "STAGE" or "STAGE.artifact"'),
        ({"resources": {"mem": "much"}}, "mem must be a size"),
        ({"resources": Claims(memory="much")}, "the memory of the stage a must be a size"),
        ({"replicas": -1}, "the replicas of the stage a must be a positive integer; it is -1"),
        ({"combine": "zipp"}, "the combine of the stage a must be one of: zip, product"),
        ({"when": "a b"}, "the when of the stage a must be a name"),
    ],
)
def test_misuse_is_told_at_once(arguments, told):
    flow = Workflow("w")
    with pytest.raises(UsageError, match=told):
        flow.stage("a", "a.toml", **arguments)
    assert not flow.model.stages


@pytest.mark.parametrize("replicas", [0, -1])
def test_a_group_has_a_replica(replicas):
    with pytest.raises(
        UsageError, match=f"replicas of the group g must be a positive integer; it is {replicas}"
    ):
        Workflow("w").group("g", replicas=replicas)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"groups": {"g": Group(name="g", replicas=0)}},
            "groups.g.replicas must be a positive integer; it is 0",
        ),
        (
            {"groups": {"g": Group(name="g", claims=Claims(memory="much"))}},
            "groups.g.resources.memory must be a size",
        ),
        (
            {"stages": {"a": WorkflowStage(name="a", replicas=-1)}},
            "stages.a.replicas must be a positive integer",
        ),
    ],
)
def test_what_no_job_could_begin_with_is_told_before_it_waits(more, told):
    stages = {"a": WorkflowStage(name="a", group="g")}
    with pytest.raises(WorkflowError, match=told):
        Jobs(Model(name="w", **{"stages": stages, **more}), {"a": lambda job: job})


def test_names_are_given_once():
    flow = Workflow("w")
    flow.stage("a", "a.toml")
    flow.group("g")
    with pytest.raises(UsageError, match="has a stage 'a' already"):
        flow.stage("a", "b.toml")
    with pytest.raises(UsageError, match="has a group 'g' already"):
        flow.group("g")


def test_what_is_wrong_is_found_by_a_check(folder):
    folder.contract("build", folder.sweep("t", target=[1]))
    flow = Workflow("w", folder=folder.path)
    flow.stage("build", "build.toml", after="nope")
    assert [each.code for each in flow.check().findings] == ["workflow.unknown-stage"]
    with pytest.raises(WorkflowError, match="cannot be used"):
        flow.plan()
    flow = Workflow("w/v", folder=folder.path)
    flow.stage("build", "build.toml")
    with pytest.raises(WorkflowError, match="cannot be written"):
        flow.check()


def test_functions_are_checked_as_far_as_that_goes():
    flow = Workflow("w")
    flow.stage("a", lambda job: job, group="g")
    flow.stage("b", lambda a: a, input="a")
    assert [each.code for each in flow.check().findings] == ["workflow.no-group"]
    for act in (flow.plan, flow.write, flow.text):
        with pytest.raises(UsageError, match="stages that are functions cannot be"):
            act()


def test_functions_run_for_jobs_in_their_order():
    flow = Workflow("w")

    @flow.stage("double")
    def double(job):
        return job * 2

    @flow.stage("add", input="double")
    def add(double):
        return double + 1

    async def main():
        results = await flow.gather([1, 2, 3])
        await flow.close()
        return [result.results["add"] for result in results]

    with use_threads(workers=2):
        assert asyncio.run(main()) == [3, 5, 7]


def test_contracts_run_for_jobs_by_their_functions(lambda_hat):
    flow = built(lambda_hat)

    async def main():
        result = await flow.run({"target": 4, "sampler": "hmc"})
        await flow.close()
        return result.results["sample"]

    with use_threads(workers=2):
        assert asyncio.run(main()) == [4, "hmc"]
