"""Start a run from a request: what may be asked for, and of whom."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab import api
from jupyter_agilab.errors import RunNotFoundError, UsageError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.submit import RunSettings
from jupyter_agilab.server.fields import Fields
from jupyter_agilab.server.places import Root

SETTINGS = ("workers", "backend", "batch_size", "cluster", "distribution", "overwrite", "only", "force")
_BACKENDS = ("local", "pool", "dask")


def settings_of(fields: Fields, root: Root) -> RunSettings:
    """Read what a run does differently from its contract.

    Raises
    ------
    UsageError
        Something is not what it must be.
    FileNotFoundError
        The work plan is not there.
    """
    distribution = fields.text("distribution", None)
    only = fields.text("only", None)
    if only == "":
        raise UsageError("only must name partitions", hint='"failed", "changed", or as 0-9,12')
    return RunSettings(
        workers=fields.whole("workers", None, low=1, high=100_000),
        backend=fields.choice("backend", _BACKENDS, None),  # type: ignore[arg-type]  # one of them
        batch_size=fields.whole("batch_size", None, low=1),
        cluster=fields.text("cluster", None, most=200),
        distribution=str(root.find(distribution, "file")) if distribution is not None else None,
        overwrite=fields.flag("overwrite"),
        only=only,
        force=fields.flag("force"),
    )


def start(path: Path, settings: RunSettings) -> RunDirectory:
    """Start a run and give its directory; returns as soon as its plan is written.

    Raises
    ------
    AgilabError
        It cannot start; nothing was changed.
    """
    return RunDirectory(Path(api.submit(path, settings).status.run_dir))


def contract_of(run: RunDirectory, root: Root) -> Path:
    """Give the contract that a run was made from, where it lies now.

    Raises
    ------
    RunNotFoundError
        It is not there any more.
    """
    path = str(((read_manifest(run) or {}).get("contract") or {}).get("path") or "")
    here = run.path.parents[3] / Path(path).name
    if not path or not here.is_file() or not root.holds(here):
        raise RunNotFoundError(
            f"the contract of run {run.run_id} is not there any more", hint="run its contract by its path"
        )
    return here
