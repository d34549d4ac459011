"""Whether a candidate goes over files, over parts of one table or collection, or over parameters."""

from __future__ import annotations

import ast
import re

from jupyter_agilab.contract.model import Split
from jupyter_agilab.migrate.know.words import words
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.uses import uses_of

_FILE_CALLS = frozenset(
    {
        "glob",
        "iglob",
        "rglob",
        "listdir",
        "iterdir",
        "walk",
        "scandir",
        "find_files",
        "get_files",
        "list_files",
    }
)
_GRIDS = frozenset(
    {
        "ParameterGrid",
        "ParameterSampler",
        "product",
        "linspace",
        "logspace",
        "geomspace",
        "arange",
        "permutations",
        "combinations",
    }
)
_TABLE_CALLS = frozenset(
    words(
        """
    iterrows itertuples iter_rows iteritems groupby group_by unique date_range period_range split
    array_split bdate_range value_counts get_chunk resample rolling to_dict iter_slices read_csv
    read_sql find_all findall
"""
    )
)
_PARAMETER = re.compile(
    r"(^|_)(param|hyper|lr|rate|seed|alpha|beta|gamma|lam|lambda|eps|epsilon|sigma|degree|depth|neighbor|estimator|leaf|"
    r"node|trial|epoch|iteration|iter|rep|repeat|run|sim|realization|temp|threshold|grid|combo|config|setting|"
    r"order|scale|size|sizes|factor|ks|ns|model|models|classifier|regressor|clf|method|kernel|algorithm|"
    r"optimizer|style|version|option|mode|solver|loss|variant|scenario|strategy|policy|year|years|budget|steps|bins|num|workers)s?(_|$)",
    re.IGNORECASE,
)
_LETTER = re.compile(r"^(k|n|C|ks|ns|Cs)$")
_FILE_WORD = re.compile(
    r"(^|_)(file|fname|filename|path|fn|fp|pdf|img_?path|csv|url|filepath|notebook|nc|tif|fits|paths|files|filenames|fnames|folder|dir|directory)s?\d*(_|$)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{2,5}$|[*?]\.")


def split_kind(facts: Facts) -> Split:
    """Tell the kind of split, from the iterable first and then from what the body does with the item."""
    candidate = facts.candidate
    node = candidate.iterable
    if candidate.form in {"groupby-apply", "pandarallel", "swifter"} or candidate.flavour == "chunks":
        return "data-partitions"
    if candidate.flavour == "papermill":
        return "parameter-sweep"
    told = _of_iterable(facts, node, 0) if node is not None else ""
    if told == "files" or _reads_item(facts):
        return "files"
    if told == "range":
        return _of_range(facts)
    if told == "params":
        return "parameter-sweep"
    if told == "table":
        return "data-partitions"
    names = [*facts.variables]
    shown = _named(node)
    if any(_FILE_WORD.search(name) for name in names) and _opens_something(facts):
        return "files"
    if shown and _FILE_WORD.search(shown):
        return "files"
    if told == "numbers":
        return "parameter-sweep"
    if any(_PARAMETER.search(name) or _LETTER.match(name) for name in (*names, *([shown] if shown else []))):
        return "parameter-sweep"
    return "data-partitions"


def _named(node: ast.expr | None) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        if isinstance(node, ast.Call):
            if not node.args or (
                isinstance(node.func, ast.Attribute) and node.func.attr in {"items", "values", "keys"}
            ):
                node = node.func
            else:
                node = node.args[0]
        else:
            node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _of_iterable(facts: Facts, node: ast.expr, depth: int) -> str:
    if depth > 6:
        return ""
    match node:
        case ast.Call():
            return _of_call(facts, node, depth)
        case ast.List() | ast.Tuple() | ast.Set():
            return _of_literal(node)
        case ast.ListComp() | ast.GeneratorExp():
            made = ast.unparse(node.elt)
            if _SUFFIX.search(made.strip("'\"")) or "Path(" in made or "os.path.join" in made:
                return "files"
            return _of_iterable(facts, node.generators[0].iter, depth + 1)
        case ast.Subscript() | ast.Attribute():
            if isinstance(node, ast.Attribute) and node.attr in {"columns", "index", "loc", "iloc"}:
                return "table"
            return _of_iterable(facts, node.value, depth + 1)
        case ast.Name():
            binding = facts.scene.binding(node.id)
            if binding is None or binding.value is None or binding.role not in {"assigned", "part"}:
                return ""
            if isinstance(binding.value, ast.Dict):
                values = [each.value for each in binding.value.values if isinstance(each, ast.Constant)]
                if values and all(isinstance(v, str) and _SUFFIX.search(v) for v in values):
                    return "files"
                if values and all(isinstance(v, int | float) for v in values):
                    return ""
            if isinstance(binding.value, ast.List) and not binding.value.elts:
                return _of_filled(facts, node.id)
            return _of_iterable(facts, binding.value, depth + 1)
        case ast.BinOp():
            return _of_iterable(facts, node.left, depth + 1) or _of_iterable(facts, node.right, depth + 1)
        case _:
            return ""


