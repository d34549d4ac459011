"""Be a driver: ``python -m jupyter_agilab.run RUN_DIRECTORY [forks]``.

Worker processes import the main module of the one that starts them, unless it is a package's ``__main__``: so
they need not import the driver.
"""

import os
import sys
import threading

_PATIENCE_S = 1.0


def _start_fork_server() -> None:
    """Let the process that workers are forked from come up while this one imports the driver."""
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(["jupyter_agilab.run.runners.processes"])
    forkserver.ensure_running()


if __name__ == "__main__":
    forks = "forks" in sys.argv[2:]
    if forks:
        _start_fork_server()
    from jupyter_agilab.run.driver import main

    code = main(sys.argv[1:])
    if forks:
        # partitions ran elsewhere, so there is nothing here that Python should wait for
        sys.stderr.flush()
        os._exit(code)
    # Python waits for threads and processes that the author's code started and left; not for ever
    last = threading.Timer(_PATIENCE_S, os._exit, [code])
    last.daemon = True
    last.start()
    sys.exit(code)
