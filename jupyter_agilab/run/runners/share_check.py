"""Have every worker look whether it sees the run's directory, before results are asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.runners.dask_members import Members
from jupyter_agilab.run.runners.share import leave_probe, remove_probe, what_is_wrong_with_share


class ShareCheck:
    """Asks each worker once, also those that join later.

    Parameters
    ----------
    client
        The `distributed.Client`.
    run_dir
        The run's directory.
    cluster
        The cluster's name, for errors.
    """

    def __init__(self, client: Any, members: Members, run_dir: Path, cluster: str) -> None:
        self._client, self._members, self._run_dir, self._cluster = client, members, run_dir, cluster
        self._asked: set[str] = set()
        self._nonce = leave_probe(run_dir)

    def look(self) -> None:
        """Ask the workers that have joined since the last look; blocks until they have answered.

        Raises
        ------
        ClusterError
            One of them sees another folder or none, or cannot write there.
        """
        fresh = [worker for worker in self._members.alive() if worker.address not in self._asked]
        if not fresh:
            return
        answers = self._client.run(
            what_is_wrong_with_share,
            str(self._run_dir),
            self._nonce,
            workers=[worker.address for worker in fresh],
            on_error="return",
        )
        wrong = []
        for worker in fresh:
            self._asked.add(worker.address)
            answer = answers.get(worker.address, "")
            if isinstance(answer, ModuleNotFoundError):
                raise ClusterError(
                    f"a Dask worker cannot work: {worker.host} lacks the package {answer.name}",
                    hint=f"install the same packages there: jupyter agilab cluster install {self._cluster}",
                )
            # a worker that left meanwhile has another answer, and one that cannot work says so with its task
            if answer and not isinstance(answer, BaseException):
                wrong.append(f"{worker.host} ({worker.name}) {answer}")
        if wrong:
            raise ClusterError(
                f"results cannot come back from the cluster {self._cluster!r}: {'; '.join(wrong)}",
                hint="let the contract lie in a folder that this machine and all workers see under the same "
                'path, or set results = "scheduler" in the table of the cluster',
            )

    def close(self) -> None:
        """Leave nothing behind."""
        remove_probe(self._run_dir)
