"""Started clusters as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_agilab.errors import UsageError
from jupyter_agilab.panel.columns import table, wrapped

if TYPE_CHECKING:
    from jupyter_agilab.run.clusters.service.status import ClusterStatus

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def services_text(found: Sequence[ClusterStatus], width: int) -> str:
    """Give one row for each cluster, and below it what is wrong."""
    if not found:
        return "no cluster is started"
    head = ["cluster", "kind", "state", "workers", "tasks", "lease left", "folder"]
    rows = []
    for each in found:
        health = each.health
        running = health["workers_running_count"]
        wanted = running + health["workers_pending_count"]
        is_up = each.state == "running"
        rows.append(
            [
                each.name,
                each.kind,
                str(health["status"]) if is_up else each.state,
                f"{running} of {wanted}" if is_up else "",
                str(health["queue"]["running"] + health["queue"]["pending"]) if is_up else "",
                f"{each.lease_left_s / 60:,.0f} min" if is_up else "",
                each.folder,
            ]
        )
    lines = table(rows, head=head, width=width, flexible={6: "right"})
    for each in found:
        if each.cause:
            lines += wrapped(f"{each.name}: {each.cause}", width, hanging="    ")
    return "\n".join(lines)


def seconds_of(text: str) -> float:
    """Read a time such as ``90s``, ``30m``, ``8h``.

    Raises
    ------
    UsageError
        It is none.
    """
    match = _TIME.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"expected a time such as 90s, 30m or 8h; got {text!r}")
    return float(match[1]) * _UNITS[match[2]]
