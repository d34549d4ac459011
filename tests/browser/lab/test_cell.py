"""Cells in JupyterLab and Notebook 7: made stages, badges on them, marks on loops."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

SETUP = "import glob\nimport pandas as pd\nLIMIT = 3"
BODY = "df = pd.read_csv(path)\nint(df.x.sum()) + LIMIT"
BAD = "df = pd.read_csv(path)\nwho = input('?')\nmissing_name + 1"
LOOP = (
    "rows = []\nfor path in sorted(glob.glob('data/*.csv')):\n    rows.append(int(pd.read_csv(path).x.sum()))"
)
CARRIED = (
    "total = 1\nfor path in sorted(glob.glob('data/*.csv')):\n    total = total * len(pd.read_csv(path)) % 7"
)
WAIT_MS = 30_000
PANEL = "#jp-agilab-cell"
THEMES = ("JupyterLab Dark", "JupyterLab Light")


def add_data(lab: Any) -> None:
    for name in "abc":
        lab.write(f"data/{name}.csv", "x,y\n1,2\n3,4\n")


def cell(lab: Any, place: int) -> Any:
    return lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").nth(place)


def sources(lab: Any) -> list[str]:
    script = (
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(c => c.getSource())"
    )
    return list(lab.ask(script))


def activate(lab: Any, place: int) -> None:
    lab.ask("n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", place)


def kernel_is_idle(lab: Any) -> bool:
    script = "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.every(" + (
        "c => c.execution_count === null)"
    )
    return bool(lab.ask(script))


@pytest.fixture
def made(lab: Any) -> Any:
    """Give Lab with a notebook of a cell that can become a stage, opened."""
    for dialog in lab.page.locator(".jp-Dialog").all():
        # a test before this one failed
        dialog.get_by_role("button", name="Cancel").click()
    add_data(lab)
    lab.server.notebook("clean.ipynb", SETUP, BODY, BAD, LOOP, CARRIED)
    lab.open_notebook("clean.ipynb")
    return lab


def test_the_cell_toolbar_shows_what_a_cell_would_become_and_writes_the_line(made: Any, axe: Any) -> None:
    page = made.page
    activate(made, 1)
    button = cell(made, 1).locator('.jp-cell-toolbar [data-command="jupyter-agilab:make-stage"]')
    button.click()
    panel = page.locator(PANEL)
    panel.get_by_text("def stage(path: str, *, LIMIT: int)").wait_for(timeout=WAIT_MS)
    panel.get_by_label("Name", exact=True).fill("clean")
    panel.get_by_text("def clean(path: str, *, LIMIT: int)").wait_for(timeout=WAIT_MS)
    assert panel.get_by_label("Input", exact=True).input_value() == "data/*.csv"
    header = '%%parallel_stage clean --input "data/*.csv"'
    panel.get_by_text(header).wait_for()
    panel.get_by_text("More", exact=True).click()
    reducer = panel.get_by_label("Reducer", exact=True)
    known = reducer.evaluate("field => [...field.list.options].map(each => each.value)")
    assert {"collect-json", "concat-csv", "sum"} <= set(known)
    assert "custom" not in known
    reducer.fill("sum")
    panel.get_by_text('%%parallel_stage clean --reducer sum --input "data/*.csv"').wait_for(timeout=WAIT_MS)
    axe(page, PANEL)
    reducer.fill("")
    panel.get_by_text(header, exact=True).wait_for(timeout=WAIT_MS)
    panel.get_by_role("button", name="Write the line").click()
    panel.get_by_text("Written.").wait_for(timeout=WAIT_MS)
    assert sources(made)[:3] == [SETUP, "%load_ext jupyter_agilab", f"{header}\n{BODY}"]
    # nothing ran, and nothing was written beside the notebook
    assert kernel_is_idle(made)
    assert not (made.root / "clean.parallel_stage.toml").exists()
    # the cell's own undo takes the line back
    activate(made, 2)
    cell(made, 2).locator(".cm-content").click()
    page.keyboard.press("Control+z")
    page.wait_for_function(
        "text => window.jupyterapp.shell.currentWidget.content.activeCell.model"
        ".sharedModel.getSource() === text",
        arg=BODY,
        timeout=WAIT_MS,
    )


def test_findings_stand_at_the_lines_of_the_cell(made: Any) -> None:
    page = made.page
    activate(made, 2)
    made.execute("jupyter-agilab:make-stage")
    panel = page.locator(PANEL)
    findings = panel.get_by_role("region", name="Findings")
    findings.get_by_text("waits for somebody at the keyboard").wait_for(timeout=WAIT_MS)
    assert findings.locator("li.jp-mod-error").count() >= 2
    cell(made, 2).locator(".cm-line.jp-agilab-line.jp-mod-error").first.wait_for(timeout=WAIT_MS)
    marks = cell(made, 2).locator(".jp-agilab-mark.jp-mod-error")
    assert marks.count() >= 2
    findings.get_by_role("button", name="Line 3").first.click()
    line = made.ask(
        "() => window.jupyterapp.shell.currentWidget.content.activeCell.editor.getCursorPosition().line"
    )
    assert line == 2
    # an edit of the cell is looked at by itself
    page.keyboard.press("Control+a")
    page.keyboard.type("len(pd.read_csv(path))", delay=5)
    findings.get_by_text("Nothing stands in the way.").wait_for(timeout=WAIT_MS)
    assert marks.count() == 0


def test_the_panel_is_left_empty_when_its_notebook_is_closed(made: Any) -> None:
    activate(made, 1)
    made.execute("jupyter-agilab:make-stage")
    panel = made.page.locator(PANEL)
    panel.get_by_role("button", name="Write the line").wait_for(timeout=WAIT_MS)
    made.close()
    panel.get_by_text("Choose a code cell").wait_for(timeout=WAIT_MS)


def badge(lab: Any, place: int) -> Any:
    return cell(lab, place).locator(".jp-agilab-badge")


def test_badges_follow_the_cell_its_files_and_its_run(lab: Any, axe: Any, shots: Any) -> None:
    page = lab.page
    add_data(lab)
    stage = '%%parallel_stage clean --input "data/*.csv"\nimport pandas as pd\nlen(pd.read_csv(path))'
    lab.server.notebook("badge.ipynb", "%load_ext jupyter_agilab", stage, "%parallel_run clean")
    lab.open_notebook("badge.ipynb")
    badge(lab, 1).get_by_text("clean: not written yet").wait_for(timeout=WAIT_MS)
    assert page.locator(".jp-agilab-badge").count() == 1
    lab.run_cell(0)
    lab.run_cell(1)
    badge(lab, 1).get_by_text("clean: in step").wait_for(timeout=WAIT_MS)
    axe(page, ".jp-agilab-badge")
    lab.run_cell(2)
    page.wait_for_function(
        "() => /finished/.test(document.querySelector('.jp-agilab-badge-run')?.textContent ?? '')",
        timeout=WAIT_MS,
    )
    for theme in THEMES:
        lab.theme(theme)
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        badge(lab, 1).scroll_into_view_if_needed()
        shots(page, f"lab-cell-badge-{theme.split()[-1].lower()}")
    # an edit shows before anything is saved
    cell(lab, 1).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" + 1")
    badge(lab, 1).get_by_text("clean: cell changed").wait_for(timeout=WAIT_MS)
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    badge(lab, 1).get_by_text("clean: in step").wait_for(timeout=WAIT_MS)
    # so does a module that was edited by hand
    lab.open("stages/clean.py", factory="Editor")
    lab.ask(
        "async () => { const { context } = window.jupyterapp.shell.currentWidget; await context.ready;"
        " const { sharedModel } = context.model;"
        " sharedModel.setSource(sharedModel.getSource().replace('len(', '1 + len('));"
        " await context.save(); window.jupyterapp.shell.currentWidget.close(); }"
    )
    lab.open("badge.ipynb")
    badge(lab, 1).get_by_text("clean: module changed").wait_for(timeout=WAIT_MS)
    # a cell that is no stage any more has no badge
    lab.ask(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[1].setSource('1 + 1')"
    )
    badge(lab, 1).wait_for(state="detached", timeout=WAIT_MS)


def test_a_badge_tells_of_a_run_that_was_started_in_a_terminal_and_opens_it(lab: Any) -> None:
    add_data(lab)
    slow = "import time\ntime.sleep(1.5)\nlen(open(path).read())"
    lab.server.notebook(
        "terminal.ipynb", "%load_ext jupyter_agilab", f'%%parallel_stage slow --input "data/*.csv"\n{slow}'
    )
    lab.open_notebook("terminal.ipynb")
    lab.run_cell(0)
    lab.run_cell(1)
    badge(lab, 1).get_by_text("slow: in step").wait_for(timeout=WAIT_MS)
    told = badge(lab, 1).locator(".jp-agilab-badge-run")
    assert told.is_hidden()
    command = [sys.executable, "-m", "jupyter_agilab", "run", "slow.parallel_stage.toml"]
    with subprocess.Popen(command, cwd=lab.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        badge(lab, 1).get_by_text(re.compile(r"^running, [0-3] of 3$")).wait_for(timeout=WAIT_MS)
        printed, _ = run.communicate(timeout=WAIT_MS / 1000)
    assert run.returncode == 0, printed
    badge(lab, 1).get_by_text("finished just now").wait_for(timeout=WAIT_MS)
    told.click()
    lab.page.locator(".jp-agilab-Run:visible .agl[data-mode=ended]").wait_for(timeout=WAIT_MS)


def test_the_badge_opens_the_contract(lab: Any) -> None:
    add_data(lab)
    stage = '%%parallel_stage clean --input "data/*.csv"\nimport pandas as pd\nlen(pd.read_csv(path))'
    lab.server.notebook("open.ipynb", "%load_ext jupyter_agilab", stage)
    lab.open_notebook("open.ipynb")
    lab.run_cell(0)
    lab.run_cell(1)
    badge(lab, 1).get_by_text("clean: in step").wait_for(timeout=WAIT_MS)
    badge(lab, 1).locator(".jp-agilab-badge-standing").click()
    lab.page.locator(".lm-TabBar-tabLabel", has_text="clean.parallel_stage.toml").wait_for(timeout=WAIT_MS)


def mark(lab: Any, place: int, kind: str) -> Any:
    return cell(lab, place).locator(f".jp-agilab-mark.jp-mod-{kind}")


def test_loops_are_marked_and_explained(made: Any, axe: Any, shots: Any) -> None:
    page = made.page
    mark(made, 3, "convert").wait_for(timeout=WAIT_MS)
    mark(made, 4, "refuse").wait_for(timeout=WAIT_MS)
    mark(made, 4, "refuse").click()
    told = page.get_by_role("dialog", name="This loop cannot run in parallel")
    told.get_by_text("total").first.wait_for()
    assert "What helps: Compute it from the item." in told.inner_text()
    axe(page, ".jp-agilab-explanation")
    for theme in THEMES:
        made.theme(theme)
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        shots(page, f"lab-cell-loop-{theme.split()[-1].lower()}")
    page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    told.wait_for(state="detached")


def test_an_explanation_is_reached_and_left_by_keyboard(made: Any) -> None:
    page = made.page
    mark(made, 3, "convert").wait_for(timeout=WAIT_MS)
    cell(made, 3).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Alt+Shift+L")
    told = page.get_by_role("dialog", name="This loop can run in parallel")
    told.wait_for(timeout=WAIT_MS)
    assert page.evaluate("document.activeElement.textContent") == "Convert…"
    page.keyboard.press("Escape")
    told.wait_for(state="detached")
    assert page.evaluate("document.activeElement.classList.contains('cm-content')")


def test_a_loop_is_converted_in_the_open_notebook_and_back(made: Any, axe: Any, shots: Any) -> None:
    page = made.page
    mark(made, 3, "convert").click()
    page.get_by_role("button", name="Convert…").click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("stages/each_path.py", exact=True).wait_for(timeout=WAIT_MS)
    dialog.locator(".cm-mergeView").wait_for()
    axe(page, ".jp-Dialog-content")
    shots(page, "lab-cell-convert")
    dialog.get_by_role("button", name="Convert").click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.some("
        "c => c.getSource().startsWith('%%parallel_stage each_path'))",
        timeout=WAIT_MS,
    )
    assert (made.root / "each_path.parallel_stage.toml").is_file()
    assert kernel_is_idle(made)
    converted = sources(made)
    assert converted[-1] == CARRIED
    place = next(n for n, text in enumerate(converted) if text.startswith("%%parallel_stage each_path"))
    badge(made, place).get_by_text("each_path: in step").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(
        "text => window.jupyterapp.shell.currentWidget.content.model"
        ".sharedModel.cells[3].getSource() === text",
        arg=LOOP,
        timeout=WAIT_MS,
    )
    assert sources(made) == [SETUP, BODY, BAD, LOOP, CARRIED]
    page.wait_for_timeout(500)
    assert not (made.root / "each_path.parallel_stage.toml").exists()


def test_converted_cells_run_and_give_what_the_loop_gave(made: Any) -> None:
    page = made.page
    mark(made, 3, "convert").click()
    page.get_by_role("button", name="Convert…").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Convert").click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.length > 5",
        timeout=WAIT_MS,
    )
    last = len(sources(made)) - 1
    made.run_cell(0)
    for place in range(3, last):
        made.run_cell(place)
    made.ask(
        "n => window.jupyterapp.shell.currentWidget.content.model"
        ".sharedModel.cells[n].setSource('print(rows)')",
        last,
    )
    made.run_cell(last)
    cell(made, last).get_by_text(re.compile(r"\[4, 4, 4\]")).wait_for(timeout=WAIT_MS)


def test_a_setting_switches_the_marks_off(made: Any) -> None:
    mark(made, 3, "convert").wait_for(timeout=WAIT_MS)
    made.execute("jupyter-agilab:toggle-loop-marks")
    mark(made, 3, "convert").wait_for(state="detached", timeout=WAIT_MS)
    made.execute("jupyter-agilab:toggle-loop-marks")
    mark(made, 3, "convert").wait_for(timeout=WAIT_MS)


def test_cells_far_away_get_their_badges_when_they_come_into_sight(lab: Any) -> None:
    many = [f"x{n} = {n}" for n in range(150)]
    lab.server.notebook("long.ipynb", *many, '%%parallel_stage far --input "data/*.csv"\nlen(path)')
    lab.open_notebook("long.ipynb")
    lab.page.wait_for_timeout(1500)
    lab.ask("() => window.jupyterapp.shell.currentWidget.content.scrollToItem(150)")
    lab.page.get_by_text("far: not written yet").wait_for(timeout=WAIT_MS)


def test_the_context_menu_has_it_and_markdown_cells_do_not(made: Any) -> None:
    page = made.page
    cell(made, 1).click(button="right")
    page.locator(".lm-Menu").get_by_text("Make this Cell a Parallel Stage").wait_for()
    page.keyboard.press("Escape")
    made.ask("() => window.jupyterapp.commands.execute('notebook:change-cell-to-markdown').then(() => null)")
    assert not made.ask("() => window.jupyterapp.commands.isEnabled('jupyter-agilab:make-stage')")


def test_it_all_works_in_notebook_7(notebook7: Any, axe: Any, shots: Any) -> None:
    page = notebook7.page
    add_data(notebook7)
    stage = '%%parallel_stage other --input "data/*.csv"\nimport pandas as pd\nlen(pd.read_csv(path))'
    notebook7.server.notebook("seven.ipynb", SETUP, BODY, LOOP, stage)
    notebook7.load("notebooks/seven.ipynb")
    badge(notebook7, 3).get_by_text("other: not written yet").wait_for(timeout=WAIT_MS)
    mark(notebook7, 2, "convert").wait_for(timeout=WAIT_MS)
    activate(notebook7, 1)
    cell(notebook7, 1).locator('.jp-cell-toolbar [data-command="jupyter-agilab:make-stage"]').click()
    panel = page.locator(PANEL)
    panel.get_by_label("Name", exact=True).fill("clean")
    panel.get_by_text("def clean(path: str, *, LIMIT: int)").wait_for(timeout=WAIT_MS)
    axe(page, PANEL)
    shots(page, "notebook7-cell")
    panel.get_by_role("button", name="Write the line").click()
    badge(notebook7, 2).get_by_text("clean: not written yet").wait_for(timeout=WAIT_MS)
    assert sources(notebook7)[2] == f'%%parallel_stage clean --input "data/*.csv"\n{BODY}'
