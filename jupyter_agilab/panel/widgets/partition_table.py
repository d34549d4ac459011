"""The partition table in windows: sorted, filtered and searched without a row ever being made in vain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jupyter_agilab.panel.widgets.plan_columns import PlanColumns
from jupyter_agilab.panel.widgets.protocol import STATES, Filter, Sort
from jupyter_agilab.panel.widgets.run_columns import RunColumns
from jupyter_agilab.panel.widgets.worker_lanes import planned_number
from jupyter_agilab.partition.types import Partition

_PATIENCE_S = 0.3
_OF_PLAN = frozenset({"id", "source", "slice", "rows"})
_OF_WORK = frozenset({"size", "planned"})
_MOST_TEXT = 200


@dataclass(slots=True)
class _Order:
    """An order that was worked out; ``version`` and ``known`` tell whether it still holds."""

    sort: Sort | None
    filter: Filter
    version: int
    known: int
    indexes: NDArray[np.int64] | None


class PartitionTable:
    """Rows of a plan's partitions and, where there is a run, of their states.

    Parameters
    ----------
    planned
        The worker of each partition as it is planned now, pins included.
    """

    def __init__(
        self, plan: PlanColumns, run: RunColumns | None, planned: NDArray[np.int32] | None = None
    ) -> None:
        self.plan = plan
        self.run = run
        self.planned = planned
        self._last: _Order | None = None

    def order(self, sort: Sort | None, kept: Filter, version: int) -> tuple[NDArray[np.int64] | None, bool]:
        """Give the plan indexes in an order, None for the plan's own; and whether some may be missing.

        Parameters
        ----------
        version
            Grows with every change of the run; an order by what does not change is kept.
        """
        if sort is not None and sort.column == "index" and not sort.is_down:
            sort = None
        if sort is None and not kept:
            return None, False
        needs_texts = bool(kept.text) or (sort is not None and sort.column in _OF_PLAN)
        needs_work = sort is not None and sort.column in _OF_WORK and not self.plan.has_work
        is_whole = True
        if needs_texts or needs_work:
            is_whole = self.plan.read_on(_PATIENCE_S)
        moves = bool(kept.states or kept.worker) or (
            sort is not None and sort.column in {"state", "worker", "seconds", "attempts"}
        )
        now = _Order(
            sort, kept, version if moves else 0, self.plan.known if needs_texts or needs_work else 0, None
        )
        last = self._last
        if last is not None and (last.sort, last.filter, last.version, last.known) == (
            now.sort,
            now.filter,
            now.version,
            now.known,
        ):
            return last.indexes, not is_whole
        found = self._filtered(kept)
        if sort is not None:
            found = found[_ordered(self._keys(sort.column, found), sort.is_down)]
        now.indexes = found
        self._last = now
        return found, not is_whole

    def rows(self, start: int, count: int, order: NDArray[np.int64] | None) -> list[list[Any]]:
        """Give a window of rows, in the columns of the protocol."""
        if order is None:
            places = range(self.plan.count)[start : start + count]
            made = self.plan.window(places.start, places.stop)
            return [self._row(each) for each in made]
        wanted = [int(index) for index in order[start : start + count]]
        if not wanted:
            return []
        lowest, highest = min(wanted), max(wanted)
        if highest - lowest < 4 * len(wanted):
            near = self.plan.window(lowest, highest + 1)
            return [self._row(near[index - lowest]) for index in wanted]
        return [self._row(each) for index in wanted for each in self.plan.window(index, index + 1)]

    def _planned(self) -> NDArray[np.int32]:
        return self.plan.planned if self.planned is None else self.planned

    def _filtered(self, kept: Filter) -> NDArray[np.int64]:
        mask = np.ones(self.plan.count, bool)
        if kept.states:
            codes = [STATES.index(state) for state in kept.states]
            if self.run is None:
                mask &= 1 in codes
            else:
                mask &= np.isin(self.run.state, codes)
        if kept.worker:
            if self.run is not None:
                mask &= self.run.lane == self.run.lanes.place_of(kept.worker)
            else:
                mask &= self._planned() == planned_number(kept.worker)
        if kept.text:
            mask &= self.plan.matches(kept.text)
        return np.flatnonzero(mask)

    def _keys(self, column: str, found: NDArray[np.int64]) -> NDArray[Any]:
        run, plan = self.run, self.plan
        match column:
            case "size":
                return plan.weights[found]
            case "planned":
                return self._planned()[found]
            case "rows":
                return plan.rows[found]
            case "id":
                return plan.ids[found]
            case "source" | "slice":
                # the description begins with the source
                texts = plan.texts()
                known = np.array(texts + [b""] * (plan.count - len(texts)), object)
                places: NDArray[Any] = np.unique(known[found], return_inverse=True)[1]
                return places
        if run is None or column == "index":
            return found
        by_name: dict[str, NDArray[Any]] = {
            "state": run.state,
            "worker": run.lane,
            "seconds": run.seconds,
            "attempts": run.attempts,
        }
        keys: NDArray[Any] = by_name[column][found]
        return keys

    def _row(self, partition: Partition) -> list[Any]:
        index, run = partition.index, self.run
        is_set = partition.parameters is not None
        described = partition.describe()
        part = described.removeprefix(partition.source).strip() if partition.source else described
        row: list[Any] = [
            index,
            partition.id,
            partition.source,
            part[:_MOST_TEXT],
            None if is_set else partition.weight,
            partition.stop - partition.start if partition.kind == "rows" else None,
            int(self._planned()[index]),
        ]
        if run is None:
            return [*row, "", "planned", None, 0]
        seconds = float(run.seconds[index])
        return [
            *row,
            run.lanes.name(int(run.lane[index])),
            STATES[int(run.state[index])],
            round(seconds, 6) if seconds > 0 else None,
            int(run.attempts[index]),
        ]


def _ordered(keys: NDArray[Any], is_down: bool) -> NDArray[np.int64]:
    if not is_down:
        return np.argsort(keys, kind="stable")
    # equal ones stay in the plan's order
    return (len(keys) - 1 - np.argsort(keys[::-1], kind="stable"))[::-1]
