"""Warnings for every partition: Python shows a warning once per place and process, we once per partition."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any, TextIO

Seen = set[tuple[str, type[Warning], str, int]]


def renew_warnings() -> None:
    """Let every warning be shown again, as in a fresh process; costs some ten nanoseconds.

    What was shown is kept in each module's ``__warningregistry__``, which counts only while the version of
    the filters is the same (CPython, ``warnings.warn_explicit``).
    """
    _raise_version()
    if warnings.onceregistry:  # type: ignore[attr-defined]  # not in typeshed
        warnings.onceregistry.clear()  # type: ignore[attr-defined]  # not in typeshed


def _version_raiser() -> Callable[[], object]:
    known: Callable[[], object] | None = getattr(warnings, "_filters_mutated", None)
    if known is not None:
        return known
    locked: Callable[[], object] | None = getattr(warnings, "_filters_mutated_lock_held", None)
    if locked is not None:
        # Python 3.14

        def raise_version() -> None:
            with warnings._lock:  # type: ignore[attr-defined]  # not in typeshed
                locked()

        return raise_version

    def change_and_change_back() -> None:
        with warnings.catch_warnings():
            pass

    return change_and_change_back


_raise_version = _version_raiser()
_lock = threading.Lock()
_hook: Callable[..., None] | None = None


def show_per_partition(seen_here: Callable[[], Seen | None]) -> None:
    """Where partitions run side by side in threads, show a warning once in each of them.

    Parameters
    ----------
    seen_here
        Gives what the calling thread's partition was shown already; None in a thread that is at none.
    """
    global _hook  # noqa: PLW0603  # one for the process, like the function that it replaces
    with _lock:
        if _hook is not None and warnings.showwarning is _hook:
            return
        show = warnings.showwarning

        def once(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            seen = seen_here()
            if seen is not None:
                # the partition beside this one has not been shown it yet
                _raise_version()
                key = (str(message), category, filename, lineno)
                if key in seen and not _is_always_shown(str(message), category, lineno):
                    return
                seen.add(key)
            show(message, category, filename, lineno, file, line)

        warnings.showwarning = _hook = once


def _is_always_shown(text: str, category: type[Warning], lineno: int) -> bool:
    filters: list[tuple[Any, ...]] = list(warnings.filters)
    for action, message, kind, module, line in filters:
        is_about = module is None and line in (0, lineno) and issubclass(category, kind)
        if is_about and (message is None or message.match(text)):
            return bool(action in ("always", "all"))
    return False
