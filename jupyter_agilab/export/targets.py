"""The targets of ``jupyter agilab export``: what a contract can become, one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jupyter_agilab.errors import UsageError
from jupyter_agilab.export.asked import Asked, Exported


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target: its name on the command line, one line about it, and what writes it."""

    name: str
    summary: str
    write: Callable[[Asked], Exported]


def _agilab(asked: Asked) -> Exported:
    from jupyter_agilab.export.agilab import write_agilab

    return write_agilab(asked)


def _sbatch(asked: Asked) -> Exported:
    from jupyter_agilab.export.batch import write_sbatch

    return write_sbatch(asked)


def _script(asked: Asked) -> Exported:
    from jupyter_agilab.export.batch import write_script

    return write_script(asked)


TARGETS: tuple[Target, ...] = (
    Target(name="agilab", summary="AGILAB's install, distribution and run snippets", write=_agilab),
    Target(name="sbatch", summary="an array job of SLURM that needs nothing of this package", write=_sbatch),
    Target(name="script", summary="a Dask script that needs nothing of this package", write=_script),
)


def target_named(name: str) -> Target:
    """Give a target.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    for target in TARGETS:
        if target.name == name:
            return target
    known = ", ".join(target.name for target in TARGETS)
    raise UsageError(f"there is no export to {name!r}", hint=f"there are: {known}")
