"""Pictures of the tour: from a cell that works on one file to a finished run, in JupyterLab."""

from __future__ import annotations

from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page

from pictures.lab import PATIENCE_S, execute

SIZE = {"width": 1360, "height": 820}
TALL = {"width": 1360, "height": 1328}
TITLE = "# How sure are we of each airline's delay?\n\nThe second cell resamples one month. There are twelve."
IMPORTS = '%load_ext jupyter_agilab\nimport glob\n\nimport pandas as pd\n\npath = "data/months/2013-01.csv"'
BODY = """flights = pd.read_csv(path).dropna(subset="arr_delay")
means = []
for seed in range(60):
    again = flights.sample(frac=1, replace=True, random_state=seed)
    means.append(again.groupby("carrier")["arr_delay"].mean())
pd.DataFrame(means).quantile([0.05, 0.95]).T.reset_index()"""
LOOP = """means = []
for month in sorted(glob.glob("data/months/*.csv")):
    means.append(float(pd.read_csv(month)["arr_delay"].mean()))"""
_TO_THE_TOP = """place => {
    const cell = window.jupyterapp.shell.currentWidget.content.widgets[place];
    cell.node.scrollIntoView({block: 'start'});
}"""
STAGE = "delays"
CONTRACT = f"{STAGE}.parallel_stage.toml"


def draw(browser: Browser, address: str, folder: Path, images: Path) -> None:
    """Do what the tour tells, once in each theme for the first picture, and take a picture of each step."""
    code = [nbformat.v4.new_code_cell(each) for each in (IMPORTS, BODY, LOOP)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(TITLE), *code], metadata=kernel)
    nbformat.write(notebook, folder / "flights.ipynb")
    page = browser.new_page(viewport=SIZE, device_scale_factor=1.25, color_scheme="light")
    page.set_default_timeout(1000 * PATIENCE_S)
    page.goto(address.format("lab"))
    page.wait_for_function("window.jupyterapp")
    page.evaluate("window.jupyterapp.restored.then(() => null)")
    execute(page, "docmanager:open", path="flights.ipynb")
    _wait_for_kernel(page)
    _find(page, images)
    _make_the_stage(page, images)
    _run(page, images)
    _look_back(page, images)
    page.close()


def _shot(page: Page, images: Path, name: str) -> None:
    # what was clicked last must not look as if the mouse were on it
    page.mouse.move(SIZE["width"] / 2, SIZE["height"] - 4)
    page.wait_for_timeout(1500)
    page.screenshot(path=images / f"tour-{name}.png")


def _wait_for_kernel(page: Page) -> None:
    page.evaluate("""async () => {
        const shown = window.jupyterapp.shell.currentWidget;
        await shown.revealed;
        await shown.sessionContext.ready;
        await shown.sessionContext.session?.kernel?.info;
    }""")


def _run_cell(page: Page, place: int) -> None:
    page.evaluate(
        """place => {
            window.jupyterapp.shell.currentWidget.content.activeCellIndex = place;
            return window.jupyterapp.commands.execute('notebook:run-cell').then(() => null);
        }""",
        place,
    )


def _find(page: Page, images: Path) -> None:
    """Take the notebook as it was: a cell for one file, and a loop that migration has marked."""
    _run_cell(page, 1)
    page.locator(".jp-Cell").nth(3).locator(".jp-agilab-mark").first.wait_for()
    _shot(page, images, "1-cell")


def _make_the_stage(page: Page, images: Path) -> None:
    """Click the cell's button: what the cell would become, then the line above it."""
    cell = page.locator(".jp-Cell").nth(2)
    page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    cell.locator('.jp-cell-toolbar [data-command="jupyter-agilab:make-stage"]').click()
    panel = page.locator("#jp-agilab-cell")
    panel.get_by_label("Name", exact=True).fill(STAGE)
    panel.get_by_text("More", exact=True).click()
    panel.get_by_role("combobox", name="Reducer").fill("concat-csv")
    panel.get_by_text(f"def {STAGE}(").wait_for()
    _shot(page, images, "2-stage")
    panel.get_by_role("button", name="Write the line").click()
    panel.get_by_text("Written.").wait_for()


def _run(page: Page, images: Path) -> None:
    """Run the cell, which plans; try one partition, then run the stage."""
    execute(page, "application:toggle-right-area")
    _run_cell(page, 2)
    view = page.locator(".agl").first
    view.locator(".agl-row").first.wait_for()
    view.scroll_into_view_if_needed()
    _shot(page, images, "3-plan")
    _section(page, "Trial")
    page.get_by_role("button", name="Try this partition").click()
    _section(page, "Scale")
    run = page.get_by_role("button", name="Run", exact=True)
    run.wait_for()
    page.wait_for_function("button => !button.disabled", arg=run.element_handle())
    run.click()
    page.locator(".agl[data-mode=ended]").first.wait_for()
    _section(page, "Files")
    execute(page, "jupyter-agilab:show-sidebar")
    page.set_viewport_size(TALL)
    page.evaluate(_TO_THE_TOP, 2)
    _shot(page, images, "4-run")
    page.set_viewport_size(SIZE)


def _section(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def _look_back(page: Page, images: Path) -> None:
    """Open the contract's form, and the report."""
    execute(page, "jupyter-agilab:open", path=CONTRACT)
    page.locator(".jp-agilab-DocumentPane").first.wait_for()
    _shot(page, images, "5-contract")
    execute(page, "jupyter-agilab:open-report", folder="", stage=STAGE, path=CONTRACT)
    page.frame_locator("iframe").first.locator("html[data-ready]").wait_for(state="attached")
    _shot(page, images, "6-report")
