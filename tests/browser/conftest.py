"""Chromium, and real JupyterLab and Notebook 7 in it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
# its own sandbox does not work for root, which CI is; the rest keeps it from asking the network
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ROOT = Path(__file__).parents[2]
TOKEN = "of-no-use-elsewhere"
TIMEOUT_MS = 120_000


@pytest.fixture(scope="session")
def chromium(require: Callable[[str], Any]) -> Iterator[Any]:
    """Give a browser; a visible skip where there is none, and a failure in CI."""
    api = require("playwright.sync_api")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Callable[..., None]:
    """Give ``shots(page, name)``: keep a picture for whoever wants to look, below AGILAB_SCREENSHOTS."""
    folder = Path(os.environ.get("AGILAB_SCREENSHOTS", ROOT / ".screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Any, name: str, **options: Any) -> None:
        page.screenshot(path=folder / f"{name}.png", **options)

    return keep


@pytest.fixture(scope="session")
def axe(require: Callable[[str], Any]) -> Callable[..., None]:
    """Give ``axe(page, within)``: fails where axe finds a serious fault in a part of the page."""
    script = Path(require("axe_playwright_python").__file__).with_name("axe.min.js").read_text("utf-8")

    def look(page: Any, within: str = ".agl") -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        found = page.evaluate(
            "async within => (await axe.run(within, {resultTypes: ['violations']})).violations", within
        )
        told = [
            f"{each['id']}: {each['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for each in found
            if each["impact"] in {"serious", "critical"}
            for node in each["nodes"][:4]
        ]
        assert not told, "\n".join(told)

    return look


class Server:
    """A Jupyter server with JupyterLab and Notebook 7, on files, settings and kernels of its own."""

    def __init__(
        self,
        base: Path,
        kernel: str | None = None,
        environment: dict[str, str] | None = None,
        python: str = sys.executable,
        place: str = "",
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.base, self.root = base, base / "work"
        self.root.mkdir(parents=True)
        self.port = _free_port()
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}{place}"
        # JupyterHub says so for the servers behind it: nothing that they answer is shown in a frame
        hub = {"headers": {"Content-Security-Policy": "frame-ancestors 'none'"}}
        options = [f"--ServerApp.base_url={place}/", f"--ServerApp.tornado_settings={hub}"] if place else []
        if certificate:
            options += [f"--ServerApp.certfile={certificate[0]}", f"--ServerApp.keyfile={certificate[1]}"]
        pages = base / "config" / "labconfig" / "page_config.json"
        pages.parent.mkdir(parents=True)
        # else it asks whether it may fetch news, over the page
        news = "@jupyterlab/apputils-extension:announcements"
        pages.write_text(json.dumps({"disabledExtensions": {news: True}}), "utf-8")
        self.env = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(base / "config"),
            "JUPYTER_DATA_DIR": str(base / "data"),
            "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
            "IPYTHONDIR": str(base / "ipython"),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        }
        self.env.update(environment or {})
        self._add_kernel(kernel or sys.executable)
        self.log = base / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(python, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                    *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}"),
                    *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.root}"),
                    *(f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True"),
                    *("--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.news_url="),
                    *("--LabApp.extension_manager=readonly", "--LanguageServerManager.autodetect=False"),
                    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                    *options,
                ],
                env=self.env,
                cwd=self.root,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _add_kernel(self, python: str) -> None:
        folder = self.base / "data" / "kernels" / "tested"
        folder.mkdir(parents=True)
        spec = {
            "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Tested",
            "language": "python",
            # comm messages then have a thread of their own while a cell runs
            "kernel_protocol_version": "5.5",
            "metadata": {"debugger": False},
        }
        (folder / "kernel.json").write_text(json.dumps(spec), "utf-8")

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        # it is asked whether it is there, not who it is
        trust = ssl._create_unverified_context()
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/api?token={TOKEN}", timeout=2, context=trust).read()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(self.log.read_text("utf-8")) from None
                time.sleep(0.1)
            else:
                return

    def notebook(self, name: str, *sources: str) -> Path:
        """Write a notebook of code cells."""
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{place}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for place, source in enumerate(sources)
        ]
        kernel = {"name": "tested", "display_name": "Tested", "language": "python"}
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
        path.write_text(json.dumps(text), "utf-8")
        return path

    def stop(self) -> None:
        """End the server, and with it its kernels."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _free_port() -> int:
    """Give a port that nobody listens at; a server that takes it a moment later is a rare accident."""
    for port in random.sample(range(25000, 26000), 50):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


