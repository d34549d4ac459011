"""Be a keeper: ``python -m jupyter_agilab.run.clusters.service FOLDER``."""

import json
import os
import sys
from pathlib import Path

from jupyter_agilab.run.guardian import start_guardian

if __name__ == "__main__":
    start_guardian()
    from jupyter_agilab.run.clusters.service.keeper import main

    code = main(sys.argv[1], json.loads((Path(sys.argv[1]) / "request.json").read_bytes()))
    sys.stdout.flush()
    sys.stderr.flush()
    # at once: Python would wait for threads of the cluster's library
    os._exit(code)
