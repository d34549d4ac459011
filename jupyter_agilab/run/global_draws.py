"""Which global random generators a stage's code may draw from, as far as its text tells."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

LIBRARIES = ("torch", "tensorflow", "keras", "polars")
"""Libraries with a global generator of their own that can be seeded."""

# these draw only where they are told to, by a name that is looked for
_QUIET = frozenset(
    (
        *("numpy", "pandas", "polars", "pyarrow", "dateutil", "pytz", "tzdata", "yaml", "tqdm", "psutil"),
        *("requests", "openpyxl", "fsspec", "orjson", "pydantic", "rich", "PIL", "lxml", "sqlalchemy"),
        "jupyter_agilab",
    )
)
_SAMPLING = frozenset(("sample", "shuffle", "sample_n"))
_IMPORTING = frozenset(("import_module", "__import__", "exec", "eval"))


@dataclass(frozen=True, slots=True)
class Draws:
    """Generators that may be drawn from.

    Attributes
    ----------
    python, numpy
        The global generators of ``random`` and ``numpy.random``: named in the code, or perhaps used by a
        library that it imports.
    libraries
        Those of `LIBRARIES` that the code imports, also inside functions.
    named
        Those of ``random`` and ``numpy.random`` that the code names itself.
    """

    python: bool = False
    numpy: bool = False
    libraries: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.python or self.numpy or bool(self.libraries)


EVERYTHING = Draws(python=True, numpy=True, libraries=LIBRARIES)
"""For code that cannot be read."""


def draws_in(sources: Mapping[str, str]) -> Draws:
    """Say what modules may draw from.

    Parameters
    ----------
    sources
        Relative path to text, as in `jupyter_agilab.run.types.StageSpec`. Empty means that the code is
        installed somewhere: it may then do anything.
    """
    if not sources:
        return EVERYTHING
    imported: set[str] = set()
    names: set[str] = set()
    try:
        for text in sources.values():
            _collect(ast.parse(text), imported, names)
    except SyntaxError:
        return EVERYTHING
    local = {PurePosixPath(name).parts[0].removesuffix(".py") for name in sources}
    local |= {PurePosixPath(name).stem for name in sources}
    tops = {name.partition(".")[0] for name in imported}
    foreign = tops - local - sys.stdlib_module_names - _QUIET
    may_do_anything = bool(foreign) or bool(names & _IMPORTING)
    named = []
    if "random" in tops - local:
        named.append("random")
    if "numpy.random" in imported or ("numpy" in tops and "random" in names):
        named.append("numpy.random")
    samples = bool(names & _SAMPLING)
    return Draws(
        python="random" in named or may_do_anything or ("polars" in tops and samples),
        numpy="numpy.random" in named or may_do_anything or ("pandas" in tops and samples),
        libraries=tuple(name for name in LIBRARIES if name in tops and (name != "polars" or samples)),
        named=tuple(named),
    )


def _collect(tree: ast.AST, imported: set[str], names: set[str]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            imported.add(node.module)
            imported.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Name):
            names.add(node.id)
