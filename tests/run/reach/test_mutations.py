"""Random programs of several modules: a definition is changed, and Python says whether that matters."""

from __future__ import annotations

import ast
import importlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.run.code import freeze

MODULES = ("entry", "aside", "deep")
KINDS = ("function", "class", "constant", "cached", "default", "computed")
WAYS = ("attribute", "from", "late", "late attribute", "star")


@dataclass(frozen=True)
class Definition:
    """Definition number ``number`` with its own value; it uses others with higher numbers."""

    number: int
    module: str
    kind: str
    value: int
    uses: tuple[int, ...]
    way: str

    @property
    def name(self) -> str:
        return f"d{self.number}"


@dataclass(frozen=True)
class Program:
    definitions: tuple[Definition, ...]

    def texts(self) -> dict[str, str]:
        """Give the text of each module; definitions stand after those that they use."""
        found = {module: [f'"""Module {module}."""'] for module in MODULES}
        for module, lines in found.items():
            imports = dict.fromkeys(
                line for each in self.definitions if each.module == module for line in self._imports(each)
            )
            lines += [*imports, "import functools", ""]
        for each in reversed(self.definitions):
            found[each.module] += self._text(each)
        return {module: "\n".join(lines) + "\n" for module, lines in found.items()}

    def _imports(self, each: Definition) -> Iterator[str]:
        for number in each.uses:
            other = self.definitions[number]
            if other.module == each.module:
                continue
            if each.way == "attribute":
                yield f"import {other.module}"
            elif each.way == "from":
                yield f"from {other.module} import {other.name} as i{number}"
            elif each.way == "star":
                yield f"from {other.module} import *"

    def _reference(self, each: Definition, number: int) -> str:
        other = self.definitions[number]
        name = other.name
        if other.module != each.module:
            if "attribute" in each.way:
                name = f"{other.module}.{name}"
            elif each.way == "from":
                name = f"i{number}"
        if other.kind in {"constant", "computed"}:
            return name
        return f"{name}().value()" if other.kind == "class" else f"{name}()"

    def _text(self, each: Definition) -> Iterator[str]:
        late = [
            f"import {other.module}"
            if each.way == "late attribute"
            else f"from {other.module} import {other.name}"
            for number in each.uses
            if (other := self.definitions[number]).module != each.module and each.way.startswith("late")
        ]
        value = ", ".join([str(each.value), *(self._reference(each, number) for number in each.uses)])
        body = [*late, f"return ({value},)"]
        match each.kind:
            case "constant":
                yield f"{each.name} = {each.value}"
            case "computed":
                yield f"{each.name} = sum([{each.value}, 0])"
            case "class":
                yield from (
                    f"class {each.name}:",
                    "    def value(self):",
                    *(f"        {line}" for line in body),
                )
            case "cached":
                yield from ("@functools.cache", f"def {each.name}():", *(f"    {line}" for line in body))
            case "default":
                yield from (f"def {each.name}(x={each.value}):", *(f"    {line}" for line in body))
            case _:
                yield from (f"def {each.name}():", *(f"    {line}" for line in body))
        yield ""


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Draw a program; modules import only ones that come later, so that imports form no circle."""
    count = draw(st.integers(2, 9))
    places = sorted(draw(st.integers(0, len(MODULES) - 1)) for _ in range(count))
    places[0] = 0
    made = []
    for number in range(count):
        kind = "function" if number == 0 else draw(st.sampled_from(KINDS))
        later = list(range(number + 1, count))
        uses: tuple[int, ...] = ()
        if later and kind not in {"constant", "computed"}:
            uses = tuple(sorted(draw(st.sets(st.sampled_from(later), max_size=3))))
        value = draw(st.integers(0, 99))
        made.append(
            Definition(number, MODULES[places[number]], kind, value, uses, draw(st.sampled_from(WAYS)))
        )
    return Program(tuple(made))


@contextmanager
def laid(texts: dict[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for module, text in texts.items():
            Path(folder, f"{module}.py").write_text(text)
        yield Path(folder)


def meaning(texts: dict[str, str]) -> str:
    with laid(texts) as folder:
        return freeze("entry.py:d0", folder).meaning


def answer(texts: dict[str, str]) -> Any:
    """Let Python run it."""
    with laid(texts) as folder:
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        before = sys.dont_write_bytecode
        sys.dont_write_bytecode = True
        try:
            return importlib.import_module("entry").d0()
        finally:
            sys.dont_write_bytecode = before
            sys.path.remove(str(folder))
            for module in MODULES:
                sys.modules.pop(module, None)


@settings(max_examples=150, deadline=None)
@given(program=programs(), data=st.data())
def test_the_key_changes_exactly_where_pythons_answer_does(program: Program, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(program.definitions) - 1))
    old = program.definitions[number]
    changed = list(program.definitions)
    changed[number] = replace(old, value=old.value + 100)
    before, after = program.texts(), Program(tuple(changed)).texts()
    differs = answer(before) != answer(after)
    same_key = meaning(before) == meaning(after)
    if differs:
        assert not same_key
    elif old.kind != "computed":
        # what is computed on import may have effects, and counts wherever its module is imported
        assert same_key


@settings(max_examples=60, deadline=None)
@given(program=programs(), data=st.data())
def test_comments_docstrings_and_formatting_never_do(program: Program, data: st.DataObject) -> None:
    texts = program.texts()
    same = {}
    for module, text in texts.items():
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and data.draw(st.booleans()):
                node.body.insert(0, ast.Expr(ast.Constant("Said otherwise.")))
        lines = ast.unparse(ast.fix_missing_locations(tree)).split("\n")
        commented = [
            line + data.draw(st.sampled_from(["", "  # a note", "\n", "\n# more\n"])) for line in lines
        ]
        same[module] = "\n".join(commented)
    assert meaning(texts) == meaning(same)


@settings(max_examples=60, deadline=None)
@given(program=programs(), data=st.data())
def test_a_new_helper_that_nobody_uses_never_does(program: Program, data: st.DataObject) -> None:
    texts = program.texts()
    module = data.draw(st.sampled_from(MODULES))
    helper = "def nobody():\n    return d1()\n\n"
    at_end = {**texts, module: texts[module] + helper}
    head, _, rest = texts[module].partition("import functools\n")
    at_start = {**texts, module: f"{head}import functools\n{helper}{rest}"}
    assert meaning(texts) == meaning(at_end) == meaning(at_start)
