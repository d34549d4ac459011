"""The function's return annotation, where the source alone tells it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from jupyter_agilab.extract.body import Result
from jupyter_agilab.extract.imports import ImportTable
from jupyter_agilab.extract.unit import Unit

_BUILTINS = {
    "len": "int",
    "sorted": "list",
    "list": "list",
    "dict": "dict",
    "set": "set",
    "str": "str",
    "int": "int",
}
_BUILTINS |= {"float": "float", "bool": "bool", "tuple": "tuple"}
_FRAMES = {
    f"{library}.{maker}": library
    for library in ("pandas", "polars")
    for maker in ("DataFrame", "read_csv", "read_parquet", "read_json", "read_excel", "concat")
    if (library, maker) != ("polars", "concat")
}


def return_annotation(unit: Unit, result: Result, imports: ImportTable) -> str:
    """Give the annotation of what the function returns; empty where reading the source does not tell."""
    if result.how == "nothing":
        return "None"
    statement = unit.body[result.index] if result.index >= 0 else None
    value: ast.expr | None = None
    if isinstance(statement, ast.Expr):
        value = statement.value
        if result.how == "argument" and isinstance(value, ast.Call):
            value = value.args[0]
    elif result.how == "name":
        value = _only_value(unit, result.name)
    if isinstance(value, ast.Name):
        value = _only_value(unit, value.id)
    return _annotation(value, unit, imports) if value is not None else ""


def _only_value(unit: Unit, name: str) -> ast.expr | None:
    """Give what a name is assigned, where one top-level assignment is all that binds it."""
    if unit.scope.bound.get(name) != 1:
        return None
    for statement in unit.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                return value
    return None


def _annotation(value: ast.expr, unit: Unit, imports: ImportTable) -> str:
    match value:
        case ast.Constant(value=constant) if type(constant) in (str, int, float, bool):
            return type(constant).__name__
        case ast.JoinedStr():
            return "str"
        case ast.Dict(keys=keys):
            named = keys and all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in keys)
            return "dict[str, object]" if named else "dict"
        case ast.DictComp():
            return "dict"
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Tuple():
            return "tuple"
        case ast.Call(func=ast.Name(id=name)) if name in _BUILTINS and not _is_defined(name, unit):
            return _BUILTINS[name]
        case ast.Call(func=function, keywords=keywords):
            library = _FRAMES.get(unit.meaning(function) or "")
            if library is None or _may_give_other(keywords):
                return ""
            return imports.reference(library, "DataFrame", prefer="pd" if library == "pandas" else "pl")
    return ""


def _is_defined(name: str, unit: Unit) -> bool:
    return name in unit.scope.bound or name in unit.imported or name in unit.captured


def _may_give_other(keywords: Iterable[ast.keyword]) -> bool:
    """Tell whether an option makes ``read_csv`` and the like give something else than one table."""
    return any(k.arg in {"chunksize", "iterator", "typ", "axis", "sheet_name", None} for k in keywords)
