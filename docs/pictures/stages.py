"""Pictures of what `%%parallel_stage` and a run show without the live panel, and of a report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Browser, Page

from jupyter_agilab import report
from pictures.lab import PATIENCE_S

WIDTH = 1100
SETUP = "%load_ext jupyter_agilab\nimport pandas as pd"
CELL = """%%parallel_stage late_by_carrier --input "data/months/*.csv" --reducer concat-csv{run}
flights = pd.read_csv(path)
flights["late"] = flights["arr_delay"] > 15
flights.groupby(["month", "carrier"], as_index=False)["late"].sum()"""

WORKFLOW = (
    """%%parallel_stage months --input "data/months/*.csv"
flights = pd.read_csv(path)
late = flights["arr_delay"] > 15
{"month": int(flights["month"].iloc[0]), "flights": len(flights), "late": int(late.sum())}""",
    """%%parallel_stage rates --input months --workflow delays
{**months, "rate": months["late"] / months["flights"]}""",
    """%%parallel_stage worst --input rates.artifact --workflow delays
pd.read_json(path).nlargest(3, "rate")[["month", "rate"]].to_dict("records")""",
    """%%parallel_stage check --input months --after rates --when thorough --workflow delays
assert months["late"] <= months["flights"]
True""",
)

NOTEBOOKS = {
    "stage": [SETUP, 'path = "data/months/2013-01.csv"', CELL.format(run="")],
    "run": [SETUP, 'path = "data/months/2013-01.csv"', CELL.format(run=""), "%parallel_run late_by_carrier"],
    "workflow": [SETUP, *WORKFLOW, "%parallel_workflow delays --run", "%parallel_workflow delays"],
}
"""Name of the picture to the cells; the last cell is the one that is shown."""


def draw(browser: Browser, address: str, folder: Path, images: Path) -> None:
    """Take the pictures; `folder` has the demo's data and is the root of the JupyterLab at `address`."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": 1600}, device_scale_factor=1.5, color_scheme="light"
    )
    for name, cells in NOTEBOOKS.items():
        _execute(folder, name, cells)
        page.goto(address.format(f"doc/tree/{name}.ipynb"))
        cell = page.locator(".jp-CodeCell").last
        cell.locator(".jp-OutputArea-output").last.wait_for(timeout=1000 * PATIENCE_S)
        # the end of the notebook is drawn when the browser has nothing better to do
        page.wait_for_timeout(2000)
        cell.screenshot(path=images / f"{name}.png")
    _draw_report(page, folder, images)
    page.close()


def _execute(folder: Path, name: str, cells: list[str]) -> None:
    """Run the cells in a fresh kernel and save the notebook with what they show."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook,
        timeout=120,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
    ).execute()
    nbformat.write(notebook, folder / f"{name}.ipynb")
    # Lab shows the style of trusted output only
    subprocess.run([sys.executable, "-m", "jupyter", "trust", f"{name}.ipynb"], cwd=folder, check=True)


def _draw_report(page: Page, folder: Path, images: Path) -> None:
    page.set_viewport_size({"width": WIDTH + 80, "height": 800})
    page.goto(report("late_by_carrier", folder=folder).resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    page.screenshot(path=images / "report.png")
    page.locator("#timeline").screenshot(path=images / "report-timeline.png")
