"""Files of a store that match a URL with signs of a pattern, as fsspec lists them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition.matching import Matches, is_pattern
from jupyter_agilab.partition.stores import Seen, info_of, seen_by, store_of


def match_urls(pattern: str) -> Matches:
    """Find the files that a URL names, sorted; ``*``, ``?``, ``[...]`` and ``**`` as in `match_files`.

    A store that cannot list (most web servers can) gives only files that are named one by one. Each answer is
    asked for as it is now, not as fsspec remembers it.

    Raises
    ------
    PlanError
        The store cannot be used, or does not answer.
    """
    try:
        store, path = store_of(pattern)
        store.invalidate_cache()
        if not is_pattern(pattern.partition("://")[2]):
            return _one(pattern)
        listed: dict[str, dict[str, Any]] = store.glob(path, detail=True)
    except AgilabError as error:
        raise _refused(pattern, error.message, error.hint) from error
    except Exception as error:  # each store has exceptions of its own
        raise _refused(pattern, f"{pattern} cannot be listed: {error or type(error).__name__}") from error
    matches = Matches()
    for name, info in sorted(listed.items()):
        if info.get("type") == "directory" or name.rpartition("/")[2].startswith("."):
            continue
        url = str(store.unstrip_protocol(name))
        matches.seen[url] = _seen(url, info)
    matches.sources = sorted(matches.seen)
    unversioned = [url for url, seen in matches.seen.items() if not seen.version]
    if unversioned:
        matches.findings.append(_unversioned(unversioned[0]))
    return matches


def _one(url: str) -> Matches:
    try:
        info = info_of(url)
    except FileNotFoundError:
        return Matches()
    except OSError as error:
        raise _refused(url, str(error)) from error
    seen = _seen(url, info)
    return Matches([url], [] if seen.version else [_unversioned(url)], {url: seen})


def _seen(url: str, info: dict[str, Any]) -> Seen:
    with suppress(OSError):
        found = seen_by(url, info)
        if found.version:
            return found
    # a listing of a web server has no versions, and may have no sizes
    try:
        return seen_by(url, info_of(url))
    except OSError as error:
        raise _refused(url, str(error)) from error


def _unversioned(url: str) -> Finding:
    return Finding(
        code="partition.no-version",
        message=f"the store of {url} tells no version: a change that keeps the size is not noticed",
        level="environment",
        severity="warning",
        key="input",
        path=url,
    )


def _refused(url: str, message: str, hint: str = "") -> PlanError:
    finding = Finding(
        code="partition.unreadable", message=message, level="environment", key="input", path=url, hint=hint
    )
    return PlanError("the input cannot be read", [finding])
