"""The extension in a real JupyterLab and Notebook 7: one server and one page of Lab for all tests."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.stop import stop_run

ROOT = Path(__file__).parents[3]
TOKEN = "of-no-use-elsewhere"
TIMEOUT_MS = 120_000

_WITHIN = """argument => Promise.race([
    (%s)(argument),
    new Promise((_, refuse) => setTimeout(() => refuse(new Error('not within %d s')), 1000 * %d)),
])"""

_EXECUTE = """async ([command, given]) => {
    const got = await window.jupyterapp.commands.execute(command, given);
    return got === undefined || typeof got !== 'object' ? got : null;
}"""

_CLOSE = """async () => {
    const { shell, serviceManager } = window.jupyterapp;
    for (const widget of [...shell.widgets('main'), ...shell.widgets('down')]) {
        if (widget.context) widget.context.model.dirty = false;
        widget.close();
    }
    await serviceManager.sessions.shutdownAll();
    // a folder that is shown and then removed would be told by a dialog, over the next test
    await window.jupyterapp.commands.execute('filebrowser:go-to-path', {path: '', dontShowBrowser: true});
    const over = '.Toastify__toast [title="Hide notification"], .jp-Dialog .jp-mod-reject';
    for (const button of document.querySelectorAll(over)) button.click();
}"""

_READY = """async () => {
    const shown = window.jupyterapp.shell.currentWidget;
    await shown.revealed;
    await shown.sessionContext.ready;
    await shown.sessionContext.session?.kernel?.info;
}"""


_TOLD = """() => [...document.querySelectorAll('.jp-Dialog, .Toastify__toast, #jp-agilab-sidebar')]
    .map(each => each.innerText.replace(/\\s+/g, ' ').slice(0, 600)).filter(Boolean).join('\\n')"""


class App:
    """JupyterLab or Notebook 7 in a page, driven by commands where the mouse is not the subject."""

    def __init__(self, page: Any, server: Any) -> None:
        self.page, self.server, self.root = page, server, server.root
        self.errors: list[str] = []
        self.is_dirty = False
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{getattr(error, 'stack', '')}"))

    def load(self, place: str = "lab", **query: str) -> None:
        """Go to a place of the server and wait until the application is there."""
        tail = "".join(f"&{name}={value}" for name, value in query.items())
        reset = "&reset" if place.startswith("lab") else ""
        self.page.goto(f"{self.server.url}/{place}?token={TOKEN}{reset}{tail}")
        self.page.wait_for_function("window.jupyterapp", timeout=TIMEOUT_MS)
        self.ask("() => window.jupyterapp.restored.then(() => null)")
        if reset:
            # it comes a while later, and takes the focus from whatever has it then
            self.page.wait_for_function("document.activeElement?.closest('.jp-Launcher')")

    def ask(self, script: str, argument: Any = None, seconds: int = 60) -> Any:
        """Call a function in the page; what it promises must come in time, else it is an error."""
        return self.page.evaluate(_WITHIN % (script, seconds, seconds), argument)

    def execute(self, command: str, seconds: int = 60, /, **given: Any) -> Any:
        """Execute a command; what it gives back is given where it is plain."""
        return self.ask(_EXECUTE, [command, given], seconds)

    def start(self, command: str, /, **given: Any) -> None:
        """Execute a command without waiting for its end, as for one that shows a dialog."""
        script = "([command, given]) => void window.jupyterapp.commands.execute(command, given)"
        self.page.evaluate(script, [command, given])

    def write(self, name: str, text: str) -> Path:
        """Write a file below the server's root."""
        path: Path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def open(self, path: str, factory: str | None = None) -> None:
        """Open a file in the view that Lab chooses, or in one by its name."""
        self.execute("docmanager:open", path=path, **({"factory": factory} if factory else {}))

    def open_notebook(self, path: str) -> None:
        """Open a notebook and wait for its kernel: keys sent before that are lost."""
        self.open(path)
        self.ask(_READY)

    def run_cell(self, place: int, *, wait: bool = True) -> None:
        """Run a cell of the current notebook by its place."""
        script = """place => {
            window.jupyterapp.shell.currentWidget.content.activeCellIndex = place;
            return window.jupyterapp.commands.execute('notebook:run-cell').then(() => null);
        }"""
        self.ask(script if wait else script.replace("return", "void"), place, 120)

    def save(self) -> None:
        """Save the current document."""
        self.ask("() => window.jupyterapp.shell.currentWidget.context.save()")

    def theme(self, name: str) -> None:
        """Choose a theme: "JupyterLab Light" or "JupyterLab Dark"."""
        self.execute("apputils:change-theme", theme=name)
        light = "true" if "Light" in name else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        # it lies over the page while a theme comes
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def close(self) -> None:
        """Close all documents unsaved, end all kernels."""
        self.ask(_CLOSE)

    def told(self) -> str:
        """Give what explains a failed test: dialogs, notices, the sidebar, errors, the server's log."""
        log = self.server.log.read_text("utf-8", errors="replace").splitlines()[-12:]
        return "\n".join(["page:", self.page.evaluate(_TOLD), "errors:", *self.errors, "server:", *log])


