"""Which HTTP status a failure has, and what is said about it: one place for all routes."""

from __future__ import annotations

import errno
import os
from typing import Any

from jupyter_agilab.errors import (
    AgilabError,
    ClusterError,
    FindingsError,
    MissingDependencyError,
    ModuleChangedError,
    NoResultError,
    OutputError,
    RunBusyError,
    RunFailedError,
    RunNotFoundError,
    UsageError,
)
from jupyter_agilab.server.places import Root

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UsageError, 400),
    (RunNotFoundError, 404),
    (NoResultError, 404),
    (FindingsError, 422),
    (RunBusyError, 409),
    (ModuleChangedError, 409),
    (OutputError, 409),
    (RunFailedError, 409),
    (ClusterError, 424),
    (MissingDependencyError, 424),
    (AgilabError, 422),
    (FileNotFoundError, 404),
    (NotADirectoryError, 404),
    (PermissionError, 403),
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class BusyError(Exception):
    """So much is being worked on that another request cannot wait for its turn."""


def status_of(error: Exception) -> int | None:
    """Give the HTTP status of a failure that the caller can do something about; None for a fault of ours."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    if isinstance(error, BusyError):
        return 429
    if isinstance(error, OSError):
        return 507 if error.errno in _FULL else 409
    return None


def told(error: Exception, root: Root | None) -> Any:
    """Give what an answer says about a failure: ``message``, ``findings``, ``hint`` and its ``code``."""
    findings: list[dict[str, Any]] = []
    hint, code = "", ""
    if isinstance(error, AgilabError):
        message, hint, code = error.message, error.hint, error.code
        if isinstance(error, FindingsError):
            message = error.summary
            findings = [finding.to_json() for finding in error.findings]
    elif isinstance(error, OSError) and error.errno is not None:
        # the file's name may be one outside the root
        message = f"the file system says: {os.strerror(error.errno)}"
    else:
        message = str(error)
    answer = {"message": message, "hint": hint, "code": code, "findings": findings}
    return answer if root is None else root.plain(answer)
