"""Be a driver: ``python -m jupyter_agilab.run RUN_DIRECTORY [forks]``.

Worker processes import the main module of the one that starts them, unless it is a package's ``__main__``: so
they need not import the driver.
"""

import os
import sys
import tempfile

from jupyter_agilab.run.guardian import start_guardian


def _start_fork_server(folder: str) -> None:
    """Let the process that workers are forked from come up while this one imports the driver."""
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(["jupyter_agilab.run.runners.processes", "jupyter_agilab.run.work"])
    # its sockets are there
    tempfile.tempdir = folder
    forkserver.ensure_running()
    tempfile.tempdir = None


if __name__ == "__main__":
    folder = start_guardian()
    if "forks" in sys.argv[2:]:
        _start_fork_server(folder)
    from jupyter_agilab.run.driver import main

    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # at once: Python would wait for threads and processes that the author's code started and left
    os._exit(code)
