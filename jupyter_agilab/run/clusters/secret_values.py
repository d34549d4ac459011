"""Secrets of a cluster: told in the user's own file, or by the name of a variable of the environment."""

from __future__ import annotations

import os
import re

from jupyter_agilab.errors import ClusterError

_FROM_ENVIRONMENT = re.compile(r"env:(\w+)|\$\{(\w+)\}|\$(\w+)")


def is_from_environment(value: str) -> bool:
    """Say whether a value names a variable: ``env:NAME``, ``${NAME}`` or ``$NAME``."""
    return _FROM_ENVIRONMENT.fullmatch(value.strip()) is not None


def secret_value(value: str | None, key: str) -> str | None:
    """Give the secret itself; called only where it is used, so that it is not kept.

    Parameters
    ----------
    key
        The key that it stands in, for the error.

    Raises
    ------
    ClusterError
        The variable that it names is not set.
    """
    match = _FROM_ENVIRONMENT.fullmatch(value.strip()) if value is not None else None
    if match is None:
        return value
    name = next(filter(None, match.groups()))
    found = os.environ.get(name)
    if found is None:
        raise ClusterError(
            f"{key} is to come from the variable {name} of the environment, which is not set",
            hint=f"set {name} before Jupyter is started, or write the value into your own clusters.toml",
        )
    return found
