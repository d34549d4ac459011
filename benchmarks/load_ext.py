"""What ``%load_ext jupyter_agilab`` costs, in fresh interpreters.

Processes start IPython's shell, half of them load the extension and tell how long that statement took.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from interleaved import in_turns, table

START = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
begun = time.perf_counter()
{statement}
print(time.perf_counter() - begun)
"""
PLAIN = START.format(statement="pass")
LOADED = START.format(statement="shell.run_line_magic('load_ext', 'jupyter_agilab')")


def tell_statement(code: str) -> float:
    """Give the seconds that the statement took in its process."""
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(answer.stdout.split()[-1])


def whole_process(code: str) -> float:
    """Give the seconds that the whole process took."""
    begun = time.perf_counter()
    tell_statement(code)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    seconds = in_turns(
        {
            "start IPython": lambda: whole_process(PLAIN),
            "start IPython, load_ext": lambda: whole_process(LOADED),
            "load_ext alone": lambda: tell_statement(LOADED),
        },
        repeats,
    )
    print(table(f"%load_ext jupyter_agilab, {repeats} fresh processes each", seconds, "start IPython"))


if __name__ == "__main__":
    main()
