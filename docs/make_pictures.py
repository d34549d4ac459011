"""Draw the pictures of the documentation: a real notebook, run and shown in a real JupyterLab.

Needs Chromium (or Chrome) on the path, and the dependency group ``test``. Run with ``make pictures``.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Page, sync_playwright

from jupyter_agilab import report
from jupyter_agilab.demo import prepare_data

IMAGES = Path(__file__).parent / "images"
WIDTH = 1100
PATIENCE_S = 60

SETUP = "%load_ext jupyter_agilab\nimport pandas as pd"
CELL = """%%parallel_stage late_by_carrier --input "data/months/*.csv" --reducer concat-csv{run}
flights = pd.read_csv(path)
flights["late"] = flights["arr_delay"] > 15
flights.groupby(["month", "carrier"], as_index=False)["late"].sum()"""

PICTURES = {
    "stage": [SETUP, 'path = "data/months/2013-01.csv"', CELL.format(run="")],
    "run": [SETUP, 'path = "data/months/2013-01.csv"', CELL.format(run=""), "%parallel_run late_by_carrier"],
}
"""Name of the picture to the cells; the last cell is the one that is shown."""


def executed(folder: Path, name: str, cells: list[str]) -> None:
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


def lab(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start JupyterLab on `folder`; give its process and the address of its simple interface."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    settings = folder / ".settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"),
            *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
            f"--LabApp.user_settings_dir={folder / '.settings'}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=2)
        except OSError:
            time.sleep(0.2)
        else:
            return server, f"http://127.0.0.1:{port}/doc/tree/{{}}?token={token}"
    server.kill()
    raise SystemExit("JupyterLab did not start")


def draw(page: Page, address: str, name: str) -> None:
    """Take a picture of the last cell that a notebook shows."""
    page.goto(address.format(f"{name}.ipynb"))
    cell = page.locator(".jp-CodeCell").last
    cell.locator(".jp-OutputArea-output").last.wait_for(timeout=1000 * PATIENCE_S)
    # the end of the notebook is drawn when the browser has nothing better to do
    page.wait_for_timeout(2000)
    cell.screenshot(path=IMAGES / f"{name}.png")
    print(f"drawn: {IMAGES.name}/{name}.png")


def draw_report(page: Page, folder: Path, stage: str) -> None:
    """Take pictures of the report of a stage's newest run: its top, and its timeline."""
    page.set_viewport_size({"width": WIDTH + 80, "height": 800})
    page.goto(report(stage, folder=folder).resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    page.screenshot(path=IMAGES / "report.png")
    page.locator("#timeline").screenshot(path=IMAGES / "report-timeline.png")
    print(f"drawn: {IMAGES.name}/report.png, {IMAGES.name}/report-timeline.png")


def main() -> None:
    """Draw all pictures."""
    browser_path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if browser_path is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium)")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        folder = Path(name)
        # the notebooks are trusted and the settings changed for this one server only
        for kind in ("CONFIG", "DATA", "RUNTIME"):
            os.environ[f"JUPYTER_{kind}_DIR"] = str(folder / ".jupyter" / kind.lower())
        prepare_data(folder)
        for picture, cells in PICTURES.items():
            executed(folder, picture, cells)
        server, address = lab(folder)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
                page = browser.new_page(
                    viewport={"width": WIDTH, "height": 1600}, device_scale_factor=1.5, color_scheme="light"
                )
                for picture in PICTURES:
                    draw(page, address, picture)
                draw_report(page, folder, "late_by_carrier")
                browser.close()
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
