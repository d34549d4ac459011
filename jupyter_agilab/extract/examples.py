"""What the notebook has under the names that may stand for the partition, as an example of one."""

from __future__ import annotations

import ast
from typing import Any

from jupyter_agilab.contract.model import Split
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.bindings import dotted
from jupyter_agilab.extract.inputs import KINDS_BY_NAME, MISSING, USUAL_NAMES, kind_of
from jupyter_agilab.extract.names import BUILTINS
from jupyter_agilab.extract.origins import Origins, expression_of, literal
from jupyter_agilab.extract.unit import Unit

_READERS = frozenset(
    {"read_csv", "read_parquet", "read_table", "read_json", "read_excel", "read_feather", "DataFrame"}
)


class Examples:
    """Answers questions about the names of one cell."""

    def __init__(self, unit: Unit, origins: Origins, split: Split) -> None:
        self.unit = unit
        self.origins = origins
        self.split = split

    def value(self, name: str) -> Any:
        """Give the value that stands for an example, as far as it is known; else `MISSING`."""
        if self.origins.context.namespace is not None:
            return self.origins.value(name)
        expression = expression_of(self.origins.history.last(name))
        return MISSING if expression is None else literal(expression)

    def is_definition(self, name: str) -> bool:
        """Tell whether a name is a module, a function or a class by the statement that bound it."""
        binding = self.origins.history.last(name)
        return binding is not None and binding.kind in {"import", "function", "class"}

    def may_be_partition(self, name: str) -> bool:
        """Tell whether a name could stand for a partition: it is data of a fitting kind, or nothing yet."""
        if name in BUILTINS or self.is_definition(name):
            return False
        value = self.value(name)
        return value is MISSING or kind_of(value) is not None

    def candidates(self) -> list[str]:
        """Give the names that could be meant, in the order of reading."""
        kinds = {"path", "file", "frame", "table", None}
        reads = self.unit.scope.reads.values()
        names = [read.name for read in reads if read.certain and self.may_be_partition(read.name)]
        return [n for n in names if self.value(n) is MISSING or kind_of(self.value(n)) in kinds]

    def statement(self, name: str, *, any_value: bool) -> int | None:
        """Find the top-level statement that only sets the example, where it is the first to bind the name."""
        for index, statement in enumerate(self.unit.body):
            if target_of(statement) == name:
                fits = any_value or self._is_example(value_of(statement), name)
                return index if fits and name not in self.unit.scope.reads else None
            stored = {
                n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            if name in stored:
                return None
        return None

    def left_out(self, name: str, index: int, why: str) -> Finding:
        """Tell that the statement which sets an example is not part of the function."""
        message = f"{name!r} {why}, so the line that sets an example is left out of the function"
        return self.unit.finding(self.unit.body[index], "extract.example", message, severity="info", key=name)

    def _is_example(self, value: ast.expr, name: str) -> bool:
        """Tell whether an expression is plainly an example: a file's name, ``files[0]``, a file's table."""
        kinds = (*KINDS_BY_NAME.get(name, ()), *USUAL_NAMES.get(name, ()))
        called = (dotted(value.func) or "").rpartition(".")[2] if isinstance(value, ast.Call) else ""
        if "path" in kinds:
            match value:
                case ast.Constant(value=str()) | ast.Subscript(slice=ast.Constant(value=int())):
                    return True
                case ast.Call(args=arguments) if called == "Path":
                    return all(isinstance(argument, ast.Constant) for argument in arguments)
                case _:
                    return False
        if self.split == "data-partitions" and "frame" in kinds and isinstance(value, ast.Call):
            return called in _READERS and all(isinstance(argument, ast.Constant) for argument in value.args)
        return False


def target_of(statement: ast.stmt) -> str | None:
    """Give the name that ``NAME = expression`` binds."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return name
        case _:
            return None


def value_of(statement: ast.stmt) -> ast.expr:
    """Give the expression of an assignment."""
    value = getattr(statement, "value", None)
    return value if isinstance(value, ast.expr) else ast.Constant(None)
