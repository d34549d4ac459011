"""Annotations of the partition's parameters: by them the runner knows what to pass."""

from __future__ import annotations

import ast
from typing import Any

from jupyter_agilab.extract.constants import annotation_of, is_constant
from jupyter_agilab.extract.imports import ImportTable
from jupyter_agilab.extract.inputs import MISSING, Input
from jupyter_agilab.extract.kinds import ancestors
from jupyter_agilab.extract.unit import Unit

_ONLY_PATHS_HAVE = frozenset(
    [
        "as_posix",
        "exists",
        "glob",
        "is_dir",
        "is_file",
        "iterdir",
        "joinpath",
        "name",
        "open",
        "parent",
        "parents",
        "parts",
        "read_bytes",
        "read_text",
        "relative_to",
        "resolve",
        "rglob",
        "stat",
        "stem",
        "suffix",
        "suffixes",
        "with_name",
        "with_stem",
        "with_suffix",
        "write_bytes",
        "write_text",
    ]
)


def annotate(chosen: Input, unit: Unit, imports: ImportTable) -> str:
    """Give the annotation of an input, adding the import that it needs."""
    match chosen.kind:
        case "path":
            return imports.reference("pathlib", "Path") if _is_path(chosen, unit) else "str"
        case "file":
            return imports.reference("typing", "TextIO" if _is_text(chosen, unit) else "BinaryIO")
        case "frame":
            library = _library(chosen.value, imports)
            return imports.reference(library, "DataFrame", prefer="pl" if library == "polars" else "pd")
        case "table":
            return imports.reference("pyarrow", "Table", prefer="pa")
        case "rows" | "lines":
            inside = "dict" if chosen.kind == "rows" else "str"
            return f"{imports.reference('collections.abc', 'Iterator')}[{inside}]"
        case "results":
            return f"{imports.reference('collections.abc', 'Iterator')}[{imports.reference('typing', 'Any')}]"
        case "params":
            return f"dict[str, {imports.reference('typing', 'Any')}]"
        case "seed":
            return "int"
        case "rng":
            return imports.reference("numpy", "random", prefer="np") + ".Generator"
        case "partition" | "element":
            return imports.reference("typing", "Any")
        case "value":
            text = annotation_of(chosen.value, imports) if is_constant(chosen.value) else ""
            return text or imports.reference("typing", "Any")


def _is_path(chosen: Input, unit: Unit) -> bool:
    if chosen.value is not MISSING:
        return type(chosen.value) is not str
    attributes = {chain.partition(".")[0] for chain in unit.scope.chains.get(chosen.name, ())}
    return bool(attributes & _ONLY_PATHS_HAVE)


def _is_text(chosen: Input, unit: Unit) -> bool:
    if chosen.value is not MISSING:
        return any(name == "_TextIOBase" for _, name in ancestors(chosen.value))
    for node in unit.nodes():
        if isinstance(node, ast.For | ast.comprehension) and _is_name(node.iter, chosen.name):
            return True
        if isinstance(node, ast.Call) and any(_is_name(argument, chosen.name) for argument in node.args):
            return unit.meaning(node.func) in {"csv.reader", "csv.DictReader", "json.load"}
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _library(value: Any, imports: ImportTable) -> str:
    if value is not MISSING:
        return "polars" if next(iter(ancestors(value)))[0].startswith("polars") else "pandas"
    roots = {meaning.partition(".")[0] for meaning in imports.meanings().values()}
    return "polars" if "polars" in roots and "pandas" not in roots else "pandas"
