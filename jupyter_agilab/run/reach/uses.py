"""What a statement refers to: names of its module, attributes of them, and ways of getting at anything."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Flag = Literal["anything", "strings", "docstrings", "text"]
"""Ways of referring that names do not show. ``anything``: to whatever there is. ``strings``: by names inside
strings, as ``df.query("x > @limit")`` does. ``docstrings``, ``text``: to docstrings, to the source itself."""

_ANYTHING_NAMES = frozenset(
    ("globals", "locals", "vars", "eval", "exec", "compile", "__import__", "__builtins__", "__loader__")
)
_ANYTHING_ATTRIBUTES = frozenset(
    (
        *(
            "import_module",
            "getmodule",
            "run_path",
            "run_module",
            "exec_module",
            "load_module",
            "read_pickle",
        ),
        *("__globals__", "f_globals", "__builtins__", "get_objects"),
    )
)
_STRING_CALLS = frozenset(("query", "eval", "sql", "execute", "evaluate"))
_DOCUMENTATION = frozenset(("__doc__", "getdoc", "docopt"))
_SOURCE = frozenset(("getsource", "getsourcelines", "getblock", "findsource", "f_lineno", "linecache"))
_IDENTIFIER = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Use:
    """A name and the attributes that are read of it: ``helpers.clean.cache`` is ``helpers`` with two."""

    name: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uses:
    """All that a statement refers to.

    Attributes
    ----------
    names
        Names of the module or of Python.
    possible
        Names in annotations: of the module, if it has them.
    anywhere
        All names in it, those that are local to a function included; for imports inside functions.
    strings
        The strings in it that are no docstrings.
    flags
        Other ways of referring.
    """

    names: frozenset[Use] = frozenset()
    possible: frozenset[Use] = frozenset()
    anywhere: frozenset[Use] = frozenset()
    strings: tuple[str, ...] = ()
    flags: frozenset[Flag] = field(default_factory=frozenset)

    @classmethod
    def everything(cls) -> Uses:
        """Give the answer for what cannot be read."""
        return cls(flags=frozenset(("anything", "text")))

    def names_in_strings(self) -> Iterator[Use]:
        """Give every word in a string that could be a name."""
        for text in self.strings:
            for word in _IDENTIFIER.findall(text):
                yield Use(word)


class Globals:
    """The names of a module that are global inside its functions and classes, as Python's compiler sees it.

    Raises
    ------
    SyntaxError
        The text is not Python.
    """

    def __init__(self, text: str) -> None:
        top = symtable.symtable(text, "module", "exec")
        self._scopes = [(table.get_lineno(), frozenset(_free(table))) for table in top.get_children()]
        self.names = frozenset(symbol.get_name() for symbol in top.get_symbols())
        """The names that the module itself binds or reads, outside of functions and classes."""

    def within(self, node: ast.stmt) -> frozenset[str]:
        """Give the global names that the functions and classes of a statement refer to."""
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        last = node.end_lineno or node.lineno
        return frozenset().union(*(names for line, names in self._scopes if first <= line <= last))


def _free(table: symtable.SymbolTable) -> Iterator[str]:
    is_class = table.get_type() == "class"
    for symbol in table.get_symbols():
        # in a class, a name may be global until it is bound there
        if symbol.is_global() or (is_class and symbol.is_referenced()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _free(child)


def uses_of(node: ast.stmt, scopes: Globals) -> Uses:
    """Give what a statement of a module's top level refers to."""
    collector = _Collector()
    collector.visit(node)
    anywhere = frozenset(collector.found)
    inside = scopes.within(node)
    outside = _Outside()
    outside.visit(node)
    names = {use for use in anywhere if use.name in inside}
    names |= {use for use in outside.found if use.name in scopes.names}
    # the compiler knows private names of classes by other ones than the text has
    names |= {Use(name) for name in inside - {use.name for use in anywhere}}
    flags: set[Flag] = {"anything"} if collector.unpickles else set()
    for use in anywhere:
        flags |= set(_flags_of(use))
    return Uses(
        frozenset(names),
        frozenset(collector.annotations),
        anywhere,
        tuple(collector.strings),
        frozenset(flags),
    )


def _flags_of(use: Use) -> Iterator[Flag]:
    words = (use.name, *use.attributes)
    if use.name in _ANYTHING_NAMES or not _ANYTHING_ATTRIBUTES.isdisjoint(words):
        yield "anything"
    if not _STRING_CALLS.isdisjoint(words):
        yield "strings"
    if not _DOCUMENTATION.isdisjoint(words):
        yield "docstrings"
    if not _SOURCE.isdisjoint(words):
        yield "text"


class _Collector(ast.NodeVisitor):
    """Collects names with the attributes read of them, strings, and names in annotations that are strings."""

    def __init__(self) -> None:
        self.found: list[Use] = []
        self.annotations: list[Use] = []
        self.strings: list[str] = []
        self.unpickles = False

    def visit_Name(self, node: ast.Name) -> None:  # ast's name
        self.found.append(Use(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        # what is set or deleted is no attribute that is read
        attributes = [node.attr] if isinstance(node.ctx, ast.Load) else []
        inner = node.value
        while isinstance(inner, ast.Attribute):
            attributes.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self.found.append(Use(inner.id, tuple(attributes)))
            return
        # `.query` of whatever an expression gives: a name that nothing binds, for the flags
        self.found.append(Use("", (node.attr, *attributes)))
        self.visit(inner)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.strings.append(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            self.visit(node.value)

    def visit_keyword(self, node: ast.keyword) -> None:
        refused = isinstance(node.value, ast.Constant) and node.value.value is False
        self.unpickles |= node.arg == "allow_pickle" and not refused
        self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        if node.annotation:
            self._annotation(node.annotation)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.visit(node.target)
        if node.value:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.returns:
            self._annotation(node.returns)
        self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        if node.returns:
            self._annotation(node.returns)
        self.generic_visit(node)

    def _annotation(self, node: ast.expr) -> None:
        """Take note of an annotation's names, also where it is a string or is not evaluated."""
        inner = _Collector()
        inner.visit(node)
        self.found += inner.found
        self.annotations += [use for use in inner.found if use.name]
        for text in inner.strings:
            self.annotations += [Use(word) for word in _IDENTIFIER.findall(text)]


class _Outside(_Collector):
    """Collects only what is looked up in the module's own scope: not what is inside functions and classes."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._definition(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args, *([node.returns] if node.returns else [])):
            self.visit(part)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
