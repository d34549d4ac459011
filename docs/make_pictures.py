"""Draw the pictures of the documentation: real notebooks, in a real JupyterLab.

Needs Chromium (or Chrome) on the path, the dependency group ``test``, and the extension built
(``make setup``). Run with ``make pictures``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from pictures import stages, tour
from pictures.lab import chromium, lab, use_own_settings

from jupyter_agilab.demo import prepare_data

SETS = {"stages": stages.draw, "tour": tour.draw}


def main() -> None:
    """Draw all pictures, or some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument("--only", choices=SETS, action="append", help="these pictures only")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    for name in asked.only or SETS:
        with tempfile.TemporaryDirectory(prefix="pictures-", ignore_cleanup_errors=True) as made:
            folder = Path(made)
            use_own_settings(folder)
            prepare_data(folder)
            with lab(folder) as address, chromium() as browser:
                SETS[name](browser, address, folder, asked.into)
        print(f"drawn: {name}")


if __name__ == "__main__":
    main()
