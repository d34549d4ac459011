"""Paths into somebody's home, and secrets, in the cell: the module will be committed and sent around."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.privacy import home_path, is_secret
from jupyter_agilab.extract.unit import Unit


def machine_paths(unit: Unit) -> Iterator[Finding]:
    """Warn about strings that should not be in a file that others see."""
    told: set[int] = set()
    for node in unit.nodes():
        match node:
            case ast.Constant(value=str(text)) if home_path(text):
                yield unit.finding(
                    node,
                    "extract.home-path",
                    "an absolute path into a home folder: no other machine has it",
                    hint="use a path relative to the notebook's folder",
                    severity="warning",
                )
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text)) as value) if (
                is_secret(name, text)
            ):
                told.add(id(value))
                yield _secret(unit, value)
            case ast.keyword(arg=str(name), value=ast.Constant(value=str(text)) as value) if is_secret(
                name, text
            ):
                told.add(id(value))
                yield _secret(unit, value)
            case ast.Constant(value=str(text)) if id(node) not in told and is_secret("", text):
                yield _secret(unit, node)


def _secret(unit: Unit, node: ast.AST) -> Finding:
    return unit.finding(
        node,
        "extract.secret",
        "this looks like a secret, and the module's text would hold it",
        hint="read it from the environment: os.environ[...]",
        severity="error",
    )
