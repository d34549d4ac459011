"""What AGILAB lists of a cell's text: the packages that it imports, and the files that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

ARTEFACTS = (".csv", ".json", ".parquet", ".png", ".jpg", ".jpeg", ".svg", ".html", ".txt", ".toml")
"""Files that AGILAB takes for artefacts."""

_MORE = (".jsonl", ".npy", ".npz", ".pkl", ".pickle", ".xlsx", ".feather", ".h5", ".nc", ".zarr", ".tif")
_READER_NAMES = """
    load loads loadtxt genfromtxt open_dataset imread open read_csv read_excel read_feather read_json
    read_parquet read_pickle read_sql read_table read_text read_bytes read_fwf scan_csv scan_parquet
    """
_READERS = frozenset(_READER_NAMES.split())
_WRITER_NAMES = """
    dump save savetxt savez savefig imwrite imsave to_csv to_excel to_feather to_json to_netcdf to_parquet
    to_pickle to_zarr write_bytes write_csv write_parquet write_text
    """
_WRITERS = frozenset(_WRITER_NAMES.split())
_PATHS = frozenset(("Path", "PurePath", "PosixPath", "PurePosixPath", "join"))


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a piece of code names, each sorted; ``unclear`` are neither read nor written by it."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def imported_packages(code: str) -> list[str]:
    """Give the top-level packages that a text imports, sorted; Python's own too, as AGILAB lists them."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        found = re.findall(r"^\s*(?:import|from)\s+([A-Za-z_]\w*)", code, re.M)
        return sorted(set(found))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return sorted(names)


def named_files(code: str) -> list[str]:
    """Give the strings of a text that AGILAB takes for artefacts, in AGILAB's order: outer ones first."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return []
    found = (
        node.value.strip()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    names = (text for text in found if text.lower().endswith(ARTEFACTS) and "\n" not in text)
    return list(dict.fromkeys(names))


def files_of(tree: ast.AST) -> Files:
    """Tell which files a piece of code reads and writes; names that stand for a literal path are followed."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and (path := _path(node.value, known)):
            known.update({target.id: path for target in node.targets if isinstance(target, ast.Name)})
    inputs, outputs = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            _sort_in(node, known, inputs, outputs)
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_file(node.value)
    }
    return Files(tuple(sorted(inputs)), tuple(sorted(outputs)), tuple(sorted(named - inputs - outputs)))


def _sort_in(node: ast.Call, known: Mapping[str, str], inputs: set[str], outputs: set[str]) -> None:
    name = _called(node.func)
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    if isinstance(node.func, ast.Attribute) and name in {
        "read_text",
        "write_text",
        "read_bytes",
        "write_bytes",
        "open",
    }:
        arguments.append(node.func.value)
    paths = {path for argument in arguments if (path := _path(argument, known))}
    if name == "open":
        mode = next(
            (each.value for each in arguments if isinstance(each, ast.Constant) and _is_mode(each)), "r"
        )
        (outputs if set(str(mode)) & set("wax") else inputs).update(paths)
    elif name in _READERS:
        inputs |= paths
    elif name in _WRITERS:
        outputs |= paths


def _is_mode(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and re.fullmatch(r"[rwaxbt+]{1,4}", node.value) is not None


def _path(node: ast.expr, known: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if _is_file(node.value) else ""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Call) and _called(node.func) in _PATHS and node.args:
        return _path(node.args[-1], known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _path(node.right, known)
    return ""


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_file(text: str) -> bool:
    return "\n" not in text and PurePosixPath(text.strip()).suffix.lower() in ARTEFACTS + _MORE
