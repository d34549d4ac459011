"""A task's function as a module: its text, and that of what it uses of the program around it."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.constants import is_constant, python_text
from jupyter_agilab.extract.imports import ImportLine, ImportTable, import_for
from jupyter_agilab.extract.scope import analyse


class ModuleText:
    """Collects what a function needs; `findings` say what a module cannot hold.

    Parameters
    ----------
    function
        A function of a notebook, a script or a module; what it reads from outside is looked up as it is now.
    task
        Its task's name, for what is told.
    """

    def __init__(self, function: Callable[..., Any], task: str) -> None:
        self.findings: list[Finding] = []
        self.name = ""
        self._task = task
        self._imports = ImportTable()
        self._constants: dict[str, str] = {}
        self._definitions: dict[str, tuple[Any, str]] = {}
        self._extra: dict[str, None] = {}
        if getattr(function, "__name__", "") == "<lambda>" or not inspect.isfunction(function):
            self._refuse(
                f"it is {_kind(function)}, which has no text of its own", "write it as a function with def"
            )
            return
        self.name = function.__name__
        self._add(function, self.name)

    def text(self, folder: Path, adapted: str = "") -> str:
        """Give the module's text: imports, constants, functions, and `adapted` at the end."""
        parts = ["from __future__ import annotations", *self._imports.render(folder)]
        if self._constants:
            parts.append("\n".join(f"{name} = {value}" for name, value in self._constants.items()))
        body = [text for _, text in reversed(self._definitions.values())]
        if self._extra:
            body.append("\n".join(self._extra))
        if adapted:
            body.append(adapted)
        return "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(body) + "\n"

    def constant(self, value: Any) -> str:
        """Give the text of a constant, with its imports added."""
        return python_text(value, self._imports)

    def add_import(self, module: str) -> None:
        """Add ``import module``."""
        self._imports.add(ImportLine(module, None))

    def _add(self, function: Callable[..., Any], name: str) -> None:
        held = self._definitions.get(name)
        if held is not None:
            if held[0] is not function:
                self._refuse(
                    f"two different functions of it are called {name}", "give them names of their own"
                )
            return
        node = self._definition(function)
        if node is None:
            return
        text, tree = node
        self._definitions[name] = (function, text)
        known = _known_to(function)
        for used in analyse([tree]).reads:
            if used == name or (hasattr(builtins, used) and used not in known):
                continue
            if used not in known:
                self._refuse(
                    f"it uses {used}, which is not defined", "define it before the program is exported"
                )
                continue
            self._add_used(used, known[used], function)

    def _add_used(self, name: str, value: Any, user: Callable[..., Any]) -> None:
        from jupyter_agilab.live.task import Task

        if isinstance(value, Task):
            self._add(value.unwrapped, value.unwrapped.__name__)
            self._imports.add(ImportLine("jupyter_agilab", "task"))
            self._extra[f"{name} = task({value.unwrapped.__name__})"] = None
            return
        is_own = getattr(value, "__module__", None) == user.__module__
        if inspect.isfunction(value) and is_own:
            self._add(value, value.__name__)
            if value.__name__ != name:
                self._extra[f"{name} = {value.__name__}"] = None
            return
        if is_constant(value):
            self._constants[name] = python_text(value, self._imports)
            return
        line = None if is_own and isinstance(value, type) else import_for(name, value)
        if line is not None and line.module not in {"__main__", user.__module__}:
            self._imports.add(line)
            return
        self._refuse(
            f"it uses {name}, {_kind(value)}, which a module cannot hold",
            "put the class into a module of its own, and import it"
            if isinstance(value, type)
            else "make it in the function, or give it as an argument",
        )

    def _definition(self, function: Callable[..., Any]) -> tuple[str, ast.FunctionDef] | None:
        """Give a function's text without its decorators, and its tree."""
        try:
            source = textwrap.dedent(inspect.getsource(function))
            tree = ast.parse(source).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            tree, source = None, ""
        if not isinstance(tree, ast.FunctionDef):
            self._refuse(f"the text of {function.__name__} cannot be found", "put it into a file or a cell")
            return None
        lines = source.splitlines()[tree.lineno - 1 : tree.end_lineno]
        tree.decorator_list = []
        return "\n".join(lines), tree

    def _refuse(self, message: str, hint: str) -> None:
        self.findings.append(
            Finding(code="program.function", message=f"{self._task}: {message}", key=self._task, hint=hint)
        )


def _known_to(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Give what a function sees around it: the functions that it is written in, then its module."""
    known: dict[str, Any] = dict(getattr(function, "__globals__", {}))
    code = getattr(function, "__code__", None)
    for name, cell in zip(
        code.co_freevars if code else (), getattr(function, "__closure__", None) or (), strict=False
    ):
        try:
            known[name] = cell.cell_contents
        except ValueError:
            # bound later than the function was made, and not yet
            known.pop(name, None)
    return known


def _kind(value: Any) -> str:
    name = "lambda" if getattr(value, "__name__", "") == "<lambda>" else type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