def _with_extension(base: Path) -> Path:
    """Give a folder whose Jupyter has the bundle that `make setup` built, or AGILAB_LABEXTENSIONS."""
    built = ROOT / "jupyter_agilab" / "labextension"
    given = os.environ.get("AGILAB_LABEXTENSIONS")
    bundle = Path(given) / "jupyter-agilab" if given else built
    if not (bundle / "package.json").is_file():
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"the Lab extension is not built ({bundle}): make setup")
    extensions = base / "data" / "labextensions"
    extensions.mkdir(parents=True)
    (extensions / "jupyter-agilab").symlink_to(bundle, target_is_directory=True)
    enabled = base / "config" / "jupyter_server_config.d" / "jupyter_agilab.json"
    enabled.parent.mkdir(parents=True)
    enabled.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {"jupyter_agilab.server": True}}}))
    return base


@pytest.fixture(scope="session")
def lab_server(make_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a server with the extension."""
    made = make_server(_with_extension(tmp_path_factory.mktemp("lab")))
    yield made
    made.stop()


@pytest.fixture
def lab_elsewhere(
    make_server: Callable[..., Any], chromium: Any, tmp_path: Path
) -> Iterator[Callable[..., App]]:
    """Give ``lab_elsewhere(place=…, certificate=…)``: JupyterLab of a server of its own."""
    made: list[Any] = []

    def start(**options: Any) -> App:
        server = make_server(_with_extension(tmp_path), **options)
        made.append(server)
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, ignore_https_errors=True)
        made.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        app = App(context.new_page(), server)
        app.load("lab")
        return app

    yield start
    for each in reversed(made):
        each.stop() if hasattr(each, "stop") else each.close()


@pytest.fixture(scope="session")
def _lab_app(chromium: Any, lab_server: Any) -> Iterator[App]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    app = App(context.new_page(), lab_server)
    app.load("lab")
    yield app
    context.close()


def _emptied(root: Path) -> None:
    # a test that failed may have left a run, which the next one would see
    for manifest in root.rglob(f"{HOME}/runs/*/*/manifest.json"):
        stop_run(RunDirectory(manifest.parent))
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Tell with a failed test what its page showed; the next one gets a new page."""
    report: Any = yield
    app = getattr(item, "funcargs", {}).get("lab")
    if report.when == "call" and report.failed and app is not None:
        app.is_dirty = True
        with suppress(Exception):
            report.sections.append(("what JupyterLab showed", app.told()))
    return report


def _ours(errors: list[str]) -> list[str]:
    return [each for each in errors if "jupyter-agilab" in each]


@pytest.fixture
def lab(_lab_app: App) -> Iterator[App]:
    """Give JupyterLab with an empty folder; the page is the same for all tests, its documents are closed."""
    _emptied(_lab_app.root)
    if _lab_app.is_dirty:
        # what a failed test left in it, a filter or a closed folder, would fail this one too
        _lab_app.load()
        _lab_app.is_dirty = False
    _lab_app.errors.clear()
    yield _lab_app
    _lab_app.close()
    assert not _ours(_lab_app.errors), "\n".join(_ours(_lab_app.errors))


@pytest.fixture
def expect(require: Callable[[str], Any]) -> Any:
    """Give Playwright's expectations, which wait as long as all else."""
    found = require("playwright.sync_api").expect
    found.set_options(timeout=TIMEOUT_MS)
    return found


@pytest.fixture
def other_lab(chromium: Any, lab_server: Any) -> Iterator[Callable[[], App]]:
    """Give ``other_lab()``: JupyterLab in another browser, on the same server."""
    contexts = []

    def start() -> App:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        app = App(context.new_page(), lab_server)
        app.load("lab/workspaces/other")
        return app

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def notebook7(chromium: Any, lab_server: Any) -> Iterator[App]:
    """Give Notebook 7 to be loaded: ``.load("notebooks/a.ipynb")``, ``"tree"`` or ``"edit/a.toml"``."""
    _emptied(lab_server.root)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    app = App(context.new_page(), lab_server)
    yield app
    context.close()
    assert not _ours(app.errors), "\n".join(_ours(app.errors))
