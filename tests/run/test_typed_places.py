"""From a line of a generated module back to the notebook, the cell and the line that was typed."""

import json
import textwrap
from pathlib import Path

import pytest

from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.extract.names import text_digest
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.spec import stage_spec, write_spec
from jupyter_agilab.run.typed_places import TypedPlaces

MODULE = '''\
"""Stage work, written from a cell of flights.ipynb."""


def clean(text):
    """Clean it."""
    return int(text)


def work(i):
    value = clean(i)
    return value


# Lines here = in the cell: 10-11=2
# Lines here = in the cell that defines each: clean 4-6=3
'''
REDUCER = "def merge(results):\n    return 1 / 0\n\n\n# Lines here = in the cell: 1-2=2\n"
SOURCE = 'notebook = "flights.ipynb"\ncell = "c3"'
MARKDOWN = {"cell_type": "markdown", "id": "text", "source": "# Flights"}
CLEAN = "import re\n\ndef clean(text):\n    '''Clean it.'''\n    return int(text)\n"
WORK = ["%%parallel_stage work --input grid.json\n", "value = clean(i)\n", "value"]


def code_cell(name: str, source: object) -> dict[str, object]:
    return {"cell_type": "code", "id": name, "source": source, "execution_count": 9}


class Stage:
    """A stage from a notebook, and a run of it without its driver."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = RunDirectory(folder / ".agilab/runs/work/20260101-000000-0000")
        self.run.path.mkdir(parents=True)

    def notebook(self, *cells: object) -> None:
        text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
        (self.folder / "flights.ipynb").write_text(text)

    def places(
        self, source: str = 'notebook = "flights.ipynb"\ncell = "c3"', module: str = MODULE
    ) -> TypedPlaces:
        (self.folder / "stages").mkdir(exist_ok=True)
        (self.folder / "stages/work.py").write_text(module)
        (self.folder / "stages/merge.py").write_text(REDUCER)
        (self.folder / "grid.json").write_text('{"i": [1, 2]}')
        path = self.folder / "work.parallel_stage.toml"
        path.write_text(
            textwrap.dedent("""
                schema = "agilab.parallel_stage.v1"
                name = "work"
                function = "stages/work.py:work"
                split = "parameter-sweep"
                input = "grid.json"
                workers = 2
                partition_strategy = "parameter-items"
                target_partitions = 0
                min_partitions_per_worker = 1
                reducer = "custom"
                backend = "local"
                output = "work.json"
                notes = "one"
                [reduce]
                function = "stages/merge.py:merge"
                [source]
            """)
            + source
        )
        contract = read_contract(path).contract
        assert contract is not None
        code, reducer = freeze(contract.function, self.folder), freeze("stages/merge.py:merge", self.folder)
        spec = stage_spec(contract, code, record_format_for(contract), self.folder, self.run)
        write_spec(self.run, spec, reducer, contract)
        return TypedPlaces(self.run)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.notebook(MARKDOWN, code_cell("c2", CLEAN), code_cell("c3", WORK))
    return made


def test_the_cell_is_found_by_its_id_and_counted_from_the_top(stage):
    place = stage.places().of(11)
    assert str(place) == "cell 3 of flights.ipynb, line 3"
    assert place.is_found


def test_a_cell_whose_id_is_not_in_the_notebook_is_found_by_its_magic(stage):
    stage.notebook(code_cell("x", "%%parallel_stage working\n"), code_cell("y", ["%%time\n", *WORK]))
    assert str(stage.places().of(10)) == "cell 2 of flights.ipynb, line 2"


def test_lines_of_a_copied_helper_lead_to_the_cell_that_defines_it(stage):
    places = stage.places()
    assert str(places.of(6)) == "cell 2 of flights.ipynb, line 5"
    assert str(places.innermost([10, 6])) == "cell 2 of flights.ipynb, line 5"
    assert str(places.innermost([11, 1])) == "cell 3 of flights.ipynb, line 3"


def test_a_helpers_cell_that_was_edited_since_is_not_mistaken(stage):
    stage.notebook(code_cell("c2", CLEAN.replace("int", "float")), code_cell("c3", WORK))
    assert str(stage.places().of(6)) == "line 5 of the cell that defines clean in flights.ipynb"


def test_lines_that_nobody_typed_lead_nowhere(stage):
    places = stage.places()
    assert [places.of(line) for line in (1, 9, 15, 10_000)] == [None] * 4
    assert places.of(10, "stages/other.py") is None
    assert places.innermost([]) is None


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('cell = "c3"', "line 2 of the cell"),
        ('notebook = "gone.ipynb"', "line 2 of the parallel_stage cell of work in gone.ipynb"),
        ('notebook = "broken.ipynb"', "line 2 of the parallel_stage cell of work in broken.ipynb"),
    ],
)
def test_a_notebook_that_cannot_be_read(stage, source, told):
    (stage.folder / "broken.ipynb").write_text("{")
    assert str(stage.places(source).of(10)) == told


def test_a_notebook_that_was_saved_since_is_read_again(stage):
    places = stage.places()
    assert str(places.of(10)) == "cell 3 of flights.ipynb, line 2"
    stage.notebook(code_cell("c3", WORK), MARKDOWN)
    assert str(places.of(10)) == "cell 1 of flights.ipynb, line 2"


def test_a_module_that_was_edited_by_hand_leads_nowhere(stage):
    told = f'notebook = "flights.ipynb"\ncell = "c3"\ndigest = "{text_digest(MODULE)}"'
    assert stage.places(told).of(10) is not None
    assert stage.places(told, MODULE.replace("clean(i)", "clean(i) + 1")).of(10) is None


def test_a_moved_folder_takes_its_notebook_along(stage, tmp_path):
    stage.places()
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    tmp_path.rename(moved)
    places = TypedPlaces(RunDirectory(moved / stage.run.path.relative_to(tmp_path)))
    assert str(places.of(10)) == "cell 3 of flights.ipynb, line 2"


def test_a_run_without_its_files_leads_nowhere(tmp_path):
    places = TypedPlaces(RunDirectory(tmp_path / ".agilab/runs/work/gone"))
    assert places.of(3) is None
    assert places.mapped('  File "stages/work.py", line 10, in work\n') == (
        '  File "stages/work.py", line 10, in work\n'
    )


def test_every_frame_of_a_traceback_is_mapped(stage):
    text = """\
