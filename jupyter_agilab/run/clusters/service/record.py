"""Which services there are: one private folder for each, below Jupyter's runtime directory.

``record.json`` says what was started and how to connect, ``health.json`` what its keeper saw last. The keeper
holds the lock as long as it lives: that is how a service is known to be there, from any kernel or terminal.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.run.lock import StageLock

SCHEMA = "agilab.cluster_service.v1"
_ODD = re.compile(r"[^A-Za-z0-9_-]+")
# a keeper on another machine is known by what it writes, not by its lock
_SILENT_S = 30.0


@dataclass(frozen=True, slots=True)
class Service:
    """The files of one service.

    Attributes
    ----------
    path
        Its folder.
    """

    path: Path

    @property
    def record(self) -> Path:
        """What was started."""
        return self.path / "record.json"

    @property
    def health(self) -> Path:
        """What the keeper saw last."""
        return self.path / "health.json"

    @property
    def lock(self) -> Path:
        """Held by the keeper."""
        return self.path / "lock"

    @property
    def log(self) -> Path:
        """What the keeper wrote."""
        return self.path / "keeper.log"

    @property
    def stop_request(self) -> Path:
        """A file whose presence asks the keeper to end."""
        return self.path / "stop.request"

    def told(self) -> dict[str, Any]:
        """Read the record; empty where there is none."""
        return _read(self.record)

    def seen(self) -> dict[str, Any]:
        """Read what the keeper saw last; empty where it has seen nothing."""
        return _read(self.health)

    def is_alive(self) -> bool:
        """Say whether its keeper lives."""
        told = self.told()
        if not told:
            return False
        if told.get("host") != socket.gethostname():
            with suppress(OSError):
                return time.time() - self.health.stat().st_mtime < _SILENT_S
            return False
        try:
            return not StageLock(self.lock).is_free()
        except OSError:
            return False

    def write(self, told: Mapping[str, Any]) -> None:
        """Write the record, whole or not at all; only this user can read it."""
        _write(self.record, told)

    def write_health(self, seen: Mapping[str, Any]) -> None:
        """Write what was seen, whole or not at all."""
        _write(self.health, seen)

    def remove(self) -> None:
        """Remove the folder; of a service that has ended."""
        shutil.rmtree(self.path, ignore_errors=True)


def services_folder() -> Path:
    """Give where services are kept, in Jupyter's runtime directory; it may not exist."""
    told = os.environ.get("JUPYTER_RUNTIME_DIR")
    if told:
        return Path(told) / "agilab-services"
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir()) / "agilab-services"


def service_of(name: str, folder: Path) -> Service:
    """Give the service of a cluster by its name and the folder of ``clusters.toml``; it may not exist."""
    digest = hashlib.blake2b(f"{name}\n{folder.resolve()}".encode(), digest_size=4).hexdigest()
    return Service(services_folder() / f"{_ODD.sub('-', name)}-{digest}")


def all_services() -> list[Service]:
    """Give all services that are there or were, by name."""
    try:
        paths = sorted(services_folder().iterdir())
    except OSError:
        return []
    return [Service(path) for path in paths if path.is_dir()]


def new_folder(service: Service) -> None:
    """Make the folder, for this user alone.

    Raises
    ------
    OSError
        It cannot be made.
    """
    service.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    service.path.mkdir(mode=0o700, exist_ok=True)
    # there already with other rights, or made with a loose umask
    service.path.chmod(0o700)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write(path: Path, value: Mapping[str, Any]) -> None:
    if not path.exists():
        # before there is anything in it
        path.touch(mode=0o600)
    write_bytes(path, json.dumps(value, indent=1).encode() + b"\n")
    path.chmod(0o600)
