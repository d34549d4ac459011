"""``python -m jupyter_agilab``: the command line where its script is not on the path."""

import sys

from jupyter_agilab.cli import main

if __name__ == "__main__":
    sys.exit(main())
