"""Notebooks whose loops are migrated and run without a kernel: stages are called in this process.

What a stage is given and what it gives go through JSON as in a run, so that only the run itself is left out.
"""

import ast
import contextlib
import importlib.util
import io
import json
import os
from pathlib import Path

import nbformat
import pytest

from jupyter_agilab.cells import python_source
from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.exact import pack, unpack
from jupyter_agilab.loop_steps import _prepare
from jupyter_agilab.migrate.finding import LoopFinding, LoopOutput, NotebookFindings
from jupyter_agilab.migration import apply, migrate
from jupyter_agilab.partition.sweep_file import read_sweep_file

MARK = "# LOOP"


class Project:
    """A folder with a notebook of a few cells."""

    def __init__(self, folder: Path, *cells: str) -> None:
        self.folder = folder
        self.path = folder / "work.ipynb"
        self.cells = [cell.strip("\n") for cell in cells]
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell, id=f"c{n}") for n, cell in enumerate(self.cells)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        self.path.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")

    def finding(self, outputs, *, form="for", cell=None, line=None, **more):
        """Make the finding of the loop whose line ends with the mark, or of the last cell's first loop."""
        for number, text in enumerate(self.cells):
            for at, typed in enumerate(text.split("\n"), 1):
                if (typed.endswith(MARK) and cell is None) or (cell == number and at == line):
                    return self._at(number, at, outputs, form, more)
        raise AssertionError("no marked loop")

    def _at(self, number, line, outputs, form, more):
        tree = ast.parse(python_source(self.cells[number]).text)
        ends = [
            n.end_lineno for n in ast.walk(tree) if isinstance(n, ast.For | ast.expr) and n.lineno == line
        ]
        made = tuple(
            LoopOutput(name=name.removesuffix("?"), how=how, is_read_later=not name.endswith("?"))
            for name, how in outputs.items()
        )
        return LoopFinding(
            cell=number,
            cell_id=f"c{number}",
            line=line,
            end_line=max(ends),
            form=form,
            verdict="convert",
            rule="migrate.independent",
            message="the iterations are independent",
            outputs=made,
            **more,
        )

    def migrate(self, *findings, form="python"):
        return migrate(self.path, form=form, found=NotebookFindings(path=str(self.path), loops=findings))

    def run(self, cells=None, **given):
        """Execute the cells in one namespace; gives the namespace."""
        namespace = {"__name__": "__main__", **given}
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()) as out:
            for cell in self.cells if cells is None else cells:
                text = python_source(cell).text.replace("from jupyter_agilab import parallel_steps", "")
                exec(compile(text, "cell", "exec"), namespace)
        namespace["__printed__"] = out.getvalue()
        return namespace

    def now(self):
        """Give the sources of the notebook's code cells as they are in the file."""
        return [cell["source"] for cell in nbformat.read(self.path, 4).cells if cell["cell_type"] == "code"]

    def steps(self, stage, items, *, shared=None, parameters=None, again=False):
        """Stand in for `parallel_steps`: one call after the other, in this process."""
        items = list(items)
        path = self.folder / f"{stage}.parallel_stage.toml"
        _prepare(path, items, shared or {}, parameters or {})
        contract = load_contract(path)
        module, _, name = contract.function.partition(":")
        spec = importlib.util.spec_from_file_location(f"stage_{stage}", self.folder / module)
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        function = getattr(loaded, name)
        given = dict(contract.parameters)
        given |= {k: json.loads((self.folder / v.path).read_text()) for k, v in contract.shared.items()}
        if contract.split == "files":
            calls = [{name_of_first(function): os.fspath(item)} for item in items]
        else:
            calls = list(sets_of(read_sweep_file(contract.input, self.folder)))
            accepted = function.__code__.co_varnames[: function.__code__.co_argcount]
            if accepted == ("params",):
                calls = [{"params": call} for call in calls]
            else:
                calls = [{key: call[key] for key in call if key in accepted} for call in calls]
        results = [unpack(json.loads(json.dumps(function(**call, **given)))) for call in calls]
        return list(zip(items, results, strict=True))


def name_of_first(function):
    return function.__code__.co_varnames[0]


def sets_of(file):
    from itertools import product

    if file.sets is not None:
        return file.sets
    return [dict(zip(file.grid, values, strict=True)) for values in product(*file.grid.values())]


def exact(value):
    """Give text that is the same only for the same value of the same type."""
    return json.dumps(pack(value), sort_keys=False)


@pytest.fixture
def project(tmp_path):
    return lambda *cells: Project(tmp_path, *cells)


@pytest.fixture
def same_names(tmp_path):
    """Migrate, run both ways, and compare names exactly; gives the migration."""

    def check(project, *findings, names, files=()):
        before = project.path.read_bytes()
        expected = project.run()
        written = {name: (project.folder / name).read_bytes() for name in files}
        for name in files:
            (project.folder / name).unlink()
        plain = project.migrate(*findings, form="functions")
        assert not plain.left, [each.reason for each in plain.left]
        assert plain.converted
        cells = [
            plain.cells[index][0].source if index in plain.cells else cell
            for index, cell in enumerate(project.cells)
        ]
        found = project.run(cells)
        for name in names:
            assert exact(found[name]) == exact(expected[name]), (name, cells)
        migration = project.migrate(*findings)
        apply(migration)
        assert project.path.read_bytes() != before
        found = project.run(project.now(), parallel_steps=project.steps)
        for name in names:
            assert exact(found[name]) == exact(expected[name]), (name, project.now())
        for name, data in written.items():
            assert (project.folder / name).read_bytes() == data
        return migration

    return check
