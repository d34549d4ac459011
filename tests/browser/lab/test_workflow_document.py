"""Workflows and clusters files as documents: the graph with live state, forms, text."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

DOCUMENT = ".jp-agilab-Document:visible"
WORKFLOW = """# Builds, samples, tells.
schema = "agilab.workflow.v1"
name = "hats"

[flags]
tell = false

[stages.build]
contract = "build.parallel_stage.toml"

[stages.sample]
contract = "sample.parallel_stage.toml"
input = "build"  # one for each

[stages.tell]
contract = "tell.parallel_stage.toml"
after = ["sample"]
when = "tell"
"""


@pytest.fixture
def workflow(lab: Any) -> Any:
    """Write a workflow of three stages."""

    def stage(name: str, arguments: str, body: str, source: str) -> None:
        lab.write(f"stages/{name}.py", f"def {name}({arguments}):\n    {body}\n")
        lab.write(
            f"{name}.parallel_stage.toml",
            f'schema = "agilab.parallel_stage.v1"\nname = "{name}"\nfunction = "stages/{name}.py:{name}"\n'
            f'split = "parameter-sweep"\ninput = "{source}"\nworkers = 2\ntarget_partitions = 0\n'
            'partition_strategy = "parameter-items"\nmin_partitions_per_worker = 1\n'
            f'reducer = "collect-json"\nbackend = "pool"\noutput = "{name}_result.json"\n',
        )

    lab.write("sets.json", json.dumps({"x": [1, 2, 3]}))
    stage("build", "x", "return {'x': x}", "sets.json")
    stage(
        "sample", "build", "import time; time.sleep(1); return {'y': build['x'] * 10}", "hats.workflow.toml"
    )
    stage("tell", "x", "return {'x': x}", "sets.json")
    return lab.write("hats.workflow.toml", WORKFLOW)


def text_of(lab: Any) -> str:
    return str(lab.ask("() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource()"))


def until_text(lab: Any, text: str) -> None:
    lab.page.wait_for_function(
        "text => window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource() === text",
        arg=text,
    )


def test_a_workflow_is_a_graph_that_leads_to_its_contracts(
    lab: Any, workflow: Any, expect: Any, shots: Any, axe: Any
) -> None:
    lab.open("hats.workflow.toml")
    page = lab.page
    document = page.locator(DOCUMENT)
    stages = document.locator(".jp-agilab-Stage")
    expect(stages).to_have_count(3)
    expect(document.locator(".jp-agilab-Edge")).to_have_count(2)
    assert not (workflow.parent / ".agilab").exists()
    shots(page, "workflow-light")
    axe(page, ".jp-agilab-Document")
    lab.theme("JupyterLab Dark")
    shots(page, "workflow-dark")
    axe(page, ".jp-agilab-Document")
    lab.theme("JupyterLab Light")
    stages.filter(has_text="build").focus()
    page.keyboard.press("Enter")
    chosen = document.locator(".jp-agilab-ChosenStage")
    expect(chosen).to_contain_text("build")
    chosen.get_by_role("button", name="Open contract").click()
    expect(page.locator(f"{DOCUMENT} .jp-agilab-Field[data-key='name'] input")).to_have_value("build")


def test_a_workflow_runs_and_its_stages_are_live(lab: Any, workflow: Any, expect: Any, shots: Any) -> None:
    lab.open("hats.workflow.toml")
    page = lab.page
    document = page.locator(DOCUMENT)
    expect(document.locator(".jp-agilab-Stage")).to_have_count(3)
    document.get_by_role("button", name="Run", exact=True).click()
    sample = document.locator(".jp-agilab-Stage[data-stage=sample]")
    expect(sample).to_have_attribute("data-state", "running", timeout=90_000)
    shots(page, "workflow-running")
    expect(sample).to_have_attribute("data-state", "finished", timeout=90_000)
    expect(document.locator(".jp-agilab-Stage[data-stage=tell]")).to_have_attribute("data-state", "off")
    found = json.loads((workflow.parent / "sample_result.json").read_text())
    assert sorted(each["y"] for each in found) == [10, 20, 30]
    sample.click()
    document.locator(".jp-agilab-ChosenStage").get_by_role("button", name="Open run").click()
    expect(page.locator(".jp-agilab-Run:visible .agl[data-mode=ended]")).to_be_visible(timeout=60_000)

    lab.execute("docmanager:open", path="hats.workflow.toml")
    document.get_by_role("button", name="Report").click()
    report = page.frame_locator("iframe[title='Report of hats']")
    expect(report.locator("h1")).to_have_text("hats")
    expect(report.locator("body")).to_contain_text("2 of 2 stages finished")
    shots(page, "workflow-report")
    # the same tab from the sidebar's row; and none of it is left when it is closed
    lab.execute("jupyter-agilab:show-sidebar")
    row = page.locator(".jp-agilab-row[data-kind='workflow']")
    row.hover()
    row.get_by_role("button", name="Open Report: hats").click()
    expect(page.locator("iframe[title='Report of hats']")).to_have_count(1)
    lab.execute("application:close")
    expect(page.locator("iframe[title='Report of hats']")).to_have_count(0)


def test_a_report_that_cannot_be_had_says_why(lab: Any, workflow: Any, expect: Any) -> None:
    lab.execute("jupyter-agilab:open-report", path="hats.workflow.toml", run="20200101-000000-abcdef")
    expect(lab.page.locator(".jp-MainAreaWidget-error:visible")).to_contain_text("20200101-000000-abcdef")


def test_a_workflow_is_edited_as_a_form(lab: Any, workflow: Any, expect: Any) -> None:
    lab.open("hats.workflow.toml")
    document = lab.page.locator(DOCUMENT)
    document.get_by_role("tab", name="Form").click()
    combine = document.locator(".jp-agilab-Field[data-key='stages.sample.combine'] select")
    combine.select_option("product")
    until_text(lab, WORKFLOW.replace("# one for each\n", '# one for each\ncombine = "product"\n'))
    combine.select_option("")
    until_text(lab, WORKFLOW)
    flags = document.locator(".jp-agilab-Section[data-key='flags']")
    flags.get_by_label("New key in flags").fill("fast")
    flags.get_by_role("button", name="Add").click()
    until_text(lab, WORKFLOW.replace("tell = false\n", "tell = false\nfast = false\n"))
    wrong = document.locator(".jp-agilab-Field[data-key='stages.sample.input'] input")
    wrong.fill('"biuld"')
    wrong.press("Enter")
    expect(
        document.locator(".jp-agilab-Field[data-key='stages.sample.input'] [data-severity=error]")
    ).to_contain_text("build")


def test_clusters_are_edited_as_a_form_and_checked(lab: Any, expect: Any, shots: Any, axe: Any) -> None:
    text = '# places\n[here]\nkind = "local"\nworkers = 1  # small\n'
    path = lab.write("clusters.toml", text)
    lab.open("clusters.toml")
    document = lab.page.locator(DOCUMENT)
    workers = document.locator(".jp-agilab-Field[data-key='here.workers'] input")
    expect(workers).to_have_value("1")
    workers.fill("2")
    workers.press("Enter")
    until_text(lab, text.replace("workers = 1", "workers = 2"))
    document.get_by_label("Name of a new table").fill("far")
    document.get_by_role("button", name="Add").last.click()
    kind = document.locator(".jp-agilab-Field[data-key='far.kind'] select")
    kind.select_option("ssh")
    hosts = document.locator(".jp-agilab-Section[data-key='far.hosts']")
    expect(document.locator(".jp-agilab-State")).to_contain_text("error")
    hosts.locator("summary").click()
    hosts.get_by_label("New key in hosts").fill("10.0.0.1")
    hosts.get_by_role("button", name="Add").click()
    expect(document.locator(".jp-agilab-State")).to_contain_text("No errors")
    assert tomllib.loads(text_of(lab))["far"] == {"kind": "ssh", "hosts": {"10.0.0.1": 1}}
    shots(lab.page, "clusters-form")
    axe(lab.page, ".jp-agilab-Document")
    document.locator(".jp-agilab-Field[data-key='far.kind'] select").press("Control+s")
    lab.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert path.read_text() == text_of(lab)
    document.get_by_role("button", name="Check here").click()
    told = lab.page.locator(".jp-agilab-check:visible")
    expect(told).to_contain_text("Runs can use cluster here.", timeout=90_000)
    expect(told.get_by_role("rowheader")).not_to_have_count(0)


def test_documents_open_in_notebook_7(notebook7: Any, expect: Any, shots: Any, axe: Any) -> None:
    root, page = notebook7.root, notebook7.page
    (root / "stages").mkdir()
    (root / "stages" / "build.py").write_text("def build(x):\n    return x\n")
    (root / "sets.json").write_text('{"x": [1, 2, 3]}')
    name = "build.parallel_stage.toml"
    (root / name).write_text(
        'schema = "agilab.parallel_stage.v1"\nname = "build"\nfunction = "stages/build.py:build"\n'
        'split = "parameter-sweep"\ninput = "sets.json"\nworkers = 2\ntarget_partitions = 0\n'
        'partition_strategy = "parameter-items"\nmin_partitions_per_worker = 1\n'
        'reducer = "collect-json"\nbackend = "pool"\noutput = "build_result.json"\n'
    )
    notebook7.load(f"edit/{name}", factory="Parallel Stage")
    document = page.locator(DOCUMENT)
    field = document.locator(".jp-agilab-Field[data-key='workers'] input")
    expect(field).to_have_value("2", timeout=60_000)
    document.get_by_role("tab", name="Plan").click()
    expect(document.locator(".agl[data-painted]")).to_be_visible(timeout=60_000)
    shots(page, "notebook7-contract")
    axe(page, ".jp-agilab-Document")
    document.get_by_role("tab", name="Form").click()
    field.fill("3")
    field.press("Control+s")
    page.wait_for_function(
        """() => {
            const { model } = window.jupyterapp.shell.currentWidget.context;
            return model.sharedModel.getSource().includes('workers = 3') && !model.dirty;
        }"""
    )
    assert "workers = 3" in (root / name).read_text()
