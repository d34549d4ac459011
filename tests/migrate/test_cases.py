"""Small notebooks with the exact findings that they must give; ``cases/README.md`` says how to write one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jupyter_agilab.cells import Notebook, NotebookCell
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import LoopFinding

FOLDER = Path(__file__).parent / "cases"
MARK = re.compile(r"[ \t]*#@(\d+)(!?)[ \t]*$")


@dataclass
class Expected:
    """One line of a case's head; a tuple holds the alternatives that are all right."""

    number: int
    verdict: str
    forms: tuple[str, ...]
    variables: tuple[str, ...]
    kinds: tuple[str, ...]
    outputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reducers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    extras: dict[str, str] = field(default_factory=dict)
    place: tuple[int, int] = (-1, -1)
    reason_places: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Case:
    """A notebook and what must be found in it."""

    name: str
    file: str
    expected: list[Expected]
    cells: list[tuple[str, str]]

    @property
    def notebook(self) -> Notebook:
        cells = tuple(
            NotebookCell(
                index=i, id=f"c{i}", kind="markdown" if kind == "markdown" else "code", source=source
            )
            for i, (kind, source) in enumerate(self.cells)
        )
        return Notebook(path=Path(f"{self.name}.ipynb"), cells=cells)


def expected_line(text: str) -> Expected:
    head, *fields = [part.strip() for part in text.split("|")]
    number, verdict, form, *variables = head.split()
    extras = {}
    if fields and re.fullmatch(r"(?:change|\w+=\S+)(?:\s+(?:change|\w+=\S+))*", fields[-1]):
        extras = {key: value for key, _, value in (word.partition("=") for word in fields.pop().split())}
    expected = Expected(
        number=int(number),
        verdict=verdict,
        forms=tuple(form.split("/")),
        variables=tuple(variables),
        kinds=tuple(fields[0].split("/")),
        extras=extras,
    )
    if verdict == "convert":
        _, outputs, reducers = fields
        if outputs != "-":
            pairs = (word.split(":") for word in outputs.split())
            expected.outputs = {name: tuple(hows.split("/")) for name, hows in pairs}
        expected.reducers = tuple(reducers.split("/"))
    else:
        assert verdict == "refuse", text
        expected.reasons = tuple(fields[1].split("/"))
        expected.names = tuple(fields[2].split()) if len(fields) > 2 else ()
    return expected


def read_case(file: Path, text: str) -> Case:
    head, separator, body = text.partition("\n---\n")
    assert separator, f"{file.name}: {head[:60]!r} has no --- line"
    name, *lines = [line.strip() for line in head.strip().split("\n")]
    expected = [expected_line(line) for line in lines if line and line != "none"]
    assert lines, f"{name}: no expectation"
    by_number = {each.number: each for each in expected}
    cells: list[tuple[str, str]] = []
    for piece in re.split(r"^(# %%.*)\n", body.strip("\n") + "\n", flags=re.M):
        if piece.startswith("# %%"):
            cells.append(("markdown" if "[markdown]" in piece else "code", ""))
            continue
        if not cells:
            cells.append(("code", ""))
        source = []
        for line_number, typed in enumerate(piece.rstrip("\n").split("\n"), start=1):
            line = typed
            while found := MARK.search(line):
                place = (len(cells) - 1, line_number)
                if found[2]:
                    by_number[int(found[1])].reason_places.append(place)
                else:
                    by_number[int(found[1])].place = place
                line = line[: found.start()]
            source.append(line)
        cells[-1] = (cells[-1][0], "\n".join(source))
    assert all(each.place != (-1, -1) for each in expected), f"{name}: a finding has no mark"
    return Case(name=name, file=file.stem, expected=expected, cells=cells)


CASES = [
    read_case(file, text)
    for file in sorted(FOLDER.glob("*.cases"))
    for text in re.split(r"^=== ", file.read_text("utf-8"), flags=re.M)[1:]
]


