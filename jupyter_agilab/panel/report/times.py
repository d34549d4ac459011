"""Times of partitions, which may be far below a millisecond."""

from __future__ import annotations

from jupyter_agilab.panel.figures import duration


def fine(seconds: float) -> str:
    """Give a time span: ``7 µs``, ``1.2 ms``, ``3.2 s``, ``4 min 05 s``."""
    if seconds <= 0:
        return "0 s"
    if seconds < 0.9995e-3:
        return f"{max(1, round(seconds * 1e6))} µs"
    if seconds < 9.95e-3:
        return f"{seconds * 1e3:.1f} ms"
    return duration(seconds)


def axis(seconds: float) -> str:
    """Give a round number of seconds on an axis: ``10 µs``, ``200 ms``, ``100 s``, ``10 min``."""
    if seconds < 0.9e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 0.9:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 120 else duration(seconds)
