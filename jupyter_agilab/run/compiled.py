"""Stage modules that Cython compiled: where they lie, and whether one fits the code of now and this Python.

``.agilab/compiled/ENTRY/DIGEST/MODULE.SUFFIX`` beside the contract. The digest is that of the stage's code,
so an extension of an older version is never loaded; the suffix is the interpreter's own
(``.cpython-311-x86_64-linux-gnu.so``), so that each platform finds its own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.tracebacks import STAGE_MODULE

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract

_FOLDER = ".agilab/compiled"


def module_name(digest: str, entry: str) -> str:
    """Give the name under which a stage's module is imported; that of its extension is the same."""
    return f"{STAGE_MODULE}{digest[:12]}_{hashlib.blake2b(entry.encode(), digest_size=3).hexdigest()}"


def home_of(folder: str | Path, entry: str) -> Path:
    """Give where the compiled versions of a module lie; it may not exist."""
    return Path(folder) / _FOLDER / entry.replace("/", "--").removesuffix(".py")


def compiled_file(folder: str | Path, entry: str, digest: str) -> Path:
    """Give where the extension of this version for this interpreter lies; it may not exist."""
    from importlib.machinery import EXTENSION_SUFFIXES

    return home_of(folder, entry) / digest / f"{module_name(digest, entry)}{EXTENSION_SUFFIXES[0]}"


def extension_for(folder: str | Path, entry: str, digest: str) -> tuple[Path | None, str]:
    """Give the extension to load in place of the source, or why an extension that is there is not used.

    Returns
    -------
    path
        None where the source is to be loaded.
    why
        A sentence; empty where there is nothing to tell. It costs one look into the folder.
    """
    home = home_of(folder, entry)
    if not home.is_dir():
        return None, ""
    path = compiled_file(folder, entry, digest)
    if path.is_file():
        return path, ""
    again = "compile it again: jupyter agilab build"
    if path.parent.is_dir():
        return None, f"{entry} is not compiled for this Python and platform, so its source is run; {again}"
    return None, f"{entry} has changed since it was compiled, so its source is run; {again}"


def is_compiled(contract: Contract, folder: Path) -> bool:
    """Say whether a stage's module is compiled as it is now, for this Python."""
    return compiled_state(contract, folder) == ("current", "")


def compiled_state(contract: Contract, folder: Path) -> tuple[str, str]:
    """Say ``none``, ``current`` or ``stale``, and for the last one why.

    Raises
    ------
    ContractError
        The stage's function is not there, and its module was compiled once.
    """
    module = contract.module.strip()
    if not home_of(folder, module).is_dir():
        return "none", ""
    from jupyter_agilab.run.code import freeze

    path, why = extension_for(folder, module, freeze(contract.function, folder).digest)
    return ("current", "") if path is not None else ("stale", why)
