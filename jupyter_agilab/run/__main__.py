"""Be a driver: ``python -m jupyter_agilab.run RUN_DIRECTORY``.

Worker processes import the main module of the one that starts them, unless it is a package's ``__main__``: so
they need not import the driver.
"""

import sys

from jupyter_agilab.run.driver import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
