"""Contracts of a workflow's stages: what is told of them, with the file that it is about."""

from __future__ import annotations

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import PlanError
from jupyter_agilab.workflows import check_workflow


@pytest.fixture
def checked(folder, told):
    """Give ``checked(workflow)``: what a check of it says."""

    def of(text):
        return told(check_workflow(folder.write(text).workflow).findings)

    return of


def test_nothing_is_said_of_what_is_right(lambda_hat):
    report = check_workflow(lambda_hat.workflow)
    assert (report.ok, report.findings) == (True, ())
    assert report.to_json() == {"path": str(lambda_hat.workflow), "ok": True, "findings": []}


def test_a_text_that_is_not_saved_yet_is_checked_in_its_place(lambda_hat):
    text = lambda_hat.workflow.read_text().replace("sample.toml", "nope.toml")
    report = check_workflow(lambda_hat.workflow, text=text)
    assert [each.code for each in report.findings] == ["workflow.no-contract"]
    assert check_workflow(lambda_hat.workflow).ok


def test_a_contract_that_is_not_there_is_named(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1]))
    (folder.path / "build.toml").rename(folder.path / "build.parallel_stage.toml")
    assert checked('[stages.build]\ncontract = "build"') == ["w.workflow.toml:4 workflow.no-contract"]
    (finding,) = check_workflow(folder.workflow).findings
    assert "build.parallel_stage.toml" in finding.hint


def test_a_folder_with_one_contract_is_told_with_that_contract(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1]))
    (folder.path / "sub").mkdir()
    (folder.path / "build.toml").rename(folder.path / "sub/build.parallel_stage.toml")
    assert checked('[stages.build]\ncontract = "sub"') == ["w.workflow.toml:4 workflow.no-contract"]
    (finding,) = check_workflow(folder.workflow).findings
    assert finding.hint == "write contract = 'sub/build.parallel_stage.toml'"


@pytest.mark.parametrize("name", ["a" * 5000, "a\\u0000b"], ids=["too long", "NUL"])
def test_a_contract_whose_name_no_system_has_is_told(folder, checked, name):
    assert checked(f'[stages.a]\ncontract = "{name}"') == ["w.workflow.toml:4 workflow.no-contract"]


def test_findings_of_contracts_are_told_with_their_path(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1]), "[execution]\nretires = 3\nretries = -1\n")
    assert checked('[stages.build]\ncontract = "build.toml"') == [
        "build.toml:15 contract.unknown-key",
        "build.toml:16 contract.table-value",
    ]


def test_two_stages_cannot_have_one_contract(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1]))
    assert checked(
        '[stages.a]\ncontract = "build.toml"\n[stages.b]\ncontract = "build.toml"\nafter = ["a"]'
    ) == ["w.workflow.toml:6 workflow.shared-contract"]


@pytest.mark.parametrize(
    ("replaced", "what"),
    [
        (('name = "other"', 'name = "build"'), "have contracts with the same name 'build'"),
        (("artifacts/other", "artifacts/build"), "write the same artifact build.json"),
    ],
)
def test_nor_one_name_nor_one_artifact(folder, checked, replaced, what):
    folder.contract("build", folder.sweep("t", target=[1]))
    folder.contract("other", "t.json", function="stages/all.py:build")
    text = (folder.path / "other.toml").read_text()
    (folder.path / "other.toml").write_text(text.replace(*replaced))
    told = checked('[stages.a]\ncontract = "build.toml"\n[stages.b]\ncontract = "other.toml"\nafter = ["a"]')
    assert told == ["w.workflow.toml:6 workflow.shared-contract"]
    assert what in check_workflow(folder.workflow).findings[0].message


def test_elements_need_a_sweep(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1]))
    folder.contract("merge", "x.csv", split="files", partition_strategy="one-file-per-partition")
    told = checked(
        '[stages.build]\ncontract = "build.toml"\n[stages.merge]\ncontract = "merge.toml"\ninput = "build"'
    )
    assert told[0] == "w.workflow.toml:7 workflow.split"
    assert 'input = "build.artifact"' in check_workflow(folder.workflow).findings[0].hint


