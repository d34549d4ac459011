"""Which file of ours a user means."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from jupyter_agilab.diagnostics import did_you_mean

USUAL_NAME = "parallel_stage.toml"
"""The file name of AGILAB's generator; ours are ``NAME.parallel_stage.toml``."""

CONTRACT_SUFFIX = f".{USUAL_NAME}"
"""The end of the file names of our own contracts."""


def contract_path(name: str | Path, folder: Path | None = None) -> Path:
    """Give the contract's path for what a user typed: a path, or a stage's name.

    A folder means the contract in it where there is one only; a bare name means
    ``NAME.parallel_stage.toml``. What is not there is given back as it is, so that a check can say so.
    """
    return path_of(name, folder, CONTRACT_SUFFIX, USUAL_NAME)


def path_of(name: str | Path, folder: Path | None, suffix: str, usual: str | None = None) -> Path:
    """Give the path of a file of ours whose name ends in `suffix`, as `contract_path` does.

    ``usual`` is a whole file name that is looked for in a folder without any other.
    """
    path = (folder or Path()) / name
    # for some names the system does not even look
    with suppress(OSError, ValueError):
        if path.is_file():
            return path
        # `.` and `/` have no name
        if path.name and (named := path.with_name(f"{path.name}{suffix}")).is_file():
            return named
        if path.is_dir():
            inside = sorted(path.glob(f"*{suffix}"))
            if not inside and usual:
                inside = sorted(path.glob(usual))
            if len(inside) == 1:
                return inside[0]
    return path


def files_beside(path: Path, ending: str, otherwise: str) -> str:
    """Suggest a file whose name has the ending, for one that is not there, else `otherwise`."""
    try:
        folder = path if path.is_dir() else path.parent
        names = sorted(file.name for file in folder.iterdir() if file.name.lower().endswith(ending))
    except (OSError, ValueError):
        names = []
    if not names:
        return otherwise
    return did_you_mean(path.name, names) or f"the folder has: {', '.join(names[:5])}"
