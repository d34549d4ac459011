"""Contracts as documents: form, text, plan, trial and run in a real JupyterLab."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAME = "double.parallel_stage.toml"
CONTRACT = """# Doubles numbers.
schema = "agilab.parallel_stage.v1"
name = "double"
function = "stages/double.py:double"
split = "parameter-sweep"
input = "double.json"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "pool"
output = "double_result.json"  # kept in git

# how it is run
[execution]
retries = 1  # a flaky disk
"""
DOCUMENT = ".jp-agilab-Document:visible"


@pytest.fixture
def make_contract(lab: Any) -> Callable[..., Path]:
    """Give ``make_contract(body=…)``: a stage over 12 sets in the server's folder; gives its contract."""

    def make(body: str = "    print('seen', x)\n    return {'x': x, 'twice': 2 * x}\n") -> Path:
        lab.write("stages/double.py", f"def double(x):\n{body}")
        lab.write("double.json", json.dumps({"x": list(range(12))}))
        path: Path = lab.write(NAME, CONTRACT)
        return path

    return make


def tab(lab: Any, name: str) -> None:
    lab.page.locator(DOCUMENT).get_by_role("tab", name=name, exact=True).click()


def field(lab: Any, key: str) -> Any:
    """Give the control of a key."""
    return lab.page.locator(f"{DOCUMENT} .jp-agilab-Field[data-key='{key}']").locator(
        "input, select, textarea"
    )


def text_of(lab: Any) -> str:
    return str(lab.ask("() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource()"))


def is_dirty(lab: Any) -> bool:
    return bool(lab.ask("() => window.jupyterapp.shell.currentWidget.context.model.dirty"))


def until_clean(lab: Any) -> None:
    lab.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")


def until_text(lab: Any, text: str) -> None:
    lab.page.wait_for_function(
        "text => window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource() === text",
        arg=text,
    )


def test_a_contract_opens_as_a_form_and_nothing_runs(
    lab: Any, make_contract: Any, expect: Any, shots: Any, axe: Any
) -> None:
    path = make_contract()
    lab.open(NAME)
    expect(field(lab, "name")).to_have_value("double")
    expect(field(lab, "split")).to_have_value("parameter-sweep")
    expect(field(lab, "workers")).to_have_value("2")
    expect(field(lab, "execution.retries")).to_have_value("1")
    expect(lab.page.locator(DOCUMENT)).to_contain_text("No errors")
    shots(lab.page, "document-form-light")
    axe(lab.page, ".jp-agilab-Document")
    lab.theme("JupyterLab Dark")
    shots(lab.page, "document-form-dark")
    axe(lab.page, ".jp-agilab-Document")
    lab.theme("JupyterLab Light")
    # the window is too narrow for the text beside it
    expect(lab.page.locator(f"{DOCUMENT} .jp-agilab-Text")).to_have_count(0)
    assert not is_dirty(lab)
    assert not (path.parent / ".agilab").exists()


def test_an_edit_in_the_form_keeps_comments_and_can_be_undone(
    lab: Any, make_contract: Any, expect: Any
) -> None:
    path = make_contract()
    lab.open(NAME)
    field(lab, "execution.retries").fill("3")
    field(lab, "execution.retries").press("Enter")
    until_text(lab, CONTRACT.replace("retries = 1  #", "retries = 3  #"))
    assert is_dirty(lab)
    field(lab, "backend").select_option("dask")
    until_text(lab, CONTRACT.replace("retries = 1  #", "retries = 3  #").replace('"pool"', '"dask"'))
    field(lab, "backend").press("Control+z")
    field(lab, "backend").press("Control+z")
    until_text(lab, CONTRACT)
    expect(field(lab, "execution.retries")).to_have_value("1")
    field(lab, "workers").fill("auto")
    field(lab, "workers").press("Control+s")
    expected = CONTRACT.replace("workers = 2", 'workers = "auto"')
    until_text(lab, expected)
    until_clean(lab)
    assert path.read_text() == expected


