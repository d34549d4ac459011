"""Magics, shell lines and help requests: what was translated, dropped or refused."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding, Severity
from jupyter_agilab.extract.unit import Unit


def magics(unit: Unit) -> Iterator[Finding]:
    """Tell about each piece of IPython syntax of the cell."""
    for translation in unit.translations:
        severity: Severity = "info"
        if translation.action == "refused":
            severity = "error"
        elif translation.important:
            severity = "warning"
        yield Finding(
            code=f"cell.{translation.action}",
            message=translation.message,
            level="syntax" if severity == "error" else "meaning",
            severity=severity,
            cell=unit.label,
            line=translation.line + unit.first_line - 1,
            column=translation.column,
            hint=translation.hint,
        )
