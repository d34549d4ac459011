"""The bars of the worker map: the predicted schedule and the real one, binned where they are too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jupyter_agilab.panel.widgets.plan_columns import PlanColumns
from jupyter_agilab.panel.widgets.protocol import MOST_BARS, MOST_LANES, PLANNED, RETRIED, RUNNING, WAITING
from jupyter_agilab.panel.widgets.run_columns import RunColumns

_URGENCY = np.array([0, 1, 3, 2, 7, 4, 6, 5], np.uint8)
"""Of several bars in one, the state with the largest of these is shown: failed before all others."""
_FROM_URGENCY = np.argsort(_URGENCY).astype(np.uint8)
_ALL_EXACT = 4_000
"""So many bars are sent as they are, 80 kB; of more, those that share a pixel are put together."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars as columns that run in parallel; ``index`` is a plan index, or minus the number of partitions."""

    lane: NDArray[np.int32]
    begin: NDArray[np.float64]
    stop: NDArray[np.float64]
    state: NDArray[np.uint8]
    index: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lane)

    def at(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> Bars:
        """Give some of the bars."""
        return Bars(
            self.lane[places], self.begin[places], self.stop[places], self.state[places], self.index[places]
        )

    def packed(self) -> bytes:
        """Give five little-endian float32 for each bar."""
        out = np.empty((len(self), 5), "<f4")
        out[:, 0], out[:, 1], out[:, 2] = self.lane, self.begin, self.stop
        out[:, 3], out[:, 4] = self.state, self.index
        return out.tobytes()


def planned_bars(columns: PlanColumns, planned: NDArray[np.int32], seconds: float) -> Bars:
    """Give the predicted schedule: each worker does its partitions in the order of the plan.

    Parameters
    ----------
    planned
        The worker of each partition.
    seconds
        What the run is expected to take, so that the longest lane takes it; 0: not known, and the time is
        then in units of weight.
    """
    order = np.argsort(planned, kind="stable")
    lanes, weights = planned[order], columns.weights[order]
    stops = np.cumsum(weights)
    first = np.flatnonzero(np.r_[True, lanes[1:] != lanes[:-1]]) if len(lanes) else np.zeros(0, np.int64)
    before = np.repeat((stops - weights)[first], np.diff(np.r_[first, len(lanes)]))
    begin, stop = stops - weights - before, stops - before
    longest = float(stop.max()) if len(stop) else 0.0
    if seconds > 0 and longest > 0:
        begin, stop = begin / longest * seconds, stop / longest * seconds
    state = np.full(len(order), PLANNED, np.uint8)
    return Bars(lanes, begin, stop, state, order)


def run_bars(run: RunColumns, now_s: float) -> Bars:
    """Give what was done and what is under way."""
    done = np.flatnonzero(
        (run.begin >= 0) & (run.lane >= 0) & (run.state != RUNNING) & (run.state != WAITING)
    )
    running, tries = run.running(), run.tries
    return Bars(
        np.concatenate(
            [run.lane[done], np.array([each[0] for each in running], np.int32), tries.lane]
        ).astype(np.int32),
        np.concatenate([run.begin[done], np.array([each[1] for each in running]), tries.begin]),
        np.concatenate([run.stop[done], np.full(len(running), now_s), tries.stop]),
        np.concatenate(
            [
                run.state[done],
                np.full(len(running), RUNNING, np.uint8),
                np.full(len(tries.index), RETRIED, np.uint8),
            ]
        ).astype(np.uint8),
        np.concatenate([done, np.array([each[2] for each in running], np.int64), tries.index]).astype(
            np.int64
        ),
    )


def visible(bars: Bars, from_s: float, to_s: float, width_px: int) -> tuple[Bars, bool]:
    """Give the bars of a window of time, and whether some of them stand for several partitions.

    Where there are many, those narrower than a pixel are put together; there are never more than `MOST_BARS`.
    """
    inside = bars.at((bars.stop >= from_s) & (bars.begin <= to_s))
    if inside.lane.size and int(inside.lane.max()) >= MOST_LANES:
        inside = Bars(
            np.minimum(inside.lane, MOST_LANES - 1), inside.begin, inside.stop, inside.state, inside.index
        )
    if len(inside) <= _ALL_EXACT or to_s <= from_s:
        return inside.at(np.arange(min(len(inside), MOST_BARS))), False
    lanes = int(inside.lane.max()) + 1
    columns = max(1, min(width_px, MOST_BARS // lanes))
    width_s = (to_s - from_s) / columns
    wide = inside.stop - inside.begin > width_s
    if int(wide.sum()) > MOST_BARS // 2:
        wide = np.zeros(len(inside), bool)
    narrow = inside.at(~wide)
    column = np.clip((narrow.begin - from_s) / width_s, 0, columns - 1).astype(np.int64)
    groups, places, sizes = np.unique(
        narrow.lane.astype(np.int64) * columns + column, return_inverse=True, return_counts=True
    )
    begin, stop = np.full(len(groups), np.inf), np.full(len(groups), -np.inf)
    urgency = np.zeros(len(groups), np.uint8)
    index = np.zeros(len(groups), np.int64)
    np.minimum.at(begin, places, narrow.begin)
    np.maximum.at(stop, places, narrow.stop)
    np.maximum.at(urgency, places, _URGENCY[narrow.state])
    index[places] = narrow.index
    index = np.where(sizes > 1, -sizes, index)
    joined = Bars((groups // columns).astype(np.int32), begin, stop, _FROM_URGENCY[urgency], index)
    rest = inside.at(wide)
    room = MOST_BARS - len(joined)
    rest = rest.at(np.arange(min(len(rest), max(0, room))))
    return (
        Bars(
            np.concatenate([joined.lane, rest.lane]),
            np.concatenate([joined.begin, rest.begin]),
            np.concatenate([joined.stop, rest.stop]),
            np.concatenate([joined.state, rest.state]),
            np.concatenate([joined.index, rest.index]),
        ),
        True,
    )
