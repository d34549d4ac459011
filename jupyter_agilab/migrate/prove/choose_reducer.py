"""Which reducer merges the results of the iterations, from what they are and how they are used."""

from __future__ import annotations

import ast
import re

from jupyter_agilab.contract.model import ReducerName
from jupyter_agilab.migrate.finding import LoopOutput
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.uses import uses_of

_OBJECTS = frozenset({"array", "xarray", "tensor", "class", "axes", "figure", "groupby", "rng"})
_MANY_FIELDS = 5


def choose_reducer(facts: Facts, outputs: tuple[LoopOutput, ...]) -> ReducerName:
    """Choose: frames in order to a table; many records to lines; plain values to JSON; the rest by hand."""
    kinds = _kinds(facts)
    if facts.candidate.form == "groupby-apply":
        return _of_groups(facts)
    if (
        any(output.how == "item" and (":" in output.key or "," in output.key) for output in outputs)
        and "array" in kinds
    ):
        return "custom"
    if any(kind in _OBJECTS or kind.startswith(("lib:", "object:")) for kind in kinds):
        return "custom"
    if any(event.how == "add" and event.kinds in {"dict", "set"} for event in facts.record.of("reduce")):
        return "custom"
    if (
        facts.candidate.gives_value
        and "delayed(" in ast.unparse(facts.candidate.node)
        and not _is_joined(facts, outputs)
        and facts.candidate.form != "joblib"
    ):
        return "collect-json"
    if "frame" in kinds:
        return "concat-csv" if _is_joined(facts, outputs) else "custom"
    if "series" in kinds and not facts.candidate.form.startswith("groupby"):
        return "custom"
    if any(
        output.key and ".loc[" not in output.key and output.how in {"add", "append", "extend"}
        for output in outputs
    ):
        return "custom"
    if any(
        output.how == "column" and not output.key.startswith(".") for output in outputs
    ) and not _are_scalars(facts):
        return "custom"
    if any(
        output.how == "concat" or (output.how == "update" and not output.value.startswith("{"))
        for output in outputs
    ):
        return "custom"
    if _names_objects(facts, outputs):
        return "custom"
    if not any(kinds) and any(_TABLE_WORD.search(output.name) for output in outputs):
        kinds = ["frame"]
    if any(output.how == "extend" for output in outputs):
        return "concat-jsonl"
    return "concat-jsonl" if _has_many_records(facts) else "collect-json"


def _kinds(facts: Facts) -> list[str]:
    kinds = [
        e.kinds
        for e in facts.record.of("reduce")
        if e.how not in {"count", "any", "all", "max", "min"} and e.kinds
    ]
    for event in facts.record.of("reduce"):
        if event.how in {"append", "item", "column", "best", "update"}:
            kinds.extend(_kinds_inside(facts, event.value))
    if facts.candidate.gives_value:
        kinds.append(facts.value_kind)
    return kinds


def _kinds_inside(facts: Facts, text: str) -> list[str]:
    """Give kinds of the named values in a literal container."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return []
    if not isinstance(node, ast.Tuple | ast.List | ast.Dict):
        return []
    values = node.values if isinstance(node, ast.Dict) else node.elts
    names = [each.id for each in values if isinstance(each, ast.Name)]
    return [facts.walk.env[name].kind for name in names if name in facts.walk.env]


def _of_groups(facts: Facts) -> ReducerName:
    kind = facts.value_kind
    if kind.startswith(("lib:", "object:")) or kind in {"array", "xarray"}:
        return "custom"
    if kind in {"number", "int", "float", "str", "bool", "element", "date"}:
        return "collect-json"
    return "concat-csv"


def _is_joined(facts: Facts, outputs: tuple[LoopOutput, ...]) -> bool:
    """Tell whether the frames are concatenated: in the loop, round the expression, or later."""
    if any(output.how == "concat" for output in outputs):
        return True
    for parent in facts.candidate.context.parents:
        if isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith(
            ("concat", "from_delayed", "union", "vstack")
        ):
            return True
    names = {
        output.name
        for output in outputs
        if output.how in {"append", "extend", "value", "item"} and output.name
    }
    joined = uses_of(facts.scene.program).joined
    if any(joined.get(name, -1) >= facts.scene.cell for name in names):
        return True
    return any(output.how == "item" and "concat(" in output.value for output in outputs)


def _has_many_records(facts: Facts) -> bool:
    for event in facts.record.of("reduce"):
        if event.how in {"append", "extend"}:
            try:
                node = ast.parse(event.value, mode="eval").body
            except SyntaxError:
                continue
            fields = (
                len(node.keys)
                if isinstance(node, ast.Dict)
                else len(node.elts)
                if isinstance(node, ast.List | ast.Tuple)
                else 0
            )
            if fields >= _MANY_FIELDS or (event.in_inner_loop and fields > 1):
                return True
            if event.in_inner_loop and any(
                other.in_inner_loop and other.name != event.name for other in facts.record.of("reduce")
            ):
                return True
    return False


_TABLE_WORD = re.compile(r"(^|_)(df|dfs|frame|frames|dataframe|dataframes)\d*(_|$)", re.IGNORECASE)
_OBJECT_WORD = re.compile(
    r"(^|_)(model|clf|estimator|pipeline|adata|image|img|array|network|net|tensor|mask|raster)s?\d*(_|$)",
    re.IGNORECASE,
)


def _names_objects(facts: Facts, outputs: tuple[LoopOutput, ...]) -> bool:
    """Tell by the names of results of unknown kind whether they are models, images or arrays."""
    unknown = {e.name for e in facts.record.of("reduce") if e.how in {"append", "item"} and not e.kinds}
    for output in outputs:
        if output.name in unknown and output.how in {"append", "item"}:
            value = output.value if output.value.isidentifier() else ""
            if _OBJECT_WORD.search(output.name) or (value and _OBJECT_WORD.search(value)):
                return True
    return False


def _are_scalars(facts: Facts) -> bool:
    scalars = {"number", "int", "float", "str", "bool", "date"}
    return all(event.kinds in scalars for event in facts.record.of("reduce") if event.how == "column")