_READY = """async () => {
    const shown = window.jupyterapp.shell.currentWidget;
    await shown.revealed;
    await shown.sessionContext.ready;
    await shown.sessionContext.session?.kernel?.info;
}"""


_WITHIN = """argument => Promise.race([
    (%s)(argument),
    new Promise((_, refuse) => setTimeout(() => refuse(new Error('not within %d s')), 1000 * %d)),
])"""


class FrontEnd:
    """JupyterLab or Notebook 7 with one notebook, driven by commands where keys are not the subject."""

    def __init__(self, page: Any, server: Server, kind: str) -> None:
        self.page, self.server, self.kind = page, server, kind

    def ask(self, script: str, argument: Any = None, seconds: int = 90) -> Any:
        """Call a function in the page; what it promises must come in time, else it is an error."""
        return self.page.evaluate(_WITHIN % (script, seconds, seconds), argument)

    def open(self, name: str) -> None:
        """Open a notebook, and wait until its kernel is there."""
        place = "notebooks" if self.kind == "notebook" else "lab/tree"
        reset = "&reset" if self.kind == "lab" else ""
        address = f"{self.server.url}/{place}/{name}?token={TOKEN}{reset}"
        self.page.goto(address)
        try:
            self.settle()
        except Exception:  # on a machine that is very busy a kernel may miss its time once
            self.page.goto(address)
            self.settle()

    def settle(self) -> None:
        """Wait until the page, its notebook and its kernel are ready."""
        page = self.page
        page.wait_for_function("window.jupyterapp", timeout=60_000)
        self.ask("() => window.jupyterapp.restored.then(() => null)")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.ask(_READY)

    def run(self, cell: int, *, wait: bool = True) -> None:
        """Run a cell by its place."""
        script = """place => {
            window.jupyterapp.shell.currentWidget.content.activeCellIndex = place;
            return window.jupyterapp.commands.execute('notebook:run-cell').then(() => null);
        }"""
        self.ask(script if wait else script.replace("return", "void"), cell, 120)

    def write(self, cell: int, text: str) -> None:
        """Put text into a cell."""
        self.page.evaluate(
            """([place, text]) => {
                const { content } = window.jupyterapp.shell.currentWidget;
                content.widgets[place].model.sharedModel.setSource(text);
            }""",
            [cell, text],
        )

    def cell(self, place: int) -> Any:
        """Give a cell."""
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{place}']")

    def prompt(self, place: int) -> Any:
        """Give the number beside a cell, which is a star while it runs."""
        return self.cell(place).locator(".jp-InputPrompt")

    def output(self, place: int) -> Any:
        """Give what a cell shows."""
        return self.cell(place).locator(".jp-OutputArea")

    def restart(self) -> None:
        """Start the kernel anew."""
        self.ask(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => null)"
        )
        self.ask(_READY)

    def save(self) -> None:
        """Write the notebook to its file."""
        self.ask("() => window.jupyterapp.shell.currentWidget.context.save()")

    def theme(self, name: str) -> None:
        """Choose a theme."""
        self.ask("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        light = "true" if "Light" in name else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")

    def shut(self) -> None:
        """End all kernels; nothing is asked about what was not saved."""
        self.ask("() => window.jupyterapp.serviceManager.sessions.shutdownAll().then(() => null)")
        self.page.evaluate(
            """() => {
                const { context } = window.jupyterapp.shell.currentWidget;
                if (context) context.model.dirty = false;
            }"""
        )


@pytest.fixture(scope="session")
def server(require: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server; one for all tests, because it takes seconds to start."""
    for name in ("jupyterlab", "notebook", "anywidget", "ipykernel"):
        require(name)
    # another environment's Python tries another ipykernel: see the how-to in CONTRIBUTING
    made = Server(tmp_path_factory.mktemp("server"), os.environ.get("AGILAB_KERNEL_PYTHON"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def make_server(require: Callable[[str], Any]) -> Callable[..., Server]:
    """Give ``make_server(base, environment=…, python=…)``, for tests that need a server of another kind."""
    for name in ("jupyterlab", "notebook", "ipykernel"):
        require(name)
    return Server


@pytest.fixture
def front_end(chromium: Any, server: Server) -> Iterator[Callable[..., FrontEnd]]:
    """Give ``front_end(kind, **context)``: a page with JupyterLab or Notebook 7 to come."""
    opened = []

    def start(kind: str, **options: Any) -> FrontEnd:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 1000}, **options})
        context.set_default_timeout(TIMEOUT_MS)
        made = FrontEnd(context.new_page(), server, kind)
        opened.append((context, made))
        return made

    yield start
    for context, made in opened:
        try:
            made.shut()
        finally:
            context.close()
