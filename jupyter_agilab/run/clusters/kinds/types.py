"""What a kind of cluster gives when it is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a cluster when it is started.

    Attributes
    ----------
    workers
        How many workers can be of use.
    threads
        BLAS and OpenMP threads per worker.
    label
        What jobs are named after: the stage, or the cluster in service mode.
    logs
        A folder on the share for what jobs print, where the cluster names none; made when needed.
    memory
        Memory of one worker that the contract asks for, where the cluster's table says nothing.
    environment
        Environment variables of the workers, beside those that the cluster's table names.
    """

    workers: int
    threads: int = 1
    label: str = "stage"
    logs: Path
    memory: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a worker was lost.

    Attributes
    ----------
    cause
        A sentence.
    is_sure
        The partition that was under way is to blame.
    is_innocent
        It cannot have been: somebody or something else ended the worker.
    """

    cause: str
    is_sure: bool = False
    is_innocent: bool = False


class Started:
    """A cluster in use: one per run or service. Methods may be called from any thread.

    Attributes
    ----------
    client
        The `distributed.Client`.
    address, security
        With them another process can connect.
    is_ours
        Whether its workers were started for us and end with it.
    """

    is_ours = False

    def __init__(self, client: Any, address: str, security: Any = None) -> None:
        self.client, self.address, self.security = client, address, security

    def close(self) -> None:
        """End what was started, and wait until it is gone."""
        self.client.close(timeout=2)

    def kill(self) -> None:
        """End what was started at once: this process is about to end too."""
        self.close()

    def waiting(self) -> str:
        """Say in a sentence why there are fewer workers than expected; empty where nothing is known."""
        return ""

    def absent(self) -> Mapping[str, str]:
        """Give the workers that could not be started, each with the cause in a sentence."""
        return {}

    def check_hope(self) -> None:
        """Raise where it is known that no worker will ever come; called often, must not block long.

        Raises
        ------
        jupyter_agilab.errors.ClusterError
            With the cause in a sentence.
        """

    def expected(self) -> int | None:
        """Say how many workers there should be; None where nobody knows."""
        return None

    def host_of(self, worker: str, reported: str) -> str:
        """Give the host of a worker by its name, as the user knows it; `reported` is what Dask says."""
        return reported

    def why_lost(self, worker: str, reported: str) -> Loss | None:
        """Say why a worker was lost; None where nothing is known. May ask a queue, and block for it.

        Parameters
        ----------
        worker
            Its name.
        reported
            The host or address that Dask had for it.
        """
        return None

    def mend(self) -> None:
        """Start again what was lost and should be there; called every second or so, must not block long."""


class Kind(Protocol):
    """A module of `jupyter_agilab.run.clusters.kinds`."""

    def start(self, cluster: Any, wish: Wish) -> Started:
        """Start a cluster, or connect to one; blocks until its scheduler answers, not for workers.

        Raises
        ------
        jupyter_agilab.errors.ClusterError
            It cannot be started; the cause in a sentence.
        jupyter_agilab.errors.MissingDependencyError
            The library of this kind is not installed; the extra that brings it.
        """
        ...
