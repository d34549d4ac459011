"""Look at a host from inside: a program of its own that any Python since 3.6 can run, sent as text.

It is run by SSH, in a job, or by a worker, where this package may be missing: that is one of the things that
it finds out. It writes one small file into the share and removes nothing.
"""

import json
import os
import platform
import sys
import time
from typing import Any, Dict, Optional

MARK = "agilab-probe:"


def probe(request: "Dict[str, Any]") -> "Dict[str, Any]":
    """Answer a request (see `jupyter_agilab.run.clusters.check.needs.Needs.request`) with plain data."""
    return {
        "python": "%d.%d.%d" % sys.version_info[:3],
        "executable": sys.executable,
        "host": platform.node(),
        "system": "%s %s" % (platform.system(), platform.machine()),
        "packages": {name: version_of(name, told) for name, told in request["packages"].items()},
        "share": look_at_share(request),
        "inputs": {path: look_at_input(path) for path in request["inputs"]},
        "time": time.time(),
        "cores": cores(),
        "memory_bytes": memory_bytes(),
        "gpus": gpus(),
        "pid": os.getpid(),
    }


def version_of(name: str, distribution: str) -> "Optional[str]":
    """Give the version of a package, an empty text where it has none, None where it is missing."""
    import importlib.util

    try:
        if importlib.util.find_spec(name) is None:
            return None
    except (ImportError, ValueError):
        return None
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:
        return str(getattr(__import__(name), "__version__", ""))
    try:
        return version(distribution or name)
    except PackageNotFoundError:
        return str(getattr(__import__(name), "__version__", ""))


def look_at_share(request: "Dict[str, Any]") -> "Optional[Dict[str, Any]]":
    """Say whether the folder is there, holds the note that was left, and takes one of ours."""
    path = request["share"]
    if not path:
        return None
    notes = os.path.join(path, request["notes"])
    told = {"exists": os.path.isdir(path), "seen": None, "wrote": None, "error": ""}  # type: Dict[str, Any]
    if not told["exists"]:
        return told
    try:
        with open(os.path.join(notes, "here")) as file:
            told["seen"] = file.read()
        mine = "%s-%d" % (platform.node(), os.getpid())
        with open(os.path.join(notes, mine), "w") as file:
            file.write(request["token"])
        told["wrote"] = mine
    except OSError as error:
        told["error"] = error.strerror or str(error)
    return told


def look_at_input(path: str) -> str:
    """Give an empty text where a file or folder can be read, else why not."""
    try:
        if os.path.isdir(path):
            os.listdir(path)
        else:
            with open(path, "rb") as file:
                file.read(1)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def cores() -> int:
    """Give the cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def memory_bytes() -> int:
    """Give the memory of the machine, or of the control group where that is less."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(name) as file:
                found = min(found, int(file.read()))
        except (OSError, ValueError):
            pass
    return found


def gpus() -> int:
    """Give the number of NVIDIA GPUs that this process may use."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    try:
        return len([name for name in os.listdir("/dev") if name.startswith("nvidia") and name[6:].isdigit()])
    except OSError:
        return 0


def main(request: "Dict[str, Any]") -> None:
    """Print the answer on a line of its own, among whatever a login shell prints."""
    sys.stdout.write("\n%s%s\n" % (MARK, json.dumps(probe(request))))
    sys.stdout.flush()
