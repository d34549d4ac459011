"""Names read from outside, against Python's own symbol tables."""

from __future__ import annotations

import ast
import random
import symtable
import sysconfig
import warnings
from pathlib import Path

import pytest

from jupyter_agilab.extract.scope import analyse


def reads(text: str) -> dict[str, bool]:
    return {name: read.certain for name, read in analyse(ast.parse(text).body).reads.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + 1", {"x": True}),
        ("x = 1\nx", {}),
        ("x = x + 1", {"x": True}),
        ("x += 1", {"x": True}),
        ("if a:\n    x = 1\nx", {"a": True, "x": False}),
        ("if a:\n    x = 1\nelse:\n    x = 2\nx", {"a": True}),
        ("if a:\n    x = 1\nelse:\n    raise ValueError\nx", {"a": True, "ValueError": True}),
        ("for i in a:\n    x = i\nx", {"a": True, "x": False}),
        ("for i in a:\n    i\ni", {"a": True, "i": False}),
        ("while a:\n    x = 1\nelse:\n    y = 2\nx\ny", {"a": True, "x": False, "y": False}),
        ("try:\n    x = 1\nexcept E as e:\n    e\nx", {"E": True, "x": False}),
        ("try:\n    x = 1\nexcept E:\n    x = 2\nfinally:\n    y = 1\nx\ny", {"E": True}),
        ("with a as b:\n    x = b\nx", {"a": True}),
        ("[x for x in xs if x > k]\nx", {"xs": True, "k": True, "x": True}),
        ("[y := f(x) for x in xs]\ny", {"f": True, "xs": True}),
        ("{k: v for k, v in zip(a, b)}", {"zip": True, "a": True, "b": True}),
        ("f = lambda x, *a, k=d, **kw: (x, a, k, kw, g)", {"d": True, "g": True}),
        ("def f(x, y=d):\n    z = x\n    return z + y + g\nf(1)", {"d": True, "g": True}),
        ("def f():\n    return later\nlater = 1\nf()", {}),
        ("def f(): return f()", {}),
        ("def f():\n    global g\n    g = 1\ng", {"g": True}),
        ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return g", {}),
        (
            "class A(B, metaclass=M):\n    x = y\n    def f(self): return x",
            {"B": True, "M": True, "y": True, "x": True},
        ),
        ("class A:\n    n: A | None = None\n    def f(self) -> A: ...", {}),
        (
            "match v:\n    case {'a': a, **r}:\n        a, r\n    case [b, *c] | (b, c):\n        b",
            {"v": True},
        ),
        ("match v:\n    case C(x=y): z = 1\n    case _: z = 2\nz", {"v": True, "C": True}),
        ("del x", {"x": True}),
        ("x = 1\ndel x\nx", {"x": True}),
        ("import a.b as c, d.e\nfrom f import g as h\na, c, d, g, h", {"a": True, "g": True}),
        ("x: int = y", {"int": True, "y": True}),
        ("a and (b := c)\nb", {"a": True, "c": True, "b": False}),
        ("print(f'{x!r:>{w}}')", {"print": True, "x": True, "w": True}),
        ("async def f():\n    async for x in y:\n        await x", {"y": True}),
        ("@d\nclass A: pass", {"d": True}),
        ("x[i] = y.z", {"x": True, "i": True, "y": True}),
    ],
)
def test_reads_and_whether_they_are_certain(text: str, expected: dict[str, bool]) -> None:
    assert reads(text) == expected


def test_chains_and_stars() -> None:
    scope = analyse(ast.parse("from m import *\nscipy.optimize.minimize(np.pi)").body)
    assert scope.chains == {"scipy": {"optimize", "optimize.minimize"}, "np": {"pi"}}
    assert scope.stars == ("m",)


def test_functions_and_classes_of_the_standard_library_agree_with_symtable() -> None:
    """The compiler's symbol tables are the judge; what they cannot know is left out.

    A class body reads a name from outside if it did not bind it yet; symtable calls such a name local.
    """
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    random.Random(3).shuffle(files)
    compared = 0
    for file in files[:70]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(file.read_text("utf-8")).body
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.unparse(statement)
                found = set(reads(text))
                assert found - {"__class__"} == symbols(text) - {statement.name, "__class__"}, (
                    f"{file.name}: {text}"
                )
                compared += 1
    assert compared > 400


def symbols(text: str) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(text, "module", "exec")
    found = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    pending = list(top.get_children())
    while pending:
        table = pending.pop()
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
        pending += table.get_children()
    return found
