"""Whether workers see the run's directory: the same folder, under the same path, and writable."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_PROBE = "share-probe"
_OF_WORKFLOW = "workflow.json"


def leave_probe(run_dir: Path) -> str:
    """Leave a file in the run's directory that no other folder has; give its text."""
    nonce = os.urandom(12).hex()
    (run_dir / _PROBE).write_text(nonce, "ascii")
    return nonce


def remove_probe(run_dir: Path) -> None:
    """Remove it."""
    with suppress(OSError):
        (run_dir / _PROBE).unlink()


def what_is_wrong_with_share(run_dir: str, nonce: str) -> str:
    """Say, on a worker, why the run's directory cannot be used here; empty where it can.

    Runs nothing of the author's. The sentence completes "HOST ...".
    """
    folder = Path(run_dir)
    try:
        if (folder / _PROBE).read_text("ascii") != nonce:
            return "has another folder under the path of the contract's folder"
    except OSError:
        if not folder.exists():
            return "does not see the contract's folder under its path"
        return "has another folder under the path of the contract's folder, or may not read it"
    # a workflow's own directory has no results, those of its stages have
    results = folder if (folder / _OF_WORKFLOW).exists() else folder / "segments"
    trial = results / f"{_PROBE}-{os.getpid()}-{os.urandom(3).hex()}.part"
    try:
        trial.write_text(nonce, "ascii")
        trial.unlink()
    except OSError as error:
        return f"cannot write into the contract's folder ({(error.strerror or str(error)).lower()})"
    return ""
