"""Progress bars round an iterable, which change nothing about it."""

from __future__ import annotations

_NAMES = ("tqdm", "trange", "track", "progress_bar", "alive_it", "progressbar", "log_progress", "master_bar")


def is_progress(path: str | None) -> bool:
    """Tell whether a call only draws a progress bar round its iterable."""
    return path is not None and path.rpartition(".")[2].lower() in _NAMES