def test_findings_stand_beside_their_fields_and_lead_to_the_line(
    lab: Any, make_contract: Any, expect: Any, shots: Any, axe: Any
) -> None:
    path = make_contract()
    path.write_text(
        CONTRACT.replace("stages/double.py", "stages/none.py").replace("retries = 1", "retrys = 1")
    )
    lab.open(NAME)
    document = lab.page.locator(DOCUMENT)
    unknown = document.locator(".jp-agilab-Field[data-key='execution.retrys']")
    expect(unknown).to_contain_text("retries")
    expect(unknown).to_contain_text("kept as it is")
    expect(document.locator(".jp-agilab-State")).to_contain_text("error")
    field(lab, "workers").fill("0")
    field(lab, "workers").press("Enter")
    workers = document.locator(".jp-agilab-Field[data-key='workers']")
    expect(workers.locator("[data-severity=error]")).to_contain_text("positive")
    expect(field(lab, "workers")).to_have_attribute("aria-invalid", "true")
    shots(lab.page, "document-findings")
    axe(lab.page, ".jp-agilab-Document")
    workers.get_by_role("button", name="Show line").click()
    expect(document.locator(".jp-agilab-Text")).to_be_visible()
    expect(document.locator(".cm-lintRange-error").first).to_be_visible()
    line = lab.ask("() => getSelection().anchorNode.parentElement.closest('.cm-line').innerText")
    assert line.startswith("workers")
    shots(lab.page, "document-text")


