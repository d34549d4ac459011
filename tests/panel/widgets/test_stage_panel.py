"""The whole panel without a browser: its controls are moved as a reader would, files and runs are real."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab import api
from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.panel.widgets.remembered import remembered_section
from jupyter_agilab.panel.widgets.stage_panel import StagePanel
from jupyter_agilab.panel.widgets.widget_tree import widgets_of
from jupyter_agilab.run.submit import RunSettings

pytestmark = pytest.mark.usefixtures("nothing_left")

Wait = Callable[..., None]


@pytest.fixture
def panel(contract: Path, wait: Wait) -> Iterator[StagePanel]:
    """Give an open panel that has planned."""
    made = StagePanel(contract, "agilab-twin-test")
    made.open()
    wait(lambda: made.view is not None and not made.state.is_planning)
    yield made
    made.close()


def control(panel: StagePanel, name: str) -> Any:
    """Find a control of the open part by its label."""
    found = [each for each in widgets_of(panel.widget) if getattr(each, "description", None) == name]
    assert len(found) == 1, name
    return found[0]


def seen(widget: Any) -> Iterator[Any]:
    """Give the widgets that are not hidden, nor inside one that is."""
    if widget.layout.display != "none":
        yield widget
        for child in getattr(widget, "children", ()):
            yield from seen(child)


def text_of(panel: StagePanel) -> str:
    """Give all the HTML that the panel shows."""
    shown = "\n".join(each.value for each in seen(panel.widget) if type(each).__name__ == "HTML")
    return re.sub(r"<style>.*?</style>", "", shown, flags=re.DOTALL)


def test_it_opens_at_the_function_with_its_source(panel: StagePanel) -> None:
    assert panel.section == "function"
    assert "stages/clean.py" in text_of(panel)
    assert "bad seven" in text_of(panel)
    assert panel.view is not None
    assert panel.view.summary["mode"] == "plan"
    assert panel.view.summary["can"] == ["open", "pin", "run-selected"]


def test_controls_plan_at_once_and_are_written_with_comments_kept(
    panel: StagePanel, contract: Path, wait: Wait
) -> None:
    before = contract.read_text("utf-8")
    panel.open_section("split")
    slider = control(panel, "Workers")
    for workers in (3, 4, 5, 6):
        slider.value = workers
    wait(lambda: panel.state.plan is not None and panel.state.plan.useful_workers == 6, "the plan")
    wait(lambda: load_contract(contract).workers == 6, "the file")
    assert contract.read_text("utf-8") == before.replace("workers = 2 ", "workers = 6 ")
    wait(lambda: panel.view is not None and len(panel.view.lanes) == 6, "the lanes")
    control(panel, "Strategy").value = "row-chunks"
    control(panel, "Partitions").value = 40
    wait(lambda: panel.state.plan is not None and panel.state.plan.partition_count > 12, "more partitions")
    wait(lambda: load_contract(contract).target_partitions == 40)
    control(panel, "as many workers as there are cores").value = True
    wait(lambda: load_contract(contract).workers == "auto")
    assert "# a comment that must stay" in contract.read_text("utf-8")


def test_a_rule_brings_a_strategy_that_fits(panel: StagePanel, contract: Path, wait: Wait) -> None:
    panel.open_section("split")
    control(panel, "Rule").value = "data-partitions"
    wait(lambda: load_contract(contract).split == "data-partitions")
    assert load_contract(contract).partition_strategy in control(panel, "Strategy").options


def test_an_input_that_matches_nothing_is_told_and_repaired(
    panel: StagePanel, contract: Path, wait: Wait
) -> None:
    panel.open_section("split")
    control(panel, "Input").value = "nowhere/*.csv"
    wait(lambda: "nowhere/*.csv" in text_of(panel) and "no" in text_of(panel))
    wait(lambda: any(each.severity == "error" for each in panel.state.findings))
    assert not panel.jobs.can_start
    control(panel, "Input").value = "data/*.csv"
    wait(lambda: panel.jobs.can_start)


def test_a_reducer_is_chosen_by_its_meaning(panel: StagePanel, contract: Path, wait: Wait) -> None:
    panel.open_section("reducer")
    chosen = control(panel, "Reducer")
    assert any("sum of all numbers" in label for label, _ in chosen.options)
    chosen.value = "concat-csv"
    wait(lambda: load_contract(contract).reducer == "concat-csv")
    # the usual artifact follows the reducer
    assert load_contract(contract).output == "artifacts/clean.csv"
    chosen.value = "sum"
    wait(lambda: load_contract(contract).reduce.function == "sum")
    chosen.value = "collect-json"
    wait(lambda: load_contract(contract).reducer == "collect-json")
    assert load_contract(contract).reduce.function is None


def edited_by_hand(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**7,) * 2)


def test_a_change_on_disk_shows_up(panel: StagePanel, contract: Path, wait: Wait) -> None:
    panel.open_section("split")
    edited_by_hand(contract, "workers = 2", "workers = 9")
    wait(lambda: control(panel, "Workers").value == 9)
    panel.open_section("files")
    wait(lambda: "+workers = 9" in text_of(panel))
    assert "a comment that must stay" in text_of(panel)


@pytest.mark.parametrize("answer", ["Keep mine", "Take the file's"])
def test_both_at_once_is_asked(panel: StagePanel, contract: Path, wait: Wait, answer: str) -> None:
    panel.open_section("split")
    edited_by_hand(contract, "target_partitions = 0", "target_partitions = 3")
    control(panel, "Workers").value = 7
    wait(lambda: panel.document.conflict is not None)
    wait(lambda: "was changed on disk" in text_of(panel))
    control(panel, "Show the difference").click()
    assert "+workers = 7" in text_of(panel)
    assert load_contract(contract).workers == 2
    control(panel, answer).click()
    mine = answer == "Keep mine"
    assert load_contract(contract).workers == (7 if mine else 2)
    assert load_contract(contract).target_partitions == (0 if mine else 3)
    wait(lambda: "was changed on disk" not in text_of(panel))
    wait(lambda: control(panel, "Workers").value == (7 if mine else 2))


def test_scale_asks_once_for_a_trial_and_a_trial_answers_it(panel: StagePanel, wait: Wait) -> None:
    wait(lambda: panel.state.is_tried is False)
    panel.open_section("scale")
    assert "was not tried" in text_of(panel)
    control(panel, "Try one partition first").click()
    assert panel.section == "trial"
    control(panel, "Partition").value = 3
    control(panel, "Try this partition").click()
    wait(lambda: panel.state.report is not None)
    wait(lambda: "data/f03.csv" in text_of(panel))
    assert "The reducer on" in text_of(panel)
    wait(lambda: panel.state.is_tried is True)
    panel.open_section("scale")
    assert "was not tried" not in text_of(panel)


def test_who_goes_on_without_a_trial_is_not_asked_again(panel: StagePanel, wait: Wait) -> None:
    wait(lambda: panel.state.is_tried is False)
    panel.open_section("scale")
    control(panel, "Go on without a trial").click()
    assert "was not tried" not in text_of(panel)
    panel.open_section("split")
    panel.open_section("scale")
    assert "was not tried" not in text_of(panel)


def test_the_open_part_is_remembered_beside_the_contract(
    panel: StagePanel, contract: Path, wait: Wait
) -> None:
    before = contract.read_text("utf-8")
    panel.open_section("reducer")
    wait(lambda: remembered_section(contract.parent, "clean") == "reducer")
    assert contract.read_text("utf-8") == before
    assert (contract.parent / ".agilab/.gitignore").read_text("utf-8") == "*\n"


def test_a_run_from_the_panel_to_its_end_and_the_failed_one_again(
    panel: StagePanel, contract: Path, wait: Wait
) -> None:
    panel.open_section("scale")
    panel.part("scale")._was_asked = True  # type: ignore[attr-defined]  # of this section
    panel.show()
    control(panel, "Run").click()
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.ended, "the end")
    wait(lambda: "1 partition failed" in text_of(panel))
    assert "bad seven" in text_of(panel)
    assert panel.view is not None
    wait(lambda: panel.view.summary["mode"] == "ended" and "retry" in panel.view.summary["can"])
    answers: list[dict[str, Any]] = []
    panel.jobs.detail(7, answers.append)
    wait(lambda: answers)
    assert answers[0]["error"]["message"] == "bad seven"
    assert answers[0]["log"]["text"] == "look out"
    assert "data/f07.csv" in answers[0]["records"]
    module = contract.parent / "stages/clean.py"
    module.write_text(module.read_text("utf-8").replace('endswith("f07.csv")', 'endswith("none")'), "utf-8")
    first = panel.jobs.status
    assert first is not None
    assert panel.jobs.act("retry", []) == "running what failed again"
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.run_id != first.run_id, "another run")
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.ended)
    wait(lambda: panel.view.summary["state"] in {"finished", "partial"})


def test_stop_ends_a_run_and_keeps_what_is_finished(panel: StagePanel, contract: Path, wait: Wait) -> None:
    module = contract.parent / "stages/clean.py"
    module.write_text(module.read_text("utf-8").replace("time.sleep(0.02)", "time.sleep(0.5)"), "utf-8")
    panel.jobs.start()
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.finished > 0)
    assert panel.view is not None
    wait(lambda: "stop" in panel.view.summary["can"])
    assert panel.jobs.act("stop", []) == "stopping"
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.state == "stopped")
    wait(lambda: panel.view.summary["mode"] == "ended")
    assert panel.view.summary["counts"]["done"] == panel.jobs.status.finished
    wait(lambda: panel.jobs.can_start)


def test_only_what_is_selected_is_run(panel: StagePanel, wait: Wait) -> None:
    assert panel.view is not None
    assert panel.jobs.act("run-selected", [2, 4]) == "running 2 partitions"
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.ended)
    counts = panel.jobs.data.summary()["counts"]  # type: ignore[union-attr]  # there is a run
    assert (counts["done"], counts["waiting"]) == (2, 10)


def test_pins_are_saved_as_the_work_plan_and_found_again(
    panel: StagePanel, contract: Path, wait: Wait
) -> None:
    told = panel.jobs.pin([1, 3], "worker-1")
    path = contract.parent / "clean.work_plan.json"
    assert path.name in told
    saved = json.loads(path.read_text("utf-8"))
    plan = panel.state.plan
    assert plan is not None
    assert saved["pins"] == {plan.partitions[1].id: "worker-1", plan.partitions[3].id: "worker-1"}
    other = StagePanel(contract, "agilab-twin-other")
    other.open()
    try:
        wait(lambda: other.jobs.data is not None and other.jobs.data.pins == {1: "worker-1", 3: "worker-1"})
    finally:
        other.close()
    panel.jobs.start(RunSettings())
    wait(lambda: panel.jobs.status is not None and panel.jobs.status.ended)
    run = panel.jobs.data.run  # type: ignore[union-attr]  # there is a run
    assert run is not None
    names = {run.lanes.name(int(run.lane[index])) for index in (1, 3)}
    assert len(names) == 1
    wait(lambda: panel.jobs.can_start)
    panel.jobs.pin([1, 3], None)
    assert not path.exists()


def test_a_contract_that_cannot_be_used_says_why_and_recovers(contract: Path, wait: Wait) -> None:
    good = contract.read_text("utf-8")
    contract.write_text(good.replace('split = "files"', 'split = "halves"'), "utf-8")
    panel = StagePanel(contract, "agilab-twin-test", section="split")
    panel.open()
    try:
        wait(lambda: "halves" in text_of(panel))
        assert not panel.jobs.can_start
        contract.write_text(good, "utf-8")
        wait(lambda: panel.jobs.can_start)
    finally:
        panel.close()


def test_a_run_that_is_over_is_shown_as_it_was(contract: Path, wait: Wait) -> None:
    watch = api.submit(contract)
    watch.wait()
    panel = StagePanel(contract, "agilab-twin-test", section="scale", watch=api.attach("clean"))
    panel.open()
    try:
        wait(lambda: panel.view is not None and panel.view.summary["mode"] == "ended")
        wait(lambda: "1 partition failed" in text_of(panel))
    finally:
        panel.close()


def test_closing_is_complete_and_may_be_done_twice(contract: Path, wait: Wait) -> None:
    before = {thread.name for thread in threading.enumerate()}
    panels = [StagePanel(contract, f"agilab-twin-{number}") for number in range(5)]
    for panel in panels:
        panel.open()
        for section in ("split", "reducer", "trial", "scale", "files"):
            panel.open_section(section)
    for panel in panels:
        panel.close()
        panel.close()
        assert not panel.is_open
    wait(lambda: {thread.name for thread in threading.enumerate()} <= before)