def test_a_stage_that_only_a_workflow_feeds_must_be_fed(folder, checked):
    folder.contract("each", "w.workflow.toml")
    assert checked('[stages.each]\ncontract = "each.toml"') == ["w.workflow.toml:4 workflow.no-input"]


def test_a_contract_of_another_workflow_is_told(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1])).contract("each", "other.workflow.toml")
    told = checked(
        '[stages.build]\ncontract = "build.toml"\n[stages.each]\ncontract = "each.toml"\ninput = "build"'
    )
    assert told == ["w.workflow.toml:6 workflow.other-workflow"]


def test_a_parameter_that_nothing_fills_is_told(folder, checked):
    folder.module("def build(target): ...\ndef each(build, more): ...\n")
    folder.contract("build", folder.sweep("t", target=[1])).contract("each", "w.workflow.toml")
    told = checked(
        '[stages.build]\ncontract = "build.toml"\n[stages.each]\ncontract = "each.toml"\ninput = "build"'
    )
    assert told == ["each.toml:3 binding.unfilled"]


def test_a_grid_that_another_stage_writes_may_have_any_names(folder, checked):
    folder.module("def build(target): ...\ndef each(rate, more): ...\n")
    folder.contract("build", folder.sweep("t", target=[1])).contract("each", "w.workflow.toml")
    stages = '[stages.build]\ncontract = "build.toml"\n[stages.each]\ncontract = "each.toml"\n'
    assert checked(f'{stages}input = "build.artifact"') == []


def test_a_state_needs_a_setup(folder, checked):
    folder.module("def build(target): ...\ndef up(): ...\ndef each(build, state): ...\n")
    folder.contract("build", folder.sweep("t", target=[1])).contract("each", "w.workflow.toml")
    stage = '[stages.build]\ncontract = "build.toml"\ngroup = "g"\n'
    stage += '[stages.each]\ncontract = "each.toml"\ninput = "build"\ngroup = "g"\n'
    assert checked(stage) == ["each.toml:3 binding.unfilled"]
    assert checked(stage + '[groups.g]\nsetup = "stages/all.py:up"') == []


def test_a_stage_that_nothing_feeds_may_take_a_state_too(folder, checked):
    folder.module("def build(target, state): ...\ndef up(): ...\n")
    folder.contract("build", folder.sweep("t", target=[1]))
    stage = '[stages.build]\ncontract = "build.toml"\ngroup = "g"\n[groups.g]\n'
    assert checked(stage) == ["build.toml:3 binding.unfilled"]
    assert checked(f'{stage}setup = "stages/all.py:up"') == []


def test_hooks_that_are_not_there_are_told(folder, checked):
    folder.contract("build", folder.sweep("t", target=[1]))
    told = checked(
        '[stages.build]\ncontract = "build.toml"\ngroup = "g"\n[groups.g]\n'
        'setup = "stages/no.py:up"\nteardown = "stages/all.py:no"'
    )
    assert [line.partition(" ")[0] for line in told] == ["w.workflow.toml:7", "w.workflow.toml:8"]


def test_alone_such_a_contract_is_one_finding_that_says_what_to_do(folder):
    folder.contract("each", "w.workflow.toml")
    assert api.check(folder.path / "each.toml").ok
    for act in (api.plan, api.submit, api.explain, api.trial):
        with pytest.raises(PlanError) as error:
            act(folder.path / "each.toml")
        (finding,) = error.value.findings
        assert (finding.code, finding.line) == ("plan.fed-by-workflow", 5)
        assert "jupyter agilab workflow run w.workflow.toml" in finding.hint


def test_a_workflow_is_no_contract_and_told_in_one_sentence(lambda_hat):
    report = api.check(lambda_hat.workflow)
    assert [(each.code, each.line) for each in report.findings] == [("contract.is-a-workflow", 1)]
    assert "jupyter agilab workflow check|plan|run w.workflow.toml" in report.findings[0].hint
    assert report.issues


def test_files_do_not_take_a_workflow_for_data(folder):
    folder.contract("merge", "w.workflow.toml", split="files", partition_strategy="file-chunks")
    folder.write("")
    with pytest.raises(PlanError, match="cannot be planned"):
        api.plan(folder.path / "merge.toml")
