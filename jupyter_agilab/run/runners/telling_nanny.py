"""A Dask nanny that tells how its worker process ended."""

from __future__ import annotations

import time

from distributed import Nanny

exits: dict[str, tuple[float, int]] = {}
"""When a worker's process ended last (monotonic seconds), and with which code (negative: the signal)."""


class TellingNanny(Nanny):  # type: ignore[misc]  # distributed has no types
    """Dask's nanny knows why a worker died; its scheduler only says that it did."""

    def _on_worker_exit_sync(self, exitcode: int) -> None:
        exits[str(self.name)] = time.monotonic(), exitcode
        super()._on_worker_exit_sync(exitcode)
