"""What workers need: the packages of this side, the share, the inputs, memory."""

from __future__ import annotations

import ast
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.stores import is_url
from jupyter_agilab.run.clusters.check.probe import version_of

ALWAYS = ("jupyter_agilab", "distributed", "dask")
"""What every worker imports."""

_INPUTS = 3
_ARRIVAL_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What is asked of each host.

    Attributes
    ----------
    packages
        Import name to the version here; those that are not installed here are left out.
    distributions
        Import name to the name under which it is installed.
    share
        The folder that all sides must see; empty where results come through the scheduler.
    inputs
        Some files or folders of the input, absolute.
    memory_bytes
        What one worker must have; 0 where the contract does not say.
    gpus
        What one worker must have.
    stage
        Name of the stage; empty where only the cluster is looked at.
    """

    packages: Mapping[str, str]
    distributions: Mapping[str, str]
    share: str
    inputs: tuple[str, ...] = ()
    memory_bytes: int = 0
    gpus: float = 0
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A small file in the share, which every side must see with the same text; each adds one of its own."""

    folder: Path
    token: str

    def written(self, name: str) -> bool:
        """Say whether what a host wrote has arrived here; over a network that may take some seconds."""
        deadline = time.monotonic() + _ARRIVAL_PATIENCE_S
        while True:
            try:
                return (self.folder / name).read_text("utf-8") == self.token
            except OSError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.1)


def request_of(needs: Needs, note: Note | None) -> dict[str, Any]:
    """Give what `jupyter_agilab.run.clusters.check.probe.probe` is asked, as plain data."""
    return {
        "packages": {name: needs.distributions.get(name, name) for name in needs.packages},
        "share": needs.share if note else "",
        "notes": note.folder.name if note else "",
        "token": note.token if note else "",
        "inputs": list(needs.inputs),
    }


@contextmanager
def note_in(share: str) -> Iterator[Note | None]:
    """Leave a note in a share while the block runs, and clear away what all sides wrote.

    Raises
    ------
    OSError
        The share cannot be written from here.
    """
    if not share:
        yield None
        return
    token = secrets.token_hex(8)
    folder = Path(share) / f".agilab-check-{token}"
    folder.mkdir()
    try:
        # another user of the cluster may be the one that writes there
        with suppress(OSError):
            folder.chmod(0o770)
        (folder / "here").write_text(token, "utf-8")
        yield Note(folder, token)
    finally:
        for name in os.listdir(folder) if folder.is_dir() else ():  # noqa: PTH208  # names are all it needs
            with suppress(OSError):
                (folder / name).unlink()
        with suppress(OSError):
            folder.rmdir()


def needs_of(contract: Contract | None, folder: Path, share: str) -> Needs:
    """Work out what a stage needs, or any stage where `contract` is None; imports nothing of the author's."""
    names = list(ALWAYS)
    inputs: tuple[str, ...] = ()
    memory = 0
    if contract is not None:
        names += imported_by(contract, folder)
        inputs = tuple(_some_inputs(contract, folder))
        memory = max(
            parse_size(size) if size else 0 for size in (contract.execution.memory, contract.resources.memory)
        )
    packages, distributions = _versions_here(names)
    return Needs(
        packages=packages,
        distributions=distributions,
        share=share,
        inputs=inputs,
        memory_bytes=memory,
        gpus=(contract.resources.gpus or 0) if contract else 0,
        stage=contract.name if contract else "",
    )


def imported_by(contract: Contract, folder: Path) -> list[str]:
    """Name the installed packages that the stage's modules import, at their top or in functions; sorted."""
    from jupyter_agilab.run.code import freeze, freeze_reducer

    sources: dict[str, str] = {}
    for code in (freeze(contract.function, folder), freeze_reducer(contract, folder)):
        sources |= code.sources if code is not None else {}
    return imported_in(sources)


def imported_in(sources: Mapping[str, str]) -> list[str]:
    """Name the installed packages that modules import, by their texts; sorted."""
    local = {name.partition("/")[0].removesuffix(".py") for name in sources}
    local |= {Path(name).stem for name in sources}
    found: set[str] = set()
    for text in sources.values():
        tree = ast.parse(text)
        spared = _done_without(tree)
        for node in ast.walk(tree):
            if id(node) in spared:
                continue
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return sorted(found - local - sys.stdlib_module_names)


def _done_without(tree: ast.Module) -> set[int]:
    """Give the imports that the code can do without: those under a ``try`` that catches their failure."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(map(_catches_imports, node.handlers)):
            found |= {id(inner) for statement in node.body for inner in ast.walk(statement)}
    return found


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    named = ast.unparse(handler.type) if handler.type is not None else "Exception"
    return any(name in named for name in ("ImportError", "ModuleNotFoundError", "Exception"))


def needs_of_code(stage: str, sources: Mapping[str, str], memory: str | None) -> Needs:
    """Work out what the workers of a run that is starting need besides the share."""
    packages, distributions = _versions_here([*ALWAYS, *imported_in(sources)])
    return Needs(
        packages=packages,
        distributions=distributions,
        share="",
        memory_bytes=parse_size(memory) if memory else 0,
        stage=stage,
    )


def _versions_here(names: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    distributions = _distributions(names)
    here = {name: version_of(name, distributions.get(name, name)) for name in dict.fromkeys(names)}
    return {name: version for name, version in here.items() if version is not None}, distributions


def _distributions(names: list[str]) -> dict[str, str]:
    """Give the installed name of packages that are imported by another one (``sklearn``)."""
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    found: dict[str, str] = {}
    others = []
    for name in names:
        try:
            version(name)
            found[name] = name
        except PackageNotFoundError:
            others.append(name)
    # it reads the records of everything that is installed
    known = packages_distributions() if others else {}
    return found | {name: known[name][0] for name in others if known.get(name)}


def _some_inputs(contract: Contract, folder: Path) -> Iterator[str]:
    """Give the first inputs, and the folder of each: enough to see whether a host has them."""
    if contract.split == "parameter-sweep" or is_url(contract.input):
        return
    from jupyter_agilab.partition.registry import way_for

    try:
        survey = way_for(contract).survey(contract, folder)
        sources = [partition.source for partition in survey.cut(_INPUTS).partitions[:_INPUTS]]
    except (AgilabError, OSError):
        return
    yield from (
        os.fspath(folder / source) for source in dict.fromkeys(sources) if source and not is_url(source)
    )
