"""Writes to a file whose name is the same in every partition: they would overwrite each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit

_METHODS = frozenset(
    [
        "imsave",
        "savefig",
        "to_csv",
        "to_excel",
        "to_feather",
        "to_file",
        "to_hdf",
        "to_html",
        "to_json",
        "to_latex",
        "to_markdown",
        "to_netcdf",
        "to_orc",
        "to_parquet",
        "to_pickle",
        "to_stata",
        "to_xml",
        "to_zarr",
        "write_csv",
        "write_excel",
        "write_html",
        "write_image",
        "write_ipc",
        "write_json",
        "write_ndjson",
        "write_parquet",
        "sink_csv",
        "sink_parquet",
        "tofile",
    ]
)
"""Methods whose first argument is the file."""

_ON_PATH = frozenset({"write_text", "write_bytes"})
_FUNCTIONS: dict[str, int] = {
    "numpy.save": 0,
    "numpy.savez": 0,
    "numpy.savez_compressed": 0,
    "numpy.savetxt": 0,
    "joblib.dump": 1,
    "torch.save": 1,
    "cv2.imwrite": 0,
    "imageio.imwrite": 0,
    "imageio.imsave": 0,
    "skimage.io.imsave": 0,
    "matplotlib.pyplot.imsave": 0,
    "scipy.io.savemat": 0,
    "scipy.sparse.save_npz": 0,
    "pyarrow.parquet.write_table": 1,
    "pyarrow.csv.write_csv": 1,
    "sqlite3.connect": 0,
}
"""Functions that write a file, with the place of its name among the arguments."""

_MAKING_PATHS = {
    "pathlib.Path",
    "pathlib.PurePath",
    "os.path.join",
    "str",
    "os.fspath",
    "os.path.abspath",
    "range",
}


def fixed_outputs(unit: Unit) -> Iterator[Finding]:
    """Refuse to write where the file's name does not depend on the partition."""
    if unit.role == "reducer":
        return
    for node in unit.nodes():
        target = _target(node, unit) if isinstance(node, ast.Call) else None
        if target is not None and _is_fixed(target, unit, frozenset()):
            shown = ast.unparse(target)
            yield unit.finding(
                node,
                "extract.fixed-output",
                f"every partition writes to the same file, {shown}",
                hint="make its name from the partition (its path's stem, say), or return the data",
            )


def _target(call: ast.Call, unit: Unit) -> ast.expr | None:
    """Give the expression that names the file a call writes to, None where it writes none."""
    path = unit.meaning(call.func) or ""
    if path in {"open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open"}:
        return _argument(call, 0, "file", "filename") if _is_writing(_argument(call, 1, "mode")) else None
    if path in _FUNCTIONS:
        return _argument(call, _FUNCTIONS[path], "file", "fname", "path", "filename")
    if not isinstance(call.func, ast.Attribute):
        return None
    if call.func.attr in _METHODS:
        return _argument(call, 0, "path_or_buf", "path", "fname", "excel_writer", "file", "buf")
    if call.func.attr in _ON_PATH:
        return call.func.value
    if call.func.attr == "open" and _is_writing(_argument(call, 0, "mode")):
        return call.func.value
    return None


def _argument(call: ast.Call, place: int, *names: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    return (
        call.args[place] if len(call.args) > place and not isinstance(call.args[place], ast.Starred) else None
    )


def _is_writing(mode: ast.expr | None) -> bool:
    return (
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax+"))
    )


def _is_fixed(node: ast.expr, unit: Unit, seen: frozenset[str]) -> bool:
    """Tell whether an expression has the same value in every partition, as far as the source tells it."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str | int | float)
        case ast.JoinedStr(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_is_fixed(part, unit, seen) for part in parts)
        case ast.FormattedValue(value=value) | ast.Attribute(value=value):
            return _is_fixed(value, unit, seen)
        case ast.BinOp(left=left, right=right):
            return _is_fixed(left, unit, seen) and _is_fixed(right, unit, seen)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            if any(keyword.arg != "sep" for keyword in keywords) or not all(
                _is_fixed(a, unit, seen) for a in arguments
            ):
                return False
            if unit.meaning(function) in _MAKING_PATHS:
                return True
            return isinstance(function, ast.Attribute) and _is_fixed(function.value, unit, seen)
        case ast.Name(id=name):
            return _is_fixed_name(node, name, unit, seen)
        case _:
            return False


def _is_fixed_name(node: ast.Name, name: str, unit: Unit, seen: frozenset[str]) -> bool:
    if unit.is_captured(node, "parameter", "constant"):
        return True
    if name in seen or unit.is_outside(node) or not unit.is_cell or name in unit.imported:
        return False
    values = list(_values_of(name, unit))
    return bool(values) and all(
        value is not None and _is_fixed(value, unit, seen | {name}) for value in values
    )


def _values_of(name: str, unit: Unit) -> Iterator[ast.expr | None]:
    """Give each value that the cell gives a name; None stands for one that cannot be told."""
    for node in unit.nodes():
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name) and target.id == name:
                        yield value
                    elif any(
                        isinstance(n, ast.Name) and n.id == name for n in ast.walk(target) if _stores(n)
                    ):
                        yield None
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                yield value
            case ast.For(target=target, iter=iterated) | ast.comprehension(target=target, iter=iterated):
                if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(target)):
                    yield iterated
            case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case ast.NamedExpr(target=ast.Name(id=target)) | ast.arg(arg=target) if target == name:
                yield None
            case ast.withitem(optional_vars=ast.Name(id=target)) if target == name:
                yield None


def _stores(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
