"""Everything that can be said about a contract's values, AGILAB's words first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract import agilab
from jupyter_agilab.contract.assemble import assemble
from jupyter_agilab.contract.keys import Key, tables, top_level
from jupyter_agilab.contract.layout import Layout
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.rules import RULES
from jupyter_agilab.contract.subject import Remark, Subject, came, subject_of
from jupyter_agilab.diagnostics import Finding, did_you_mean

COMPLETED_LATER = frozenset({"contract.reduce-function"})
"""Errors that do not keep a contract from being written: what is missing comes later, from another cell."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check gives: AGILAB's texts, all findings, and the contract if AGILAB lets it pass."""

    contract: Contract | None
    issues: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]


def check_data(
    data: Mapping[str, Any],
    *,
    layout: Layout | None = None,
    path: str | None = None,
    folder: Path | None = None,
    file_name: str = "",
) -> Checked:
    """Check the values of a contract.

    Parameters
    ----------
    data
        The values as ``tomllib`` gives them.
    layout
        Where they stand; findings have no line without it.
    path
        The file, for findings.
    folder, file_name
        The contract's folder and file name, for hints about paths and for an ``output`` that names the
        contract.

    Returns
    -------
    Checked
        Findings are in the order of their places in the file.
    """
    subject = subject_of(data, folder, file_name)
    remarks = [*_syntax(subject), *_warnings(subject)]
    for rule in RULES:
        remarks.extend(rule(subject))
    secret = {remark.path for remark in remarks if remark.code == "contract.secret"}
    remarks = [_without_value(remark) if remark.path in secret else remark for remark in remarks]
    findings = [_finding(remark, layout, path) for remark in remarks]
    return Checked(
        assemble(subject),
        agilab.issues(data),
        tuple(warning.text for warning in agilab.warnings(data)),
        tuple(sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0))),
    )


def _syntax(subject: Subject) -> Iterator[Remark]:
    """Give one remark per key that AGILAB refuses; a missing key is one remark with both of its sentences."""
    lost = agilab.missing(subject.data)
    for key in lost:
        yield Remark(
            "contract.missing-key",
            key.path,
            f"{agilab.missing_text(key)}; {agilab.refused_text(key)}",
            _where_it_stands(key, subject) or _near_miss(key, subject),
            level="syntax",
            absent=True,
        )
    for key in agilab.refused(subject.data):
        if key not in lost:
            value = subject.data[key.name]
            meant = did_you_mean(value, key.kind.choices) if isinstance(value, str) else ""
            yield Remark(
                "contract.value",
                key.path,
                f"{agilab.refused_text(key)}; {came(value)}",
                meant,
                level="syntax",
            )
    if len(lost) == sum(key.required for key in top_level()):
        yield Remark(
            "contract.not-a-contract",
            ("schema",),
            "a contract must have schema, name, function and so on; the file has none of its keys",
            "write one with: jupyter agilab new",
            level="syntax",
            absent=True,
        )


def _warnings(subject: Subject) -> Iterator[Remark]:
    for warning in agilab.warnings(subject.data):
        absent = warning.key not in subject.data
        yield Remark(warning.code, (warning.key,), warning.text, warning.hint, "warning", absent=absent)


def _where_it_stands(key: Key, subject: Subject) -> str:
    """Say that a missing key stands in a table: every key below a ``[table]`` line belongs to that table."""
    for name, table in subject.data.items():
        own = name in tables() and key.name in tables()[name].names
        if isinstance(table, dict) and key.name in table and not own:
            return f"{key.name} stands in [{render_key([name])}]; move it above the first [table] line"
    return ""


def _near_miss(key: Key, subject: Subject) -> str:
    known = {known.name for known in top_level()} | set(tables())
    meant = did_you_mean(key.name, [name for name in subject.data if name not in known])
    return f"the file has {meant.split(chr(39))[1]!r}; rename it to {key.name!r}" if meant else ""


def _without_value(remark: Remark) -> Remark:
    """Leave out what came: the value seems to be a secret, and findings end up in notebooks and logs."""
    if remark.code == "contract.secret":
        return remark
    return replace(remark, message=remark.message.partition("; ")[0], hint="")


def _finding(remark: Remark, layout: Layout | None, path: str | None) -> Finding:
    if layout is None:
        return remark.finding((None, None), path)
    place = _place_of_absent(remark, layout) if remark.absent else layout.place_of(remark.path)
    return remark.finding(place, path)


def _place_of_absent(remark: Remark, layout: Layout) -> tuple[int, int]:
    """Give the place where a key would go: behind the keys before it, or where its table is, or line 1."""
    if len(remark.path) > 1:
        return layout.place_of(remark.path)
    names = [key.name for key in top_level()]
    place = 1
    for name in names[: names.index(str(remark.path[0]))]:
        entry = layout.entry((name,))
        if entry is not None:
            place = max(place, layout.line_of(entry.stop - 1) + 1)
    return min(place, layout.text.count("\n") + 1), 1
