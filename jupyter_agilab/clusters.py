"""What one does with clusters by name: see whether they are fit, install what is needed, keep workers alive.

Part of `jupyter_agilab.api`, which offers all of these by the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import ContractError, FindingsError

if TYPE_CHECKING:
    from jupyter_agilab.contract.load import ContractFile
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.run.clusters.check.report import ClusterReport
    from jupyter_agilab.run.clusters.install.install import HostInstall
    from jupyter_agilab.run.clusters.service.status import ClusterStatus


def check_cluster(
    name: str, path: str | Path | None = None, *, folder: str | Path | None = None
) -> ClusterReport:
    """Look at every host, worker or job of a cluster; blocks until all have answered, or cannot.

    Parameters
    ----------
    name
        The cluster's name in ``clusters.toml``.
    path
        A contract: then also what its stage needs is looked for. None looks at the cluster alone.
    folder
        Where ``clusters.toml`` lies; by default the contract's folder, or the current one.

    Returns
    -------
    ClusterReport
        Its ``ok`` says whether nothing keeps a run from working; ``sentences()`` says what does.

    Raises
    ------
    ClusterError
        There is no such cluster, or its table has errors.
    ContractError
        The contract has errors.
    MissingDependencyError
        The library of the cluster's kind is not installed.
    """
    from jupyter_agilab.run.clusters.check.check import check_cluster as check
    from jupyter_agilab.run.clusters.load import named

    file, contract = usable(path) if path is not None else (None, None)
    home = Path(folder) if folder is not None else file.folder if file is not None else Path.cwd()
    home = home.resolve()
    try:
        return check(named(home, name), contract, file.folder.resolve() if file is not None else home)
    except FindingsError as error:
        if file is None:
            raise
        raise type(error)(error.summary, file.located(error.findings), hint=error.hint) from error


def install_cluster(
    name: str, path: str | Path | None = None, *, folder: str | Path | None = None
) -> list[HostInstall]:
    """Put what a stage imports, in this side's versions, on all hosts of a cluster, and verify it.

    Only what is missing or of another version is touched; blocks until all hosts are done.

    Parameters
    ----------
    path
        A contract; None puts there what every stage needs.
    folder
        Where ``clusters.toml`` lies; by default the contract's folder, or the current one.

    Raises
    ------
    ClusterError, ContractError
        As `check_cluster`.
    UsageError
        The workers of such a cluster get their environment from somebody else.
    """
    from jupyter_agilab.run.clusters.install.install import install
    from jupyter_agilab.run.clusters.load import named

    file, contract = usable(path) if path is not None else (None, None)
    home = Path(folder) if folder is not None else file.folder if file is not None else Path.cwd()
    return install(named(home.resolve(), name), contract, file.folder.resolve() if file else home.resolve())


def start_cluster(
    name: str,
    *,
    folder: str | Path | None = None,
    lease_s: float | None = None,
    workers: int | None = None,
    on_wait: Callable[[str], None] = lambda why: None,
) -> ClusterStatus:
    """Start a cluster whose workers stay between runs and kernels; blocks until the first is there.

    Runs that name the cluster use it, from any kernel or terminal. It ends when it is stopped, or when nobody
    used it for its lease.

    Parameters
    ----------
    folder
        Where ``clusters.toml`` lies; by default the current folder.
    lease_s
        Seconds without use after which it ends; half an hour by default.
    workers
        Workers to start, where the cluster's table does not say.
    on_wait
        Called with the reason, in words, while no worker comes.

    Raises
    ------
    ClusterError
        There is no such cluster, it cannot be started, or it is started already.
    UsageError
        It is a scheduler that is there already, or the lease is no time.
    OutputError
        Jupyter's runtime directory cannot be written.
    """
    from jupyter_agilab.run.clusters.service.start import LEASE_S, start_service
    from jupyter_agilab.run.clusters.service.status import status_of

    service = start_service(
        name,
        Path(folder or Path.cwd()),
        lease_s=LEASE_S if lease_s is None else lease_s,
        workers=workers,
        on_wait=on_wait,
    )
    return status_of(service)


def clusters_started() -> list[ClusterStatus]:
    """List what `start_cluster` started and is there yet, of all folders; also what ended by itself."""
    from jupyter_agilab.run.clusters.service.record import all_services
    from jupyter_agilab.run.clusters.service.status import status_of

    return [status_of(service) for service in all_services() if service.told()]


def cluster_status(name: str, *, folder: str | Path | None = None) -> ClusterStatus:
    """Say how a started cluster is; one that is not started is ``stopped``."""
    from jupyter_agilab.run.clusters.service.status import find_service, status_of

    return status_of(find_service(name, Path(folder or Path.cwd())), name)


def cluster_health(name: str, *, folder: str | Path | None = None) -> dict[str, Any]:
    """Give AGILAB's health document (``agi.service.health.v1``) of a started cluster."""
    return dict(cluster_status(name, folder=folder).health)


def stop_cluster(name: str, *, folder: str | Path | None = None) -> bool:
    """End a started cluster and wait until it is gone; says whether there was one.

    Raises
    ------
    ClusterError
        It is kept by another machine, and does not end.
    """
    from jupyter_agilab.run.clusters.service.start import stop_service
    from jupyter_agilab.run.clusters.service.status import find_service

    return stop_service(find_service(name, Path(folder or Path.cwd())))


def stop_all_clusters() -> list[str]:
    """End all started clusters of this user, of all folders; gives the names of those that were up."""
    from jupyter_agilab.run.clusters.service.start import stop_all_services

    return stop_all_services()


def usable(path: str | Path) -> tuple[ContractFile, Contract]:
    """Read a contract that has no errors.

    Raises
    ------
    ContractError
        It has some.
    """
    file = read_contract(contract_path(path))
    if file.contract is None or errors_in(file.findings):
        raise ContractError(f"{file.path.name or file.path} cannot be used", file.findings)
    return file, file.contract
