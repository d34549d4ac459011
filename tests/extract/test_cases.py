"""Each golden case gives exactly the module, the captures and the findings that its folder says.

``REGENERATE_CASES=1 pytest tests/extract/test_cases.py`` writes what comes out now; read the difference
before you commit it.
"""

from __future__ import annotations

import os
from typing import Any

import tomlkit

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.extraction import Capture, Extraction

REGENERATE = bool(os.environ.get("REGENERATE_CASES"))


def test_case_gives_its_golden_module_captures_and_findings(case: Any) -> None:
    extraction = case.extract()
    if REGENERATE:
        (case.folder / "expected.toml").write_text(tomlkit.dumps(described(extraction)), "utf-8")
        case.module.unlink(missing_ok=True)
        if extraction.module_text is not None:
            case.module.write_text(extraction.module_text, "utf-8")
    assert described(extraction) == case.expected
    expected = case.module.read_text("utf-8") if case.module.exists() else None
    assert extraction.module_text == expected


def described(extraction: Extraction) -> dict[str, Any]:
    form: dict[str, Any] = {"ok": extraction.ok, "function": extraction.function}
    form["captures"] = _lines([_capture(capture) for capture in extraction.captures])
    form["findings"] = _lines([_finding(finding) for finding in extraction.findings])
    if extraction.shared:
        form["shared"] = {name: shared.format for name, shared in extraction.shared.items()}
    if extraction.parameters:
        form["parameters"] = dict(extraction.parameters)
    return form


def _capture(capture: Capture) -> str:
    place = f"{capture.line}:{capture.column}" if capture.line else f"via {capture.via}"
    return f"{place} {capture.name} = {capture.becomes}: {capture.explanation}"


def _finding(finding: Finding) -> str:
    cell = f"cell {finding.cell}, " if finding.cell else ""
    text = f"{finding.severity} {finding.code} {cell}{finding.line}:{finding.column} {finding.message}"
    return f"{text} | {finding.hint}" if finding.hint else text


def _lines(texts: list[str]) -> Any:
    array = tomlkit.array()
    array.extend(texts)
    return array.multiline(bool(texts))
