"""Findings and loops as answers have them."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.finding import LoopFinding
from jupyter_agilab.migrate.helps import HELPS
from jupyter_agilab.server.places import Root


def finding_told(finding: Finding, root: Root) -> dict[str, Any]:
    """Give a finding; where the server's folder lies is taken out of its texts."""
    return {
        name: root.without_root(value) if isinstance(value, str) else value
        for name, value in finding.to_json().items()
    }


def loop_told(loop: LoopFinding) -> dict[str, Any]:
    """Give a loop with its verdict, the reason, and what helps."""
    return {
        "cell": loop.cell,
        "cell_id": loop.cell_id,
        "line": loop.line,
        "end_line": loop.end_line,
        "form": loop.form,
        "verdict": loop.verdict,
        "rule": loop.rule,
        "reason": loop.reason,
        "message": loop.message,
        "reason_line": loop.reason_line,
        "reason_cell": loop.reason_cell,
        "helps": HELPS.get(loop.rule, ""),
        "gain": loop.gain,
        "rank": loop.rank,
        "iterable": loop.iterable,
        "items": loop.items,
        "outputs": list(dict.fromkeys(output.name for output in loop.outputs if output.name)),
        "assumptions": list(loop.assumptions),
        "change": loop.change,
        "in_function": loop.in_function,
    }
