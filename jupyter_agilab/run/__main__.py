"""Be a driver: ``python -m jupyter_agilab.run RUN_DIRECTORY``.

Worker processes import the main module of the one that starts them, unless it is a package's ``__main__``: so
they need not import the driver.
"""

import os
import sys
import threading

from jupyter_agilab.run.driver import main

_PATIENCE_S = 1.0

if __name__ == "__main__":
    code = main(sys.argv[1:])
    # Python waits for threads and processes that the author's code started and left; not for ever
    last = threading.Timer(_PATIENCE_S, os._exit, [code])
    last.daemon = True
    last.start()
    sys.exit(code)