def differences(expected: Expected, found: LoopFinding) -> list[str]:
    """Say in which points a finding is not what the case expects."""
    wrong = []

    def check(what: str, right: bool, came: object, wanted: object) -> None:
        if not right:
            wrong.append(f"{what}: {came!r}, expected {wanted!r}")

    check("verdict", found.verdict == expected.verdict, (found.verdict, found.message), expected.verdict)
    check("form", found.form in expected.forms, found.form, expected.forms)
    check("variables", found.variables == expected.variables, found.variables, expected.variables)
    check("kind", expected.kinds == ("-",) or found.kind in expected.kinds, found.kind, expected.kinds)
    if expected.verdict == "convert" and found.verdict == "convert":
        seen = [each for each in found.outputs if each.is_read_later or each.name in expected.outputs]
        hows = {each.name: each.how for each in seen if each.how not in ("value", "file", "print")}
        names = set(expected.outputs) - {"file", "print"}
        check("outputs", set(hows) == names, hows, expected.outputs)
        for name in names & set(hows):
            check(
                f"how {name} grows", hows[name] in expected.outputs[name], hows[name], expected.outputs[name]
            )
        for what in {"file", "print"} & set(expected.outputs):
            kinds = {each.how for each in found.outputs}
            check("outputs", what in kinds, kinds, what)
        check("reducer", found.reducer in expected.reducers, found.reducer, expected.reducers)
        check("reason", found.reason is None, found.reason, None)
    if expected.verdict == "refuse" and found.verdict == "refuse":
        check("reason", found.reason in expected.reasons, (found.reason, found.message), expected.reasons)
        if expected.reason_places:
            place = (found.cell if found.reason_cell is None else found.reason_cell, found.reason_line)
            check("place of the reason", place in expected.reason_places, place, expected.reason_places)
        about = set(expected.names) <= {*found.names, *re.findall(r"\w+", found.message)}
        check("names", about, (found.names, found.message), expected.names)
        check("reducer", found.reducer is None, found.reducer, None)
    for key, value in expected.extras.items():
        if key == "in":
            check("function", found.in_function == value, found.in_function, value)
        elif key == "items":
            check("items", found.items == int(value), found.items, int(value))
        elif key == "assumes":
            check("assumption", any(value in text for text in found.assumptions), found.assumptions, value)
        elif key == "change":
            check("change", bool(found.change), found.change, "a diff")
    check("message", bool(found.message.strip()), found.message, "a sentence")
    check("rule", bool(re.fullmatch(r"migrate\.[a-z0-9-]+", found.rule)), found.rule, "migrate.NAME")
    return wrong


def problems(case: Case) -> list[str]:
    """Say everything in which the findings of a case's notebook are not what it expects."""
    findings = list(find_loops(case.notebook).loops)
    wrong = []
    for expected in case.expected:
        cell, line = expected.place
        here = [each for each in findings if (each.cell, each.line) == (cell, line)]
        # a comprehension and the call around it may begin on the same line
        here.sort(key=lambda each: len(differences(expected, each)))
        if not here:
            wrong.append(f"nothing found at cell {cell}, line {line} ({expected.verdict})")
            continue
        wrong.extend(differences(expected, here[0]))
        findings.remove(here[0])
    for each in findings:
        if each.verdict == "convert":
            wrong.append(f"converts {each.form} at cell {each.cell}, line {each.line}, which no line expects")
    return wrong


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.name}")
def test_case(case: Case) -> None:
    wrong = problems(case)
    text = "\n\n".join(source for _, source in case.cells)
    assert not wrong, "\n".join(["", *wrong, "", text])


def test_there_are_enough_cases_and_a_third_are_refused() -> None:
    refused = [case for case in CASES if not any(each.verdict == "convert" for each in case.expected)]
    assert len(CASES) >= 250
    assert 3 * len(refused) >= len(CASES)
    names = [(case.file, case.name) for case in CASES]
    assert len(set(names)) == len(names)
