"""What displays draw before anything runs: the form of a run's status, with the numbers of a plan."""

from __future__ import annotations

from jupyter_agilab.workflow.running.status import StageStatus, WorkflowStatus
from jupyter_agilab.workflows import plan_workflow, workflow_graph


def test_it_has_the_keys_of_a_runs_status(lambda_hat):
    told = workflow_graph(lambda_hat.workflow)
    stage = StageStatus(name="a", contract="a.toml", state="waiting")
    status = WorkflowStatus(name="w", run_id="r", run_dir="d", stages=[stage])
    assert list(told) == list(status.to_json())
    assert all(list(each) == list(stage.to_json()) for each in told["stages"])
    assert (told["name"], told["state"], told["run_id"]) == ("w", "planned", None)


def test_stages_are_in_order_with_what_they_need(lambda_hat):
    text = lambda_hat.workflow.read_text()
    head, _, rest = text.partition("[stages.build]")
    # the order of the graph, not of the file
    stages = ["[stages." + part for part in ("build]" + rest).split("[stages.")]
    told = workflow_graph(lambda_hat.workflow, text=head + "\n".join(reversed(stages)))
    assert [stage["name"] for stage in told["stages"]] == ["build", "sample", "merge"]
    assert told["edges"] == [
        {"from": "sample", "to": "merge", "kind": "artifact"},
        {"from": "build", "to": "sample", "kind": "elements"},
    ]


def test_a_plan_tells_numbers_and_what_is_off(lambda_hat):
    plan = plan_workflow(lambda_hat.workflow)
    told = workflow_graph(lambda_hat.workflow, plan=plan)
    assert [(stage["partitions"], stage["state"]) for stage in told["stages"]] == [
        (2, "planned"),
        (4, "planned"),
        (None, "off"),
    ]


def test_a_workflow_with_errors_is_drawn_as_far_as_it_can_be_read(lambda_hat):
    text = lambda_hat.workflow.read_text().replace('input = "build"', 'input = ["build", "merge", "nope"]')
    told = workflow_graph(lambda_hat.workflow, text=text)
    assert sorted(stage["name"] for stage in told["stages"]) == ["build", "merge", "sample"]
    assert {"from": "merge", "to": "sample", "kind": "elements"} in told["edges"]
    assert all(edge["from"] != "nope" for edge in told["edges"])
    assert workflow_graph(lambda_hat.workflow, text="x = = 3")["stages"] == []
