"""A JupyterLab of its own, with this extension, in a browser that nobody sees."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PATIENCE_S = 60
REPOSITORY = Path(__file__).parents[2]


def use_own_settings(folder: Path) -> None:
    """Let every Jupyter program started from here on keep its files in `folder`."""
    for kind in ("CONFIG", "DATA", "RUNTIME"):
        os.environ[f"JUPYTER_{kind}_DIR"] = str(folder / ".jupyter" / kind.lower())
    # a checkout's own bundle and server extension, whether or not the package was installed with them
    built = Path(os.environ.get("AGILAB_LABEXTENSIONS", REPOSITORY / "jupyter_agilab" / "labextension"))
    built = built / "jupyter-agilab" if (built / "jupyter-agilab").is_dir() else built
    extensions = folder / ".jupyter" / "data" / "labextensions"
    extensions.mkdir(parents=True, exist_ok=True)
    if not (extensions / "jupyter-agilab").exists():
        (extensions / "jupyter-agilab").symlink_to(built, target_is_directory=True)
    enabled = folder / ".jupyter" / "config" / "jupyter_server_config.d" / "jupyter_agilab.json"
    enabled.parent.mkdir(parents=True, exist_ok=True)
    enabled.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {"jupyter_agilab.server": True}}}))


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """Start JupyterLab on `folder`; give its address, to be filled with a place and ended with the token."""
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
            *(f"--LabApp.user_settings_dir={folder / '.settings'}", "--LabApp.expose_app_in_browser=True"),
            "--LanguageServerManager.autodetect=False",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=2)
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit("JupyterLab did not start") from None
                time.sleep(0.2)
            else:
                break
        yield f"http://127.0.0.1:{port}/{{}}?token={token}"
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def execute(page: Page, command: str, **given: Any) -> None:
    """Execute a command of JupyterLab and wait for its end."""
    page.evaluate(
        "([command, given]) => window.jupyterapp.commands.execute(command, given).then(() => null)",
        [command, given],
    )
