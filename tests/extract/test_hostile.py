"""Values are looked at by type only: whatever they do when they are touched, nobody touches them."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.from_cell import extract


class Touched(BaseException):
    """Not an Exception, so that nothing swallows it."""


def _refuse(*arguments: Any, **keywords: Any) -> Any:
    raise Touched


HOOKS = [
    "__repr__",
    "__str__",
    "__len__",
    "__iter__",
    "__eq__",
    "__ne__",
    "__hash__",
    "__bool__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__sizeof__",
    "__reduce__",
    "__reduce_ex__",
    "__getstate__",
    "__call__",
    "__getitem__",
    "__contains__",
    "__index__",
    "__format__",
    "__dir__",
    "__fspath__",
    "__array__",
    "__del__x",
    "__enter__",
    "__lt__",
    "__copy__",
    "__deepcopy__",
]


TEXT_HOOKS = ("__eq__", "__len__", "__repr__", "__str__", "__iter__")
DICT_HOOKS = ("__iter__", "__len__", "keys", "items", "__getitem__", "__repr__")
META_HOOKS = (
    "__repr__",
    "__getattribute__",
    "__instancecheck__",
    "__subclasscheck__",
    "__eq__",
    "__hash__",
    "__call__",
    "__len__",
)
NAMES = ("instance", "cls", "text", "items", "entries", "inside", "deep", "module", "function")


def hostile_values() -> dict[str, Any]:
    """Make the values; never at the module's top level, where pytest itself would touch them."""
    meta = type("Meta", (type,), dict.fromkeys(META_HOOKS, _refuse))
    body = dict.fromkeys(HOOKS, _refuse) | {"__class__": property(_refuse), "__module__": "__main__"}
    hostile = type.__new__(meta, "Hostile", (), dict(body))
    text = type("Text", (str,), dict.fromkeys(TEXT_HOOKS, _refuse) | {"__hash__": str.__hash__})
    module = type("Module", (types.ModuleType,), {"__getattribute__": _refuse})
    function_globals = {"__name__": "__main__", "Touched": Touched}
    return {
        "instance": object.__new__(hostile),
        "cls": hostile,
        "text": str.__new__(text, "a"),
        "items": list.__new__(type("Items", (list,), dict(body))),
        "entries": dict.__new__(type("Entries", (dict,), dict.fromkeys(DICT_HOOKS, _refuse))),
        "inside": [object.__new__(hostile)],
        "deep": {"a": ({1: object.__new__(hostile)},)},
        "module": module("hostile"),
        "function": types.FunctionType(_refuse.__code__, function_globals, "function"),
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "options", [{}, {"share": ["x"]}, {"share": ["x"], "allow_pickle": True}, {"item": "x"}]
)
@pytest.mark.parametrize("split", ["files", "data-partitions", "parameter-sweep"])
def test_a_hostile_value_is_never_touched(name: str, options: dict[str, Any], split: Any) -> None:
    values = hostile_values()
    for read_as in ("x", "path", "df", "rng", "seed", "partition", "display", "max"):
        cell = f"result = {read_as}(path)\n{read_as}.attribute\nresult[{read_as}]"
        given = {k: read_as if v == "x" else [read_as] if v == ["x"] else v for k, v in options.items()}
        context = CellContext(namespace={read_as: values[name], "other": values["instance"]})
        extraction = extract(cell, name="work", split=split, context=context, **given)
        assert isinstance(extraction.ok, bool)
        for finding in extraction.findings:
            assert str(finding)
        assert [str(capture) for capture in extraction.captures]


def test_hostile_objects_in_loaded_modules_are_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    values = hostile_values()
    module = types.ModuleType("full_of_surprises")
    module.__dict__["x"] = values["instance"]
    for name, loaded in (
        ("full_of_surprises", module),
        ("worse", values["module"]),
        ("worst", values["instance"]),
    ):
        monkeypatch.setitem(sys.modules, name, loaded)
    context = CellContext(namespace={"x": values["deep"]})
    assert not extract("x + path", name="work", split="files", context=context).ok
    monkeypatch.undo()


def test_namespace_is_not_changed() -> None:
    namespace: dict[str, object] = {"path": "a.csv", "n": 3}
    before = dict(namespace)
    extract("n = n + len(path)\nn", name="work", split="files", context=CellContext(namespace=namespace))
    assert namespace == before
