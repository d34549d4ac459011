"""Replicas of groups, on workers: what ``setup`` gave is kept until ``teardown``."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import load_function
from jupyter_agilab.run.types import StageSpec

_lock = threading.Lock()
_states: dict[tuple[str, str], Any] = {}
"""By the workflow's run and the replica."""


def state_of(spec: StageSpec, replica: str) -> Any:
    """Give a replica's state; the first call in a process makes it. None where there is no ``setup``.

    Raises
    ------
    Exception
        Whatever ``setup`` raises. The next call tries again.
    """
    key = _key(spec, replica)
    with _lock:
        if key in _states:
            return _states[key]
    made = _function(spec, "setup")() if has_setup(spec) else None
    with _lock:
        return _states.setdefault(key, made)


def end_replica(spec: StageSpec, replica: str) -> None:
    """Call ``teardown`` where the replica has begun in this process; blocks until it is done.

    It gets the replica's state where it takes an argument.

    Raises
    ------
    Exception
        Whatever ``teardown`` raises.
    """
    with _lock:
        key = _key(spec, replica)
        if key not in _states:
            return
        state = _states.pop(key)
    if "teardown" in spec.workflow["group"]:
        teardown = _function(spec, "teardown")
        teardown(state) if inspect.signature(teardown).parameters else teardown()


def has_setup(spec: StageSpec) -> bool:
    """Say whether the stage's group has a ``setup``."""
    return "setup" in spec.workflow.get("group", ())


def has_hooks(spec: StageSpec) -> bool:
    """Say whether the stage's group has a ``setup`` or a ``teardown``."""
    return has_setup(spec) or "teardown" in spec.workflow.get("group", ())


def _key(spec: StageSpec, replica: str) -> tuple[str, str]:
    return str(spec.workflow["run"]), replica


def _function(spec: StageSpec, name: str) -> Any:
    code: Mapping[str, Any] = spec.workflow["group"][name]
    home = RunDirectory(Path(spec.run_dir)).code
    return load_function(code["sources"], code["digest"], code["entry"], code["function"], spec.folder, home)
