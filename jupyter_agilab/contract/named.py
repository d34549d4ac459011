"""Which contract a user means."""

from __future__ import annotations

from pathlib import Path


def contract_path(name: str | Path, folder: Path | None = None) -> Path:
    """Give the contract's path for what a user typed: a path, or a stage's name.

    A folder means the contract in it where there is one only; a bare name means
    ``NAME.parallel_stage.toml``. What is not there is given back as it is, so that a check can say so.
    """
    base = folder or Path()
    path = base / name
    if path.is_file():
        return path
    # `.` and `/` have no name
    if path.name and (named := path.with_name(f"{path.name}.parallel_stage.toml")).is_file():
        return named
    if path.is_dir():
        inside = sorted(path.glob("*.parallel_stage.toml")) or sorted(path.glob("parallel_stage.toml"))
        if len(inside) == 1:
            return inside[0]
    return path
