"""What to do about a plan, in words, from its estimate."""

from __future__ import annotations

from jupyter_agilab.planning.cost import Place
from jupyter_agilab.planning.expected import Estimate, Point, Verdict

_WORTH_IT = 0.9
"""A run must take less than this part of a plain loop's time."""

_LONG_S = 3_600.0
_MUCH_FASTER = 0.5


def verdict_of(made: Estimate | None, place: Place, *, count: int = 0, can_merge: bool = True) -> Verdict:
    """Give the verdict on an estimate; a pure function. None: nothing is known."""
    if made is None:
        return Verdict("unknown", "Run a trial first: it tells whether this is worth running in parallel.")
    here = [point for point in made.points if point.is_here]
    if not here:
        return _needs_memory(made, place)
    best = _fewest(here)
    # the plan's own number where nothing is much faster
    chosen = next((each for each in here if each.workers == made.workers and place.at_once), best)
    if best.seconds < _WORTH_IT * chosen.seconds or (best.workers < chosen.workers):
        chosen = best
    worth = chosen.seconds < _WORTH_IT * made.alone_s
    if not worth:
        if can_merge and count > 2 * place.cores and made.handing_out_s > made.work_s:
            text = (
                f"The partitions are too small: handing {count:,} of them out takes longer than doing them. "
                "Merge them into fewer and larger ones."
            )
            return Verdict("merge", text, is_worth_it=False)
        return Verdict("not-worth-it", _not_worth(made, chosen), is_worth_it=False)
    beyond = [point for point in made.points if point.workers > place.cores]
    fastest = _fewest(beyond) if beyond else None
    if fastest and chosen.seconds > _LONG_S and fastest.seconds < _MUCH_FASTER * chosen.seconds:
        text = (
            f"It needs a cluster: {_time(chosen.seconds)} here with {_workers(chosen.workers)}, about "
            f"{_time(fastest.seconds)} with {_workers(fastest.workers)}."
        )
        return Verdict("cluster", text, workers=fastest.workers, is_worth_it=True)
    how = "" if place.at_once else " and backend pool"
    text = (
        f"Run it here with {_workers(chosen.workers)}{how}: about {_time(chosen.seconds)} instead of "
        f"{_time(made.alone_s)} in a plain loop."
    )
    return Verdict("run-here", text, workers=chosen.workers, is_worth_it=True)


def _not_worth(made: Estimate, chosen: Point) -> str:
    run = f"{_time(chosen.seconds)} with {_workers(chosen.workers)}, {_time(made.alone_s)} in a plain loop"
    if made.longest_s > 0.8 * made.work_s and made.work_s > made.overhead_s:
        return f"Not worth running in parallel: one partition takes nearly all of the time ({run})."
    if made.overhead_s > 0.5 * chosen.seconds:
        return f"Not worth running in parallel: starting and merging take longer than the work ({run})."
    return f"Not worth running in parallel: {run}."


def _needs_memory(made: Estimate, place: Place) -> Verdict:
    need, have = made.memory_per_worker_bytes, place.memory_bytes
    text = (
        f"It needs a cluster, or a larger machine: one partition takes {_size(need)} of memory, and here "
        f"are {_size(have)}."
    )
    return Verdict("cluster", text, is_worth_it=None)


def _fewest(points: list[Point]) -> Point:
    """Give the fewest workers that are about as fast as any."""
    least = min(point.seconds for point in points)
    return next(point for point in points if point.seconds <= 1.05 * least)


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count:,} workers"


def _time(seconds: float) -> str:
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"