Traceback (most recent call last):
  File "stages/work.py", line 10, in work
    value = clean(i)
            ^^^^^^^^
  File "stages/work.py", line 6, in clean
    return int(text)
  File "helper.py", line 6, in other
    boom()
ValueError: in File "stages/work.py", line 10, in work
"""
    assert (
        stage.places().mapped(text)
        == """\
Traceback (most recent call last):
  Cell 3 of flights.ipynb, line 2, in work (stages/work.py, line 10)
    value = clean(i)
            ^^^^^^^^
  Cell 2 of flights.ipynb, line 5, in clean (stages/work.py, line 6)
    return int(text)
  File "helper.py", line 6, in other
    boom()
ValueError: in File "stages/work.py", line 10, in work
"""
    )


def test_groups_syntax_errors_and_crash_reports_are_mapped_too(stage):
    places = stage.places()
    group = '    |   File "stages/work.py", line 10, in work\n'
    assert (
        places.mapped(group) == "    |   Cell 3 of flights.ipynb, line 2, in work (stages/work.py, line 10)\n"
    )
    assert places.mapped('  File "stages/work.py", line 10\n') == (
        "  Cell 3 of flights.ipynb, line 2 (stages/work.py, line 10)\n"
    )
    crash = f'  File "{stage.run.code}/stages/work.py", line 10 in work\n'
    assert places.mapped(crash) == "  Cell 3 of flights.ipynb, line 2, in work (stages/work.py, line 10)\n"


def test_the_reducers_frames_lead_to_its_own_cell(stage):
    stage.notebook(
        code_cell("c3", WORK), code_cell("r", "%%parallel_reduce work\ndef merge(results):\n  ...")
    )
    told = stage.places().mapped('  File "stages/merge.py", line 2, in merge\n')
    assert told == "  Cell 2 of flights.ipynb, line 3, in merge (stages/merge.py, line 2)\n"
