"""The layers, walked: which line imports what, lazy imports included, and which of them break a rule.

`docs/architecture.md` shows the layers as a picture. A rule that stands in the way of good code is changed
here, with its reason, and there.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = "jupyter_agilab"
ROOT = Path(__file__).parents[1] / PACKAGE

LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("front ends", ("magics", "panel", "server", "cli", "demo", "__main__")),
    (
        "api",
        (
            *("api", "existing_runs", "housekeeping", "replays", "stages", "stage_options", "result"),
            *("expectations", "comparison", "previews", "exports", "clusters", "loop_steps", "migration"),
            *("open_notebooks", "workflows"),
        ),
    ),
    ("makers", ("migrate", "workflow", "live", "export")),
    ("doing", ("run", "reduce")),
    ("deciding", ("planning", "partition", "extract")),
    ("artifact", ("contract", "cells", "modules")),
    (
        "ground",
        (
            *("diagnostics", "errors", "atomic", "compact_json", "dated_json", "sealed_json"),
            *("private_folder", "tracebacks", "exact"),
        ),
    ),
)
"""From top to bottom. A part may import any part of a lower layer."""

SIDEWAYS: Mapping[str, tuple[str, ...]] = {
    "magics": ("panel",),
    "__main__": ("cli",),
    "cli": ("demo", "panel"),
    "demo": ("panel",),
    "server": ("panel",),
    "api": (
        *("existing_runs", "housekeeping", "replays", "stages", "stage_options", "result"),
        *("expectations", "comparison", "previews", "exports", "clusters"),
    ),
    "existing_runs": ("result",),
    "loop_steps": ("api", "result"),
    "migration": ("stages", "stage_options", "loop_steps"),
    "open_notebooks": ("stages", "stage_options", "existing_runs"),
    "stages": ("stage_options", "result"),
    "migrate": ("workflow",),
    "live": ("workflow",),
    "run": ("reduce",),
    "planning": ("partition",),
    "contract": ("modules", "cells"),
    "errors": ("diagnostics",),
    "exact": ("errors",),
    "atomic": ("dated_json",),
    "sealed_json": ("atomic", "dated_json"),
}
"""Inside a layer, who may import whom; never both ways."""

HEAVY = frozenset(
    (
        *("dask", "distributed", "pandas", "pyarrow", "polars", "numpy", "sklearn", "matplotlib"),
        *("ipywidgets", "jupyter_server", "jupyterlab", "nbformat", "nbclient", "tornado", "zmq"),
        *("libcst", "tomlkit", "psutil", "yaml", "anywidget"),
        *("fsspec", "h5py", "netCDF4", "openpyxl", "xarray", "zarr"),
    )
)
"""Libraries that cost an import of some 5 ms or more, or that are optional."""

MAY_IMPORT_AT_TOP: Mapping[str, tuple[str, ...]] = {
    # visitors are subclasses of libcst's
    "extract.layout": ("libcst",),
    "extract.spacing": ("libcst",),
    # the live panel: imported when one is shown in a kernel that has a front end
    "panel.widgets.plan_columns": ("numpy",),
    "panel.widgets.run_columns": ("numpy",),
    "panel.widgets.bars": ("numpy",),
    "panel.widgets.partition_table": ("numpy",),
    "panel.widgets.stage_data": ("numpy",),
    "panel.widgets.view_model": ("anywidget",),
    "panel.widgets.workflow_graph": ("anywidget",),
    "panel.widgets.workflow_panel": ("ipywidgets",),
    "panel.widgets.boxes": ("ipywidgets",),
    "panel.widgets.widget_tree": ("ipywidgets",),
    "panel.widgets.stage_panel": ("ipywidgets",),
    "panel.widgets.sections.split": ("ipywidgets",),
    "panel.widgets.sections.trial": ("ipywidgets",),
    "panel.widgets.sections.scale": ("ipywidgets",),
    # loaded by Jupyter's server alone, of whose classes these are subclasses
    "server.app": ("jupyter_server",),
    "server.handlers": ("jupyter_server", "tornado"),
    "server.sockets": ("jupyter_server", "tornado"),
    # subclasses of Dask's; imported when a cluster is started
    "run.clusters.kinds.ssh_processes": ("distributed",),
}
"""The only modules that may import a heavy library when they are imported themselves."""

EAGER = ("", "api", "stages", "magics", "cli", "run.driver", "run.work")
"""What is imported before anybody asked for a heavy library: these must not lead to `MAY_IMPORT_AT_TOP`."""

MAX_LINES = 400
LAYER_OF = {part: number for number, (_, parts) in enumerate(LAYERS) for part in parts}
NAME_OF = {part: name for name, parts in LAYERS for part in parts}


@dataclass(frozen=True)
class Import:
    """``importer`` imports ``imported``; ``lazy``: in a function, ``typing``: for type checkers only."""

    importer: str
    imported: str
    line: int
    lazy: bool
    typing: bool

    def __str__(self) -> str:
        path = (ROOT.name + "." + self.importer).rstrip(".").replace(".", "/")
        file = f"{path}.py" if (ROOT.parent / f"{path}.py").is_file() else f"{path}/__init__.py"
        return f"{file}:{self.line} imports {self.imported}"


class Walker(ast.NodeVisitor):
    """Collects the imports of one module; of this package's own they are named without the package."""

    def __init__(self, module: str, is_package: bool, modules: frozenset[str]) -> None:
        self.module = module
        self.package = module if is_package else module.rpartition(".")[0]
        self.modules = modules
        self.found: list[Import] = []
        self.lazy = self.typing = False

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        lazy, self.lazy = self.lazy, True
        self.generic_visit(node)
        self.lazy = lazy

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_If(self, node: ast.If) -> None:
        typing = self.typing
        self.typing = typing or "TYPE_CHECKING" in ast.dump(node.test)
        for statement in node.body:
            self.visit(statement)
        self.typing = typing
        for statement in node.orelse:
            self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = f"{PACKAGE}.{self.package}".rstrip(".").split(".")
            base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [base])])
        for alias in node.names:
            self.add(f"{base}.{alias.name}", node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        """See ``import_module("x")`` and ``__import__("x")`` too."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in {"import_module", "__import__"} and node.args and isinstance(node.args[0], ast.Constant):
            self.add(str(node.args[0].value), node.lineno)
        self.generic_visit(node)

    def add(self, name: str, line: int) -> None:
        if name.partition(".")[0] == PACKAGE:
            name = name.removeprefix(PACKAGE).removeprefix(".")
            # `from jupyter_agilab.x import y` names the module x.y, or the name y in x
            while name and name not in self.modules:
                name = name.rpartition(".")[0]
            name = f"{PACKAGE}.{name}".rstrip(".")
        self.found.append(Import(self.module, name, line, self.lazy, self.typing))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
MODULES = frozenset(FILES)


def imports_of(
    module: str, text: str, *, is_package: bool, modules: frozenset[str] = MODULES
) -> list[Import]:
    walker = Walker(module, is_package, modules)
    walker.visit(ast.parse(text))
    return walker.found


IMPORTS = {
    module: imports_of(module, path.read_text("utf-8"), is_package=path.name == "__init__.py")
    for module, path in FILES.items()
}


def part_of(module: str) -> str:
    """Give the part that a module of this package belongs to; empty for the package's own ``__init__``."""
    return module.removeprefix(PACKAGE).removeprefix(".").partition(".")[0]


def own(imports: list[Import]) -> Iterator[Import]:
    return (each for each in imports if each.imported.partition(".")[0] == PACKAGE)


def what_is_wrong(each: Import) -> str:
    """Say why an import of our own breaks the layers, and what to do; empty where it does not."""
    importer, imported = part_of(each.importer), part_of(each.imported)
    if importer == imported or not importer:
        return ""
    if not imported:
        # the version is the only thing in the package's __init__ that the parts themselves need
        return (
            ""
            if each.importer
            in {"run.manifest", "run.clusters.service.connect", "cli.command", "panel.report.document"}
            else "import from the module that defines the name instead"
        )
    for part in (importer, imported):
        if part not in LAYER_OF:
            return f"say in LAYERS which layer {part!r} belongs to"
    if LAYER_OF[imported] > LAYER_OF[importer] or imported in SIDEWAYS.get(importer, ()):
        return ""
    return (
        f"{importer} ({NAME_OF[importer]}) must not know {imported} ({NAME_OF[imported]}): "
        f"move what both need down, or hand it in as an argument"
    )


def test_imports_point_down_only() -> None:
    wrong = [
        f"{each}\n    {why}"
        for found in IMPORTS.values()
        for each in own(found)
        if (why := what_is_wrong(each))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_every_part_has_a_layer() -> None:
    homeless = {part for module in MODULES if (part := part_of(module)) and part not in LAYER_OF}
    assert not homeless, f"say in LAYERS which layer they belong to: {sorted(homeless)}"


def test_sideways_imports_go_one_way() -> None:
    assert all(LAYER_OF[a] == LAYER_OF[b] for a, others in SIDEWAYS.items() for b in others)
    edges = {part: set(others) for part, others in SIDEWAYS.items()}
    assert cycle_in(edges) == []


def cycle_in(edges: Mapping[str, set[str]]) -> list[str]:
    """Give the names along one cycle, the first again at the end; empty where there is none."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            path.append(start)
            stack.append((start, iter(sorted(edges.get(start, ())))))
        while stack:
            name, rest = stack[-1]
            after = next(rest, None)
            if after is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif after in path:
                return [*path[path.index(after) :], after]
            elif after not in done:
                path.append(after)
                stack.append((after, iter(sorted(edges.get(after, ())))))
    return []


def test_no_two_modules_need_each_other() -> None:
    edges = {
        module: {name for each in own(found) if (name := each.imported.removeprefix(f"{PACKAGE}.")) != module}
        for module, found in IMPORTS.items()
    }
    cycle = cycle_in(edges)
    told = [str(each) for a, b in pairwise(cycle) for each in IMPORTS[a] if each.imported == f"{PACKAGE}.{b}"]
    assert not cycle, "these modules form a cycle; move what they share into a third:\n" + "\n".join(told)


def heavy_at_top(module: str, imports: list[Import]) -> list[str]:
    allowed = MAY_IMPORT_AT_TOP.get(module, ())
    return [
        f"{each}: import it inside the function that uses it, or name the module in MAY_IMPORT_AT_TOP"
        for each in imports
        if not each.lazy and not each.typing
        if (library := each.imported.partition(".")[0]) in HEAVY and library not in allowed
    ]


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    wrong = [line for module, found in IMPORTS.items() for line in heavy_at_top(module, found)]
    assert not wrong, "\n" + "\n".join(wrong)


def imported_with(root: str) -> dict[str, Import]:
    """Give every module that comes with `root` when it is imported, each with the import that brings it."""
    came: dict[str, Import] = {}
    waiting = [root]
    while waiting:
        for each in own(IMPORTS[waiting.pop()]):
            name = each.imported.removeprefix(PACKAGE).removeprefix(".")
            if each.lazy or each.typing:
                continue
            parents = [name.rsplit(".", up)[0] for up in range(name.count("."), -1, -1)]
            for module in parents:
                if module in MODULES and module not in came:
                    came[module] = each
                    waiting.append(module)
    return came


@pytest.mark.parametrize("root", EAGER, ids=lambda name: name or PACKAGE)
def test_the_allowed_places_are_reached_lazily_only(root: str) -> None:
    eager = [str(each) for module, each in imported_with(root).items() if module in MAY_IMPORT_AT_TOP]
    assert not eager, "a heavy library comes with these; import them inside functions:\n" + "\n".join(eager)


def test_importing_the_package_and_its_api_loads_no_heavy_library() -> None:
    code = f"import sys, {PACKAGE}.api; print(sorted({set(HEAVY)!r} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    assert answer.stdout.strip() == "[]"


def test_modules_stay_small() -> None:
    lines = {str(path): len(path.read_text("utf-8").splitlines()) for path in FILES.values()}
    long = [f"{path} has {count} lines" for path, count in lines.items() if count > MAX_LINES]
    assert not long, f"split these by subject, {MAX_LINES} lines at most:\n" + "\n".join(long)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("run.execute", "from jupyter_agilab.magics import show"),
        ("run.execute", "def f():\n    from jupyter_agilab import api"),
        ("run.execute", "def f():\n    import jupyter_agilab.cli"),
        (
            "run.execute",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from jupyter_agilab.api import run",
        ),
        ("run.execute", "import importlib\nimportlib.import_module('jupyter_agilab.api')"),
        ("run.execute", "from ..api import run"),
        ("reduce.types", "from jupyter_agilab.run.types import Task"),
        ("partition.types", "from jupyter_agilab.planning.plan import Plan"),
        ("extract.scope", "from jupyter_agilab.partition.types import Partition"),
        ("errors", "from jupyter_agilab.contract.model import Contract"),
        ("run.execute", "from jupyter_agilab import __version__"),
    ],
)
def test_each_way_to_import_upwards_is_seen(module: str, text: str) -> None:
    modules = MODULES | {
        "magics",
        "cli",
        "api",
        "run.types",
        "planning.plan",
        "partition.types",
        "contract.model",
    }
    found = imports_of(module, text, is_package=False, modules=modules)
    assert any(what_is_wrong(each) for each in own(found))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("api", "def f():\n    from jupyter_agilab.run.submit import submit"),
        ("run.execute", "from jupyter_agilab.reduce.types import Reducer"),
        ("planning.make", "from jupyter_agilab.partition.types import Partition"),
        ("run.runners.local", "from ..types import Task"),
        ("run.execute", "import os, json\nimport dask"),
    ],
)
def test_what_points_down_or_outside_is_left_alone(module: str, text: str) -> None:
    assert not [each for each in own(imports_of(module, text, is_package=False)) if what_is_wrong(each)]


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np",
        "from dask import delayed",
        "try:\n    import yaml\nexcept ImportError:\n    pass",
    ],
)
def test_a_heavy_library_at_the_top_is_seen(text: str) -> None:
    assert heavy_at_top("run.execute", imports_of("run.execute", text, is_package=False))


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    import numpy",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
        "class A:\n    def f(self):\n        import dask.array",
        "import json",
    ],
)
def test_a_heavy_library_where_it_is_used_is_left_alone(text: str) -> None:
    assert not heavy_at_top("run.execute", imports_of("run.execute", text, is_package=False))


def test_a_cycle_is_found() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
