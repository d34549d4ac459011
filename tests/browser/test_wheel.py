"""The wheel in a new environment without Node: everything is in it, switched on, and works in a browser."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOKEN = "of-no-use-elsewhere"
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "squares"
function = "squares.py:squares"
split = "parameter-sweep"
input = "numbers.json"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "pool"
output = "squares.json"
"""


@pytest.fixture(scope="module")
def lab_build() -> Any:
    """Give `labextension/build.py`; only where the extension is built, which takes Node."""
    spec = importlib.util.spec_from_file_location("lab_build", ROOT / "labextension" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    if not made.is_fresh():
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("the Lab extension is not built: make setup")
    return made


@pytest.fixture(scope="module")
def uv(require: Callable[[str], Any]) -> str:
    """Give uv, which builds and installs several times faster than pip."""
    return shutil.which("uv") or str(require("uv").find_uv_bin())


def _without_node(*folders: Path) -> dict[str, str]:
    """Give an environment whose PATH has nothing but what is in these folders."""
    return {**os.environ, "PATH": os.pathsep.join(map(str, folders)), "PYTHONPATH": ""}


@pytest.fixture(scope="module")
def built(uv: str, lab_build: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the sdist, and the wheel that was built of the sdist, both where there is no Node."""
    folder = tmp_path_factory.mktemp("dist")
    empty = tmp_path_factory.mktemp("no programs")
    command = [uv, "build", "--quiet", "--python", sys.executable, "--out-dir", str(folder), str(ROOT)]
    subprocess.run(command, env=_without_node(empty), check=True, timeout=240)
    return {"sdist": next(folder.glob("*.tar.gz")), "wheel": next(folder.glob("*.whl"))}


@pytest.fixture(scope="module")
def environment(uv: str, built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a new environment with the wheel in it; its packages are hundreds of megabytes."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    env = _without_node(folder / "bin")
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)], env=env, check=True, timeout=60
    )
    assert shutil.which("node", path=env["PATH"]) is None
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    subprocess.run([*install, str(built["wheel"])], env=env, check=True, timeout=280)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_what_is_published_has_all_of_the_extension(built: dict[str, Path], lab_build: Any) -> None:
    made = {
        path.relative_to(lab_build.BUILT).as_posix() for path in lab_build.BUILT.rglob("*") if path.is_file()
    }
    assert {"package.json", "install.json"} <= made
    with zipfile.ZipFile(built["wheel"]) as wheel:
        names = wheel.namelist()
        data = json.loads(
            wheel.read(
                next(name for name in names if name.endswith("jupyter_server_config.d/jupyter_agilab.json"))
            )
        )
    place = ".data/data/share/jupyter/labextensions/jupyter-agilab/"
    assert {name.split(place)[1] for name in names if place in name} == made
    # once is enough
    assert not [name for name in names if name.startswith("jupyter_agilab/labextension/")]
    assert data["ServerApp"]["jpserver_extensions"] == {"jupyter_agilab.server": True}
    with tarfile.open(built["sdist"]) as sdist:
        inside = {name.split("/", 1)[-1] for name in sdist.getnames()}
    assert {f"jupyter_agilab/labextension/{name}" for name in made} <= inside
    assert {"labextension/src/index.ts", "labextension/package-lock.json", "labextension/build.py"} <= inside
    assert not [name for name in inside if "node_modules" in name or name.startswith("labextension/lib/")]


def test_jupyter_lists_it_as_enabled_and_good(environment: Path) -> None:
    def listed(*command: str) -> str:
        done = subprocess.run(
            [str(environment / "bin" / "jupyter"), *command],
            env=_without_node(environment / "bin"),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout + done.stderr

    lab = next(line for line in listed("labextension", "list").splitlines() if "jupyter-agilab" in line)
    assert "enabled" in lab
    assert "OK" in lab
    assert "python, jupyter-agilab" in lab
    server = listed("server", "extension", "list")
    place = server.index("jupyter_agilab.server")
    assert "enabled" in server[server.rindex("\n", 0, place) : place + 60]
    assert "OK" in server[place : place + 200]


def test_it_works_in_the_browser(
    environment: Path,
    make_server: Callable[..., Any],
    chromium: Any,
    tmp_path: Path,
    shots: Callable[..., None],
) -> None:
    python = str(environment / "bin" / "python")
    server = make_server(tmp_path / "server", python, _without_node(environment / "bin"), python)
    try:
        (server.root / "squares.py").write_text(
            "def squares(number: int) -> int:\n    return number * number\n"
        )
        (server.root / "numbers.json").write_text('[{"number": 2}, {"number": 3}]')
        (server.root / "squares.parallel_stage.toml").write_text(CONTRACT)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}/lab?token={TOKEN}&reset")
        page.wait_for_function("window.jupyterapp")
        page.evaluate("window.jupyterapp.restored.then(() => null)")
        page.evaluate("window.jupyterapp.commands.execute('jupyter-agilab:show-sidebar').then(() => null)")
        line = page.locator(".jp-agilab-row[data-kind='contract']", has_text="squares")
        line.hover()
        line.get_by_role("button", name="Run: squares").click()
        page.locator(".Toastify__toast", has_text="squares has finished").wait_for()
        shots(page, "lab-from-wheel")
        page.close()
        assert json.loads((server.root / "squares.json").read_text()) == [4, 9]
    finally:
        server.stop()
