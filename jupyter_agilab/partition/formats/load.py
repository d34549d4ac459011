"""Importing the format in hand: one of ours, or one that another package brings.

A package brings a format by an entry point of the group ``jupyter_agilab.formats``: its name is the format's,
its value an instance of a subclass of `jupyter_agilab.partition.formats.base.Format`, with the suffixes of
its files as ``suffixes``. It is imported when ``[partition] format`` names it, or when a file is met whose
name says nothing to us.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any, cast

from jupyter_agilab.contract.formats import FORMATS_GROUP
from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.base import Format
from jupyter_agilab.partition.formats.known import KNOWN, known_format

_STAGED = "jupyter_agilab.partition.staged"


@cache
def load_format(name: str) -> Format:
    """Give a format by its name; imports it.

    Raises
    ------
    AgilabError
        There is none of that name, or it cannot be imported.
    """
    known = known_format(name or "binary")
    if known is not None:
        module = importlib.import_module(f"jupyter_agilab.partition.formats.{known.module}")
        return cast("Format", module.FORMATS[known.name])
    for point in _entry_points():
        if point.name == name:
            return _imported(point)
    names = [*(known.name for known in KNOWN), *(point.name for point in _entry_points())]
    raise AgilabError(
        f"there is no format {name!r}",
        hint=did_you_mean(name, names) or f"there are: {', '.join(names)}",
    )


def load_staged(form: str) -> Format:
    """Give the format of a partition of a staged table that holds rows with types; imports it."""
    module = importlib.import_module(f"{_STAGED}.forms")
    return cast("Format", module.STAGED[form])


@cache
def brought_for(suffix: str) -> str:
    """Give the name of the first format of another package that has a suffix; empty where there is none.

    Imports all of them, in the order of their names.

    Raises
    ------
    AgilabError
        One of them cannot be imported.
    """
    for point in _entry_points():
        if known_format(point.name) is None and suffix in getattr(load_format(point.name), "suffixes", ()):
            return str(point.name)
    return ""


def _entry_points() -> list[Any]:
    # takes some milliseconds, and few need it
    from importlib.metadata import entry_points

    return sorted(entry_points(group=FORMATS_GROUP), key=lambda point: (point.name, point.value))


def _imported(point: Any) -> Format:
    try:
        found = point.load()
    except Exception as error:  # another package's, whatever it is; told with its name
        raise AgilabError(
            f"the format {point.name!r} ({point.value}) cannot be imported: {error or type(error).__name__}",
            hint="install or remove the package that brings it",
        ) from error
    if not isinstance(found, Format):
        raise AgilabError(
            f"the format {point.name!r} ({point.value}) is a {type(found).__name__}, not a Format",
            hint="it must be an instance of a subclass of Format of jupyter_agilab.partition.formats.base",
        )
    return found
