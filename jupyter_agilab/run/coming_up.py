"""How a driver comes up: ``python -m PACKAGE RUN_DIRECTORY``; told it later, ``- RUN_ID [forks] [dask]``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from jupyter_agilab.run.guardian import start_guardian
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.orders import WAITS, Orders, ears, wait_for_orders


def be_driver(load_main: Callable[[], Callable[[Orders], int]]) -> NoReturn:
    """Be a driver, and end this process with its exit code.

    Parameters
    ----------
    load_main
        Imports what does the run; called when what can come up beside it was started.
    """
    # whatever is started below must not have it
    listening = ears() if sys.argv[1] == WAITS else None
    folder = start_guardian()
    if "forks" in sys.argv[2:]:
        _start_fork_server(folder)
    main = load_main()
    if "dask" in sys.argv[2:]:
        _import_dask()
    orders: Orders | None = Orders(RunDirectory(Path(sys.argv[1]).resolve()))
    if listening is not None:
        orders = wait_for_orders(listening)
    code = main(orders) if orders is not None else 0
    sys.stdout.flush()
    sys.stderr.flush()
    # at once: Python would wait for threads and processes that the author's code started and left
    os._exit(code)


def _start_fork_server(folder: str) -> None:
    """Let the process that workers are forked from come up while this one imports the driver."""
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(["jupyter_agilab.run.runners.processes", "jupyter_agilab.run.work"])
    # its sockets are there
    tempfile.tempdir = folder
    forkserver.ensure_running()
    tempfile.tempdir = None


def _import_dask() -> None:
    """Import what takes as long as everything else together; it is used when there is something to do."""
    # what is missing is told when it is needed
    with suppress(ImportError):
        import distributed  # noqa: F401

        import jupyter_agilab.run.runners.dask  # noqa: F401
