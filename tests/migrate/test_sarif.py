"""Findings as SARIF: the form that code hosts ask for, and the lines that they show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest

from jupyter_agilab.cells import read_notebook
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings
from jupyter_agilab.migrate.sarif import to_sarif

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
REGION = {
    "type": "object",
    "properties": {
        "startLine": {"type": "integer", "minimum": 1},
        "endLine": {"type": "integer", "minimum": 1},
    },
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": -1},
        "message": TEXT,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[^ \\]+$"}},
                },
                "region": REGION,
            },
            "additionalProperties": False,
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {key: {"type": "string"} for key in ("name", "fullyQualifiedName", "kind")},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
# what the specification asks of the parts that we write, section 3 of
# https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                            },
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                                "additionalProperties": False,
                            }
                        },
                        "additionalProperties": False,
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": TEXT,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "items": LOCATION},
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "properties": {"type": "object"},
                            },
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}

LOOP = """\
import glob
import pandas as pd
totals = []
for path in glob.glob("data/*.csv"):
    totals.append(pd.read_csv(path)["x"].sum())
"""
SEEN = """\
last = 0
for path in paths:
    value = pd.read_csv(path)["x"].sum()
    changes.append(value - last)
    last = value
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "my notebook.ipynb"
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell('# Sums\n"source": [\n'),
            nbformat.v4.new_code_cell(LOOP),
            nbformat.v4.new_code_cell(SEEN),
        ]
    )
    nbformat.write(document, path)
    return path


def test_the_document_is_valid_and_names_cells_and_lines(notebook: Path) -> None:
    findings = find_loops(read_notebook(notebook))
    assert len(findings.loops) == 2
    document = to_sarif([findings], root=notebook.parent)
    jsonschema.validate(document, SCHEMA)
    json.dumps(document)
    first, second = document["runs"][0]["results"]
    lines = notebook.read_text().split("\n")
    for result, cell, text in ((first, 1, "for path in glob"), (second, 2, "for path in paths")):
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "my%20notebook.ipynb"
        assert text in lines[place["physicalLocation"]["region"]["startLine"] - 1]
        assert place["logicalLocations"][0]["fullyQualifiedName"].startswith(f"cells/{cell}/")
    assert first["properties"]["verdict"] == "convert"
    assert second["properties"]["reason"] == "carried-dependency"
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in (first, second))


def test_the_reason_is_a_related_place(notebook: Path) -> None:
    loop = find_loops(read_notebook(notebook)).loops[1]
    document = to_sarif([NotebookFindings(path=str(notebook), loops=(loop,))])
    (result,) = document["runs"][0]["results"]
    if loop.reason_line is not None:
        (place,) = result["relatedLocations"]
        assert place["logicalLocations"][0]["fullyQualifiedName"] == f"cells/2/{loop.reason_line}"


def test_fingerprints_stay_when_cells_move(notebook: Path) -> None:
    def marks() -> list[str]:
        results = to_sarif([find_loops(read_notebook(notebook))])["runs"][0]["results"]
        return [result["partialFingerprints"]["jupyterAgilabLoop/v1"] for result in results]

    before = marks()
    document = nbformat.read(notebook, 4)
    document.cells.insert(0, nbformat.v4.new_code_cell("x = 1"))
    nbformat.write(document, notebook)
    assert marks() == before
    assert len(set(before)) == 2


def test_a_notebook_on_one_line_has_no_lines_to_show(notebook: Path) -> None:
    notebook.write_text(json.dumps(json.loads(notebook.read_text())))
    document = to_sarif([find_loops(read_notebook(notebook))])
    jsonschema.validate(document, SCHEMA)
    places = [result["locations"][0] for result in document["runs"][0]["results"]]
    assert all("region" not in place["physicalLocation"] for place in places)


def test_what_cannot_be_read_is_a_result_too(tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text('{\n "cells": [')
    document = to_sarif([NotebookFindings(path=str(path), problems=read_notebook(path).findings)])
    jsonschema.validate(document, SCHEMA)
    (result,) = document["runs"][0]["results"]
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///")


def test_assumptions_and_cells_of_problems_are_told() -> None:
    loop = LoopFinding(
        cell=0,
        line=1,
        end_line=2,
        form="for",
        verdict="convert",
        rule="migrate.independent",
        message="No iteration needs another one.",
        assumptions=("assumes that `lib.f` changes nothing shared.",),
    )
    problem = Finding(code="notebook.cell", message="odd", severity="info", cell="3", line=2)
    document = to_sarif([NotebookFindings(path="no/such.ipynb", loops=(loop,), problems=(problem,))])
    jsonschema.validate(document, SCHEMA)
    told, found = document["runs"][0]["results"]
    assert told["level"] == "note"
    assert found["message"]["text"].endswith(
        "Taken for granted: assumes that `lib.f` changes nothing shared."
    )


def test_nothing_found_is_an_empty_run() -> None:
    document = to_sarif([])
    jsonschema.validate(document, SCHEMA)
    assert document["runs"][0]["results"] == []
