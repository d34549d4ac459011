"""The migration view: loops found, compared, converted, verified and taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest

SETUP = "import glob\nimport pandas as pd"
LOOP = (
    "rows = []\nfor path in sorted(glob.glob('data/*.csv')):\n    rows.append(int(pd.read_csv(path).x.sum()))"
)
CARRIED = (
    "total = 1\nfor path in sorted(glob.glob('data/*.csv')):\n    total = total * len(pd.read_csv(path)) % 7"
)
VIEW = ".jp-agilab-migration"
WAIT_MS = 60_000
THEMES = ("JupyterLab Dark", "JupyterLab Light")


@pytest.fixture
def lab_with_loops(lab: Any) -> Any:
    for name in "abc":
        lab.write(f"work/data/{name}.csv", "x,y\n1,2\n3,4\n")
    lab.server.notebook("work/loops.ipynb", SETUP, LOOP, CARRIED)
    return lab


def view(lab: Any) -> Any:
    return lab.page.locator(f"{VIEW}:visible").first


def button(lab: Any, name: str) -> Any:
    return view(lab).get_by_role("button", name=name)


def accept(lab: Any, name: str) -> None:
    lab.page.locator(".jp-Dialog").get_by_role("button", name=name).click()


def test_a_notebook_is_converted_and_given_back(lab_with_loops: Any, axe: Any, shots: Any) -> None:
    lab, page = lab_with_loops, lab_with_loops.page
    path = lab.root / "work" / "loops.ipynb"
    before = path.read_bytes()
    lab.execute("jupyter-agilab:migrate", path="work/loops.ipynb")
    view(lab).get_by_text("2 loops, 1 can run in parallel").wait_for(timeout=WAIT_MS)
    view(lab).get_by_text("What helps: Compute it from the item.").wait_for()
    view(lab).locator(".cm-mergeView").wait_for(timeout=WAIT_MS)
    axe(page, VIEW)
    for theme in THEMES:
        lab.theme(theme)
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        shots(page, f"lab-migration-{theme.split()[-1].lower()}")
    assert path.read_bytes() == before
    button(lab, "Convert 1 loop…").click()
    accept(lab, "Cancel")
    assert path.read_bytes() == before
    button(lab, "Convert 1 loop…").click()
    accept(lab, "Convert")
    view(lab).get_by_text("was converted: each_path").wait_for(timeout=WAIT_MS)
    assert b"%%parallel_stage each_path" in path.read_bytes()
    assert (lab.root / "work" / "stages" / "each_path.py").is_file()
    axe(page, VIEW)
    view(lab).get_by_role("button", name="Undo", exact=True).click()
    view(lab).get_by_text("is as it was before").wait_for(timeout=WAIT_MS)
    assert path.read_bytes() == before
    assert not (lab.root / "work" / "stages").exists()


def test_loops_are_filtered_and_chosen(lab_with_loops: Any) -> None:
    lab = lab_with_loops
    lab.execute("jupyter-agilab:migrate", path="work/loops.ipynb")
    items = view(lab).locator(".jp-agilab-loop")
    view(lab).get_by_text("2 loops").wait_for(timeout=WAIT_MS)
    assert items.count() == 2
    view(lab).get_by_label("Which loops").select_option("refuse")
    assert items.count() == 1
    view(lab).get_by_label("Filter by text").fill("no such word")
    view(lab).get_by_text("No loop passes the filter.").wait_for()
    view(lab).get_by_label("Filter by text").fill("")
    view(lab).get_by_label("Which loops").select_option("convert")
    view(lab).get_by_role("checkbox", name="Line 2").uncheck()
    view(lab).get_by_text("Choose a loop on the left.").wait_for(timeout=WAIT_MS)
    assert button(lab, "Convert 0 loops…").is_disabled()
    view(lab).get_by_role("checkbox", name="Line 2").check()
    view(lab).locator(".cm-mergeView").wait_for(timeout=WAIT_MS)


def test_verifying_asks_first_and_compares(lab_with_loops: Any, shots: Any) -> None:
    lab = lab_with_loops
    lab.execute("jupyter-agilab:migrate", path="work/loops.ipynb")
    view(lab).locator(".cm-mergeView").wait_for(timeout=WAIT_MS)
    button(lab, "Verify…").click()
    lab.page.locator(".jp-Dialog").get_by_text("This runs all cells").wait_for()
    accept(lab, "Cancel")
    assert view(lab).locator(".jp-agilab-verified").count() == 0
    button(lab, "Verify…").click()
    accept(lab, "Run and compare")
    view(lab).get_by_text("Verified: loops and stages give the same.").wait_for(timeout=3 * WAIT_MS)
    shots(lab.page, "lab-migration-verified")


def test_an_open_notebook_is_read_again_and_errors_are_told(lab_with_loops: Any) -> None:
    lab = lab_with_loops
    lab.open("work/loops.ipynb")
    lab.execute("jupyter-agilab:migrate", path="work/loops.ipynb")
    view(lab).locator(".cm-mergeView").wait_for(timeout=WAIT_MS)
    button(lab, "Convert 1 loop…").click()
    accept(lab, "Convert")
    view(lab).get_by_text("was converted").wait_for(timeout=WAIT_MS)
    lab.open("work/loops.ipynb")
    lab.page.locator(".jp-NotebookPanel .jp-Cell").get_by_text("%%parallel_stage").first.wait_for(
        timeout=WAIT_MS
    )
    lab.execute("jupyter-agilab:migrate", path="no/such.ipynb")
    view(lab).get_by_role("alert").wait_for(timeout=WAIT_MS)


def test_a_folder_of_many_notebooks_and_broken_ones(lab_with_loops: Any) -> None:
    lab = lab_with_loops
    for number in range(70):
        lab.server.notebook(f"many/n{number:02}.ipynb", SETUP, LOOP)
    lab.write("many/broken.ipynb", "{")
    lab.write("empty/readme.txt", "")
    lab.execute("jupyter-agilab:migrate", path="many")
    view(lab).get_by_text("70 loops, 70 can run in parallel, 71 notebooks").wait_for(timeout=WAIT_MS)
    view(lab).get_by_text("The notebook is not JSON").wait_for()
    assert view(lab).locator(".jp-agilab-group").count() == 60
    button(lab, "Show more (10 cells)").click()
    assert view(lab).locator(".jp-agilab-group").count() == 70
    view(lab).get_by_label("Notebook or folder").fill("empty")
    button(lab, "Find loops").click()
    view(lab).get_by_text("There is no loop that could become a stage.").wait_for(timeout=WAIT_MS)


def test_the_file_browser_has_it(lab_with_loops: Any) -> None:
    lab, page = lab_with_loops, lab_with_loops.page
    lab.execute("filebrowser:go-to-path", path="work", dontShowBrowser=False)
    item = page.locator(".jp-DirListing-item", has_text="loops.ipynb")
    item.click(button="right")
    page.locator(".lm-Menu").get_by_text("Find Slow Loops").click()
    view(lab).get_by_text("2 loops").wait_for(timeout=WAIT_MS)


def test_it_is_at_the_side_in_notebook_7(notebook7: Any, axe: Any, shots: Any) -> None:
    for name in "abc":
        notebook7.write(f"data/{name}.csv", "x,y\n1,2\n3,4\n")
    path = notebook7.server.notebook("seven.ipynb", SETUP, LOOP)
    assert json.loads(path.read_text())
    notebook7.load("notebooks/seven.ipynb")
    notebook7.execute("jupyter-agilab:migrate")
    view(notebook7).get_by_text("1 loop, 1 can run in parallel").wait_for(timeout=WAIT_MS)
    axe(notebook7.page, VIEW)
    shots(notebook7.page, "notebook7-migration")
