"""Carries out on the walk what the tables say of a call."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.know import Known
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import DATA, Value

_KEEPS_PARTS = ("sklearn.pipeline", "torch", "keras", "tensorflow", "transformers")
_READS_FILE = ("read_", "load", "imread", "open_dataset", "genfromtxt", "loadtxt", "scan_", "open_mfdataset")


def carry_out(
    walk: Walk,
    node: ast.Call,
    text: str,
    known: Known,
    receiver: Value | None,
    args: list[Value],
    named: dict[str, Value],
) -> Value:
    """Note the effects of a known call and give its value."""
    several = ([receiver] if receiver is not None else []) + args + list(named.values())
    match known.effect:
        case "mutates":
            _mutates(walk, node, text, known, receiver, args)
        case "draws":
            if known.detail == "tensorflow" and text.startswith("tensorflow.keras.layers"):
                walk.note("draw", "tensorflow", node, detail=text)
            elif known.detail not in walk.seeded and "all" not in walk.seeded:
                walk.note("draw", known.detail, node, detail=text)
            if text.rpartition(".")[2] == "shuffle" and args:
                walk.mutate(args[0], node, f"{text}(...)")
        case "plots":
            if (
                (text.startswith(".") and receiver is not None and _axes_given(named))
                or _axes_given(named)
                or not walk.owns_figure
            ):
                walk.note("plot", text, node, detail=f"{text}(...)")
            return Value(known.gives)
        case "figure":
            walk.note("figure", text, node)
            walk.owns_figure = True
            if known.gives == "figure-axes":
                return Value("tuple", parts=(Value("figure"), Value("axes")))
            return Value("figure")
        case "shows":
            walk.note("show", known.detail, node, detail=text)
            return Value("none")
        case "prints":
            walk.note("print", "", node)
        case "writes":
            _writes(walk, node, text, known, receiver, args, named)
        case "handle":
            return _opens(walk, node, text, receiver if known.detail == "self" else None, args, named)
        case "global":
            walk.note("global", known.detail, node, detail=text)
        case "exits":
            walk.note("exit", f"{text}(...)", node)
        case "asks":
            walk.note("ask", text, node, detail=text)
        case _:
            if (
                text.rpartition(".")[2].startswith(_READS_FILE)
                and "read_sql" not in text
                and "loads" not in text
            ):
                where = args[0] if args else next(iter(named.values()), None)
                shown = node.args[0] if node.args else node.keywords[0].value if node.keywords else None
                if where is not None and shown is not None:
                    walk.note("read-file", ast.unparse(shown), node, varies=where.varies)
    reach = frozenset().union(*(each.reach for each in several), frozenset()) if known.shares else frozenset()
    if known.gives.startswith("lib:"):
        inside = frozenset().union(*(each.reach for each in several), frozenset())
        return Value(known.gives, frozenset(), inside)
    if text in {".copy", "copy.copy"}:
        copied = receiver if receiver is not None else args[0] if args else Value()
        # a copied list or dict still holds the same elements
        inside = (
            copied.reach if copied.kind in {"dict", "list", "set"} or text == "copy.copy" else frozenset()
        )
        return Value(copied.kind, frozenset(), inside)
    if text in {"csv.writer", "csv.DictWriter"} and args:
        return args[0]
    if text == ".fit" and receiver is not None:
        return receiver
    kind = known.gives
    if kind == "like-argument":
        first = args[0].kind if args else ""
        kind = first if first in {"array", "frame", "series", "tensor", "xarray"} else "number"
    if not kind and receiver is not None and receiver.kind in DATA and not known.shares:
        kind = _same_kind(text, receiver.kind)
    if known.shares and known.gives in {"list", "dict", "set", "tuple", "iterator"} and receiver is None:
        return Value(kind, frozenset(), reach)
    return Value(kind, reach, reach)


def _same_kind(text: str, kind: str) -> str:
    keeps = {
        "copy",
        "sort_values",
        "sort_index",
        "fillna",
        "dropna",
        "astype",
        "round",
        "clip",
        "rename",
        "drop",
        "head",
        "tail",
        "filter",
        "query",
        "reindex",
        "assign",
        "where",
        "mask",
        "interpolate",
        "shift",
        "diff",
        "cumsum",
        "pct_change",
        "rank",
        "abs",
        "sample",
        "apply",
        "map",
        "applymap",
        "mean",
        "sum",
        "std",
        "agg",
        "sel",
        "isel",
        "select",
        "sort",
        "rolling",
        "resample",
        "transpose",
        "replace",
        "strip",
        "lower",
        "upper",
        "corr",
        "cov",
    }
    name = text.lstrip(".")
    if name in {"mean", "sum", "std"} and kind != "groupby":
        return "number" if kind in {"series", "array"} else kind if kind == "xarray" else ""
    return kind if name in keeps and kind != "groupby" else ""


def _axes_given(named: dict[str, Value]) -> bool:
    given = named.get("ax") or named.get("axes")
    return given is not None and bool(given.roots | given.inside)


def _mutates(
    walk: Walk, node: ast.Call, text: str, known: Known, receiver: Value | None, args: list[Value]
) -> None:
    if receiver is None:
        if args:
            # `next` on an iterator from outside takes an item away from the other iterations
            walk.mutate(args[0], node, f"{text}(...)", depth=1 if known.detail == "next" else 0)
        return
    walk.mutate(receiver, node, f"{text}(...)")
    held = receiver.inside - receiver.roots
    if (
        held
        and receiver.kind.startswith("lib:")
        and text in {".fit", ".train", ".fit_transform", ".step", ".run"}
    ):
        path = receiver.kind.removeprefix("lib:")
        for name in sorted(held):
            kind = walk.outer(name).kind
            if kind.startswith(("lib:", "object:")) or (kind not in DATA and path.startswith(_KEEPS_PARTS)):
                walk.note("mutate", name, node, detail=f"{text}(...) of an object that holds it", depth=1)


def _path_of(
    node: ast.Call, detail: str, args: list[Value], named: dict[str, Value]
) -> tuple[ast.expr | None, Value | None]:
    place = int(detail) if detail.isdigit() else 0
    if place < len(args):
        return node.args[place], args[place]
    for keyword in node.keywords:
        if keyword.arg in {
            "path",
            "filename",
            "fname",
            "file",
            "path_or_buf",
            "dst",
            "excel_writer",
            "fp",
            "f",
            "out",
            "uri",
            "fid",
        }:
            return keyword.value, named[keyword.arg]
    return None, None


def _writes(
    walk: Walk,
    node: ast.Call,
    text: str,
    known: Known,
    receiver: Value | None,
    args: list[Value],
    named: dict[str, Value],
) -> None:
    if known.detail == "self" and receiver is not None:
        shown: ast.expr | None = node.func.value if isinstance(node.func, ast.Attribute) else None
        where: Value | None = receiver
    else:
        shown, where = _path_of(node, known.detail, args, named)
    if where is None or shown is None:
        # `df.to_csv()` gives text, `img.save(...)` without a path writes nowhere that can be seen
        if text in {".to_csv", ".to_json"}:
            return
        walk.note("write", text, node, detail="unknown", varies=False)
        return
    if where.kind == "handle":
        walk.mutate(where, node, f"{text}(...)")
        return
    if where.kind == "buffer" and not where.roots:
        return
    mode = named_text(node, "mode")
    detail = "append" if mode.startswith("a") else "write"
    if text in {"os.remove", "os.unlink", "os.rmdir", "shutil.rmtree", ".unlink"}:
        detail = "delete"
    if text in {".mkdir", ".touch"}:
        return
    walk.note("write", ast.unparse(shown), node, detail=detail, varies=where.varies)


def named_text(node: ast.Call, name: str) -> str:
    """Give the text of a keyword argument that is a literal, else an empty string."""
    for keyword in node.keywords:
        if (
            keyword.arg == name
            and isinstance(keyword.value, ast.Constant)
            and isinstance(keyword.value.value, str)
        ):
            return keyword.value.value
    return ""


def _opens(
    walk: Walk, node: ast.Call, text: str, receiver: Value | None, args: list[Value], named: dict[str, Value]
) -> Value:
    own = receiver is not None
    mode_place = 0 if own else 1
    mode = named_text(node, "mode")
    if not mode and len(node.args) > mode_place:
        given = node.args[mode_place]
        mode = str(given.value) if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""
    if own and isinstance(node.func, ast.Attribute):
        shown: ast.expr | None = node.func.value
        where: Value | None = receiver
    else:
        shown, where = _path_of(node, "0", args, named)
    shown_text = ast.unparse(shown) if shown is not None else text
    varies = where.varies if where is not None else False
    if "pandas.ExcelWriter" in text or "PdfPages" in text:
        mode = mode or "w"
    if mode in {"update", "ostream"}:
        mode = "w"
    elif mode in {"readonly", "denywrite"}:
        mode = "r"
    if text == "sqlite3.connect":
        return Value("handle", varies=varies)
    if any(letter in mode for letter in "wax+"):
        detail = "append" if "a" in mode else "write"
        walk.note("write", shown_text, node, detail=detail, varies=varies)
    else:
        walk.note("read-file", shown_text, node, varies=varies)
    return Value("handle", varies=varies)
