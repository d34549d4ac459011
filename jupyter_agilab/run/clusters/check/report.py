"""What a check of a cluster found: a row for each host, worker or job, a cell for each thing looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Aspect = Literal[
    "reached",
    "signed-in",
    "queue",
    "python",
    "packages",
    "share",
    "input",
    "clock",
    "cores",
    "memory",
    "gpu",
]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
"""In the order in which they are looked at, and shown."""

State = Literal["ok", "warning", "failed"]
"""``warning``: a run can work all the same."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that was looked at.

    Attributes
    ----------
    told
        What was seen, a word or two where it is good, a sentence with the cause where it is not.
    remedy
        What to do, as a sentence; empty where nothing is wrong.
    """

    state: State
    told: str = ""
    remedy: str = ""


@dataclass(slots=True)
class Row:
    """One host, worker or job."""

    host: str
    cells: dict[Aspect, Cell] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether a run would not work here."""
        return any(cell.state == "failed" for cell in self.cells.values())

    def ok(self, aspect: Aspect, told: str = "") -> None:
        """Note that something is as it should be."""
        self.cells[aspect] = Cell("ok", told)

    def warn(self, aspect: Aspect, told: str, remedy: str) -> None:
        """Note what a run can live with."""
        self.cells[aspect] = Cell("warning", told, remedy)

    def fail(self, aspect: Aspect, told: str, remedy: str) -> None:
        """Note what keeps a run from working."""
        self.cells[aspect] = Cell("failed", told, remedy)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "host": self.host,
            "ok": not self.failed,
            "checks": [
                {
                    "check": aspect,
                    "state": self.cells[aspect].state,
                    "told": self.cells[aspect].told,
                    "remedy": self.cells[aspect].remedy,
                }
                for aspect in ASPECTS
                if aspect in self.cells
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReport:
    """What `jupyter_agilab.run.clusters.check.check.check_cluster` found.

    Attributes
    ----------
    cluster, kind
        The cluster's name and kind.
    stage
        The stage whose needs were looked at; empty for none.
    rows
        One for each host, worker or job, in the order of the cluster's table.
    """

    cluster: str
    kind: str
    stage: str
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing keeps a run from working."""
        return bool(self.rows) and not any(row.failed for row in self.rows)

    def sentences(self, states: Iterable[State] = ("failed",)) -> list[str]:
        """Give what is wrong, ``HOST: CAUSE; REMEDY``, in the order of the rows."""
        wanted = frozenset(states)
        return [
            f"{row.host}: {cell.told}; {cell.remedy}"
            for row in self.rows
            for aspect in ASPECTS
            if (cell := row.cells.get(aspect)) is not None and cell.state in wanted
        ]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``cluster check --json``."""
        return {
            "cluster": self.cluster,
            "kind": self.kind,
            "stage": self.stage or None,
            "ok": self.ok,
            "rows": [row.to_json() for row in self.rows],
        }
