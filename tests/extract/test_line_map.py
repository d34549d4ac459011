"""A traceback's line in the module leads back to the line that was typed."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.from_cell import extract
from jupyter_agilab.extract.line_map import (
    cell_line,
    comment,
    helpers_comment,
    read_helper_map,
    read_line_map,
    runs,
    typed_line,
)

CELL = """import json

# title

def helper(x):
    return 1 / x

a = 1; b = 0
display(a)
with open(path) as f:
    data = json.load(f)
helper(
    data["x"]
)
"""


def failing_lines(data: str, tmp_path: Any) -> list[int | None]:
    text = extract(CELL, name="work", split="files", context=CellContext(first_line=2)).text()
    path = tmp_path / "data.json"
    path.write_text(data)
    namespace: dict[str, Any] = {}
    exec(compile(text, "stage", "exec"), namespace)
    try:
        namespace["work"](str(path))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        return [cell_line(text, frame.lineno or 0) for frame in frames if frame.filename == "stage"]
    return []


def test_lines_of_a_traceback(tmp_path: Any) -> None:
    typed = ["%%parallel_stage work", *CELL.split("\n")]
    assert [typed[line - 1] for line in failing_lines('{"x": 0}', tmp_path) if line] == [
        "helper(",
        "    return 1 / x",
    ]
    assert [typed[line - 1] for line in failing_lines("oops", tmp_path) if line] == [
        "    data = json.load(f)"
    ]
    assert failing_lines('{"x": 2}', tmp_path) == []


def test_lines_that_are_not_the_cells() -> None:
    text = extract(CELL, name="work", split="files", context=CellContext()).text()
    assert cell_line(text, 1) is None
    assert cell_line(text, 10_000) is None
    assert cell_line("x = 1\n", 1) is None


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], ()),
        ([(5, 1), (6, 2), (9, 5)], ((5, 1, 5),)),
        ([(5, 1), (6, 1), (7, 2)], ((5, 1, 1), (6, 1, 2))),
        ([(9, 3), (5, 8), (5, 9)], ((5, 8, 1), (9, 3, 1))),
    ],
)
def test_runs(pairs: list[tuple[int, int]], expected: Any) -> None:
    assert runs(pairs) == expected
    assert read_line_map(f"x = 1\n\n\n{comment(expected)}\n") == expected


def test_long_maps_are_wrapped_and_read() -> None:
    line_map = runs((line, 3 * line) for line in range(10, 80))
    text = f"x = 1\n{comment(line_map)}\n"
    assert max(map(len, text.split("\n"))) <= 88
    assert all(line.startswith("#") for line in text.split("\n")[1:-1])
    assert read_line_map(text) == line_map


def test_the_map_is_in_the_extraction_too(cases: list[Any]) -> None:
    for case in cases[::5]:
        found = case.extract()
        if found.module_text is not None:
            assert read_line_map(found.module_text) == found.line_map


HELPERS = """import json
RATE = 2

class Reading:
    def value(self):   # of a sensor
        return 1 / 0


def outer(x):

    def inner(y):
        return y.value()
    return inner(x)
"""


def typed_lines_of(cell: str) -> list[tuple[str, str]]:
    """Give what a module that fails names: the cell's name and the typed text, frame by frame."""
    setup = ExecutedCell(source=HELPERS, execution_count=1, cell_id="one")
    text = extract(cell, name="work", split="files", context=CellContext(cells=(setup,), first_line=2)).text()
    assert max(map(len, text.split("\n"))) <= 88
    namespace: dict[str, Any] = {}
    exec(compile(text, "stage", "exec"), namespace)
    with pytest.raises(ZeroDivisionError) as caught:
        namespace["work"]("data.json")
    typed = {"": ["%%parallel_stage work", *cell.split("\n")]}
    found = []
    for frame in traceback.extract_tb(caught.value.__traceback__):
        if frame.filename == "stage":
            place = typed_line(text, frame.lineno or 0)
            assert place is not None
            name, line = place
            found.append((name, typed.get(name, HELPERS.split("\n"))[line - 1].strip()))
    return found


FRAMES = [
    ("outer", "return inner(x)"),
    ("outer", "return y.value()"),
    ("Reading", "return 1 / 0"),
]


def test_helpers_of_other_cells_lead_to_the_line_that_was_typed() -> None:
    assert typed_lines_of("# comment\nlen(path)\nouter(Reading())\n") == [("", "outer(Reading())"), *FRAMES]


def test_helpers_of_a_cell_that_is_a_function_already() -> None:
    cell = "def work(path: str) -> float:\n    return outer(Reading())\n"
    assert typed_lines_of(cell) == [("", "return outer(Reading())"), *FRAMES]


def test_helpers_that_stay_inside_the_function() -> None:
    setup = ExecutedCell(source="def twice():\n    return 2 * int(path)\n", execution_count=1)
    cell = "twice() + len(path)\n"
    text = extract(cell, name="work", split="files", context=CellContext(cells=(setup,))).text()
    line = text.split("\n").index("        return 2 * int(path)") + 1
    assert typed_line(text, line) == ("twice", 2)


def test_the_map_of_helpers_is_wrapped_and_read_beside_the_other() -> None:
    helpers = tuple((f"näme_{at}", 10 * at, 3 * at + 1, at % 4 + 1) for at in range(1, 40))
    text = f"x = 1\n\n\n{comment(((5, 2, 3),))}\n{helpers_comment(helpers)}\n"
    assert max(map(len, text.split("\n"))) <= 88
    assert read_helper_map(text) == helpers
    assert read_line_map(text) == ((5, 2, 3),)
    assert helpers_comment(()) == ""
    assert read_helper_map(comment(((5, 2, 3),))) == ()
    assert typed_line(text, 6) == ("", 3)
    assert typed_line(text, 1) is None