def _of_filled(facts: Facts, name: str) -> str:
    """Look at what is appended to a list that starts empty."""
    appended = uses_of(facts.scene.program).appended.get(name)
    text = ast.unparse(appended) if appended is not None else ""
    return "files" if _SUFFIX.search(text.strip("'\"")) or "path.join" in text else ""


def _of_literal(node: ast.List | ast.Tuple | ast.Set) -> str:
    first = node.elts[0] if node.elts else None
    if isinstance(first, ast.Tuple) and first.elts:
        if any(isinstance(e, ast.Constant) and isinstance(e.value, int | float) for e in first.elts):
            return "params"
        first = first.elts[-1]
    if isinstance(first, ast.UnaryOp):
        return "numbers"
    if isinstance(first, ast.Constant):
        if isinstance(first.value, str):
            return "files" if _SUFFIX.search(first.value) and " " not in first.value else ""
        return "numbers"
    if isinstance(first, ast.JoinedStr):
        return "files" if _SUFFIX.search(ast.unparse(first).strip("'\"")) else ""
    if isinstance(first, ast.Dict):
        return "params"
    return "numbers" if isinstance(first, ast.BinOp) else ""


def _of_call(facts: Facts, node: ast.Call, depth: int) -> str:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    if name in _FILE_CALLS:
        return "files"
    if name == "range":
        return "range"
    if name in _GRIDS:
        return "params"
    if name in _TABLE_CALLS:
        return "table"
    if name in {"items", "values", "keys"} and isinstance(func, ast.Attribute):
        return _of_iterable(facts, func.value, depth + 1)
    if name == "zip":
        told = [_of_iterable(facts, each, depth + 1) for each in node.args]
        return next((each for each in ("files", "params", "numbers", "table", "range") if each in told), "")
    if node.args and (
        name
        in {
            "enumerate",
            "sorted",
            "list",
            "reversed",
            "tuple",
            "set",
            "array",
            "asarray",
            "tqdm",
            "track",
            "iter",
            "trange",
            "from_sequence",
            "shuffle",
        }
    ):
        return _of_iterable(facts, node.args[0], depth + 1)
    if isinstance(func, ast.Attribute) and name in {
        "tolist",
        "head",
        "sample",
        "sort_values",
        "reset_index",
        "to_list",
        "copy",
        "iter",
    }:
        return _of_iterable(facts, func.value, depth + 1)
    return ""


def _of_range(facts: Facts) -> Split:
    """``range``: positions in a collection where it is counted by one, numbers of a sweep otherwise."""
    found = _range_call(facts, facts.candidate.iterable)
    text = ast.unparse(found) if found is not None else ""
    counted = re.findall(r"len\(([^()]*)\)|([\w.]+)\.(?:shape|size|nrows|num_rows)", text)
    for pair in counted:
        name = (pair[0] or pair[1]).split(".")[0].split("[")[0]
        if re.fullmatch(r"\w+", name):
            told = _of_iterable(facts, ast.Name(name, ast.Load()), 0)
            if told in {"params", "numbers", "range"} or (not told and _PARAMETER.search(name)):
                return "parameter-sweep"
        return "data-partitions"
    return "parameter-sweep"


def _range_call(facts: Facts, node: ast.expr | None) -> ast.Call | None:
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "range":
            return each
    if isinstance(node, ast.Name):
        binding = facts.scene.binding(node.id)
        if binding is not None and binding.value is not None and not isinstance(binding.value, ast.Name):
            return _range_call(facts, binding.value)
    return None


def _reads_item(facts: Facts) -> bool:
    """Tell whether the body opens the item itself as a file, or a file whose name is made from it."""
    names = set(facts.variables) | {"_one_item"}
    derived = set(names)
    told = facts.item.kind in {"path"}
    for statement in facts.candidate.body:
        for node in ast.walk(statement):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                value = node.value
                names = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}
                if (
                    isinstance(value, ast.Name | ast.BinOp | ast.JoinedStr) or _joins(value)
                ) and names & derived:
                    derived.add(node.targets[0].id)
    for event in facts.record.of("read-file"):
        try:
            shown = ast.parse(event.name, mode="eval")
        except SyntaxError:
            continue
        if any(re.search(rf"\b{name}\s*[-+]\s*\d", event.name) for name in derived):
            # what another step wrote, not a file of the item's own
            continue
        if event.in_function is None and any(
            isinstance(each, ast.Name) and each.id in derived for each in ast.walk(shown)
        ):
            return True
    return told


def _joins(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
        ("path.join", "Path", "format", "with_suffix", "joinpath", "str")
    )


def _opens_something(facts: Facts) -> bool:
    return (
        bool(facts.record.of("read-file", "write"))
        or bool(facts.record.assumptions)
        or bool(facts.record.dear)
    )