def test_the_text_completes_and_form_and_text_are_in_step(
    lab: Any, make_contract: Any, expect: Any, shots: Any
) -> None:
    make_contract()
    lab.open(NAME)
    expect(field(lab, "name")).to_have_value("double")
    tab(lab, "Text")
    page = lab.page
    page.locator(f"{DOCUMENT} .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("on_f")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("on_failure")
    shots(page, "document-completion")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Space")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("finish")
    page.keyboard.type('"fin')
    expect(page.locator(".cm-tooltip-autocomplete")).not_to_contain_text("stop")
    page.keyboard.press("Enter")
    until_text(lab, CONTRACT + 'on_failure = "finish"')
    tab(lab, "Form")
    expect(field(lab, "execution.on_failure")).to_have_value("finish")
    tab(lab, "Text")
    page.locator(f"{DOCUMENT} .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n[[")
    tab(lab, "Form")
    expect(page.locator(f"{DOCUMENT} .jp-agilab-Notice")).to_contain_text("not TOML")
    expect(field(lab, "name")).to_be_disabled()


def test_two_views_of_one_document_are_in_step(lab: Any, make_contract: Any, expect: Any) -> None:
    make_contract()
    lab.open(NAME, "Editor")
    lab.page.wait_for_selector(".jp-FileEditor .cm-content")
    lab.open(NAME, "Parallel Stage")
    expect(field(lab, "name")).to_have_value("double")
    field(lab, "notes").fill("for readers")
    field(lab, "notes").blur()
    expected = CONTRACT.replace("git\n", 'git\nnotes = "for readers"\n')
    until_text(lab, expected)
    lab.open(NAME, "Editor")
    editor = lab.page.locator(".jp-FileEditor .cm-content")
    expect(editor).to_contain_text('notes = "for readers"')
    editor.click()
    lab.page.keyboard.press("Control+Home")
    lab.page.keyboard.type("# first")
    lab.page.keyboard.press("Enter")
    lab.open(NAME, "Parallel Stage")
    until_text(lab, "# first\n" + expected)


def test_a_change_by_somebody_else_is_noticed(lab: Any, make_contract: Any, expect: Any) -> None:
    path = make_contract()
    lab.open(NAME)
    expect(field(lab, "workers")).to_have_value("2")
    path.write_text(CONTRACT.replace("workers = 2", "workers = 5"))
    expect(field(lab, "workers")).to_have_value("5", timeout=30_000)
    field(lab, "workers").fill("6")
    field(lab, "workers").press("Enter")
    until_text(lab, CONTRACT.replace("workers = 2", "workers = 6"))
    path.write_text(CONTRACT.replace("workers = 2", "workers = 7"))
    outdated = lab.page.locator(f"{DOCUMENT} .jp-agilab-Outdated")
    expect(outdated).to_contain_text("somebody else", timeout=30_000)
    outdated.get_by_role("button", name="Take theirs").click()
    expect(field(lab, "workers")).to_have_value("7")
    until_clean(lab)


def test_plan_and_trial(lab: Any, make_contract: Any, expect: Any, shots: Any, axe: Any) -> None:
    path = make_contract()
    lab.open(NAME)
    expect(field(lab, "name")).to_have_value("double")
    tab(lab, "Plan")
    page = lab.page
    document = page.locator(DOCUMENT)
    expect(document.locator(".jp-agilab-Facts").first).to_contain_text("12")
    expect(document.locator(".agl[data-painted]")).to_be_visible()
    shots(page, "document-plan-light")
    axe(page, ".jp-agilab-Document")
    assert not (path.parent / ".agilab").exists()
    tab(lab, "Form")
    field(lab, "workers").fill("4")
    field(lab, "workers").press("Enter")
    tab(lab, "Plan")
    expect(document.locator(".jp-agilab-PaneHead")).to_contain_text("once it is saved")
    expect(document.locator(".jp-agilab-Facts").first).to_contain_text(re.compile("Workers\\s*4"))
    document.get_by_label("Partition", exact=True).fill("3")
    document.get_by_role("button", name="Try this partition").click()
    expect(document.locator(".jp-agilab-TrialReport")).to_contain_text("It went well", timeout=90_000)
    expect(document.locator(".jp-agilab-TrialReport")).to_contain_text("seen 3")
    assert "workers = 4" in path.read_text()
    lab.theme("JupyterLab Dark")
    shots(page, "document-plan-dark")
    axe(page, ".jp-agilab-Document")
    lab.theme("JupyterLab Light")


def test_a_trial_that_fails_shows_the_error_as_text(lab: Any, make_contract: Any, expect: Any) -> None:
    make_contract("    raise ValueError('<img src=x onerror=alert(1)>')\n")
    lab.open(NAME)
    tab(lab, "Plan")
    document = lab.page.locator(DOCUMENT)
    document.get_by_role("button", name="Try this partition").click()
    report = document.locator(".jp-agilab-TrialReport")
    expect(report).to_contain_text("It failed", timeout=90_000)
    expect(report).to_contain_text("<img src=x onerror=alert(1)>")
    assert report.locator("img").count() == 0


def test_a_run_is_started_watched_stopped_and_opened_alone(
    lab: Any, make_contract: Any, expect: Any, shots: Any, axe: Any
) -> None:
    path = make_contract("    import time\n    time.sleep(0.8)\n    return {'x': x}\n")
    lab.open(NAME)
    tab(lab, "Run")
    page = lab.page
    document = page.locator(DOCUMENT)
    expect(document).to_contain_text("There is no run yet.")
    document.get_by_role("button", name="Run", exact=True).click()
    expect(document.locator(".agl[data-mode=run]")).to_be_visible(timeout=60_000)
    shots(page, "document-run-light")
    document.get_by_role("button", name="Stop", exact=True).click()
    expect(document.locator(".agl[data-mode=ended]")).to_be_visible(timeout=60_000)
    expect(document.get_by_label("Shown")).to_contain_text("stopped")
    axe(page, ".jp-agilab-Document")
    document.get_by_role("button", name="Run", exact=True).click()
    expect(document.get_by_label("Shown").locator("option")).to_have_count(2, timeout=60_000)
    expect(document.get_by_label("Shown")).to_contain_text("finished", timeout=90_000)
    assert len(json.loads((path.parent / "double_result.json").read_text())) == 12
    run = document.get_by_label("Shown").input_value()
    older = document.get_by_label("Shown").locator("option").last.get_attribute("value")
    assert older != run
    lab.execute("jupyter-agilab:open-run", path=NAME, run=run, folder="", stage="double")
    alone = page.locator(".jp-agilab-Run:visible")
    expect(alone.locator(".agl[data-mode=ended]")).to_be_visible(timeout=60_000)
    shots(page, "run-alone")
    # a run before the newest stays the one that is shown
    lab.execute("jupyter-agilab:open-run", path=NAME, run=older, folder="", stage="double")
    shown = page.locator(".jp-agilab-Run:visible").get_by_label("Shown")
    expect(shown.locator("option")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    expect(shown).to_have_value(older)
    expect(shown.locator("option:checked")).to_contain_text("stopped")


def test_chosen_partitions_are_pinned_and_run(lab: Any, make_contract: Any, expect: Any) -> None:
    path = make_contract()
    lab.open(NAME)
    tab(lab, "Plan")
    page = lab.page
    document = page.locator(DOCUMENT)
    expect(document.locator(".agl[data-painted]")).to_be_visible(timeout=30_000)
    document.get_by_role("row").filter(has_text="x=3").click()
    document.get_by_role("button", name="Run selected").click()
    expect(document.get_by_role("tab", name="Run")).to_have_attribute("aria-selected", "true", timeout=60_000)
    expect(document.get_by_label("Shown")).to_contain_text("finished in part", timeout=60_000)
    tab(lab, "Plan")
    expect(document.locator(".agl[data-mode=plan]")).to_be_visible()
    assert (path.parent / ".agilab" / "runs" / "double").is_dir()


def test_it_can_be_used_by_keyboard(lab: Any, make_contract: Any, expect: Any) -> None:
    make_contract()
    lab.open(NAME)
    page = lab.page
    expect(field(lab, "name")).to_have_value("double")
    page.locator(DOCUMENT).get_by_role("tab", name="Form").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(DOCUMENT).get_by_role("tab", name="Text")).to_be_focused()
    expect(page.locator(f"{DOCUMENT} .jp-agilab-Text")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator(DOCUMENT).get_by_role("tab", name="Run")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    expect(field(lab, "schema")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("r")
    until_text(lab, CONTRACT.replace('"double"', '"r"'))


@pytest.fixture
def wide_lab(lab: Any) -> Iterator[Any]:
    """Give Lab in a window in which form and text have room beside each other."""
    before = lab.page.viewport_size
    lab.page.set_viewport_size({"width": 1700, "height": before["height"]})
    yield lab
    lab.page.set_viewport_size(before)


def test_form_and_text_stand_side_by_side_where_there_is_room(
    wide_lab: Any, make_contract: Any, expect: Any, shots: Any, axe: Any
) -> None:
    lab, page = wide_lab, wide_lab.page
    path = make_contract()
    lab.open(NAME)
    document = page.locator(DOCUMENT)
    form, text = document.locator(".jp-agilab-Form"), document.locator(".jp-agilab-Text")
    expect(field(lab, "workers")).to_have_value("2")
    expect(text).to_be_visible()
    tabs = document.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Form and text", "Plan", "Run"]
    sides = document.get_by_role("tabpanel", name="Form and text")
    expect(sides).to_have_count(2)
    left, right = (sides.nth(place).bounding_box() for place in range(2))
    assert abs(left["width"] - right["width"]) <= 2
    assert left["x"] + left["width"] <= right["x"] + 1
    assert abs(left["y"] - right["y"]) <= 1
    # each shows what is typed in the other
    field(lab, "workers").fill("3")
    field(lab, "workers").press("Enter")
    expect(text.locator(".cm-line", has_text="workers")).to_have_text("workers = 3")
    text.locator(".cm-line", has_text="workers").click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("4")
    expect(field(lab, "workers")).to_have_value("4")
    page.keyboard.press("Backspace")
    page.keyboard.type("0")
    wrong = document.locator(".jp-agilab-Field[data-key='workers']")
    expect(wrong.locator("[data-severity=error]")).to_contain_text("positive")
    expect(text.locator(".cm-lintRange-error").first).to_be_visible()
    for theme in ("Dark", "Light"):
        lab.theme(f"JupyterLab {theme}")
        shots(page, f"document-wide-{theme.lower()}")
        axe(page, ".jp-agilab-Document")
    wrong.get_by_role("button", name="Show line").click()
    expect(form).to_be_visible()
    assert "workers" in lab.ask("() => getSelection().anchorNode.parentElement.closest('.cm-line').innerText")
    # the other parts have the whole room
    tab(lab, "Plan")
    expect(form).to_be_hidden()
    expect(text).to_be_hidden()
    tab(lab, "Form and text")
    expect(form).to_be_visible()
    expect(text).to_be_visible()
    # a narrow window has one of them; what is typed and not made yet is not lost on the way
    field(lab, "notes").focus()
    page.keyboard.type("kept")
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(tabs.first).to_have_text("Form")
    expect(text).to_be_hidden()
    expect(field(lab, "notes")).to_have_value("kept")
    field(lab, "workers").fill("5")
    field(lab, "workers").press("Control+s")
    until_clean(lab)
    assert path.read_text() == CONTRACT.replace("workers = 2", "workers = 5").replace(
        "git\n", 'git\nnotes = "kept"\n'
    )
