"""The state of a walk through one iteration, and what every part of the walk may ask of it."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from jupyter_agilab.migrate.prove.events import Event, EventKind, Record
from jupyter_agilab.migrate.prove.scene import Scene
from jupyter_agilab.migrate.prove.values import IMMUTABLE, Value


class Walk(ABC):
    """The state while walking: values of the iteration's names, and which of them are surely bound.

    ``is_function``: a whole function is walked, whose names are its own.
    """

    def __init__(
        self,
        scene: Scene,
        record: Record,
        bound: frozenset[str],
        *,
        is_function: bool = False,
        calling: tuple[int, ...] = (),
    ) -> None:
        self.scene = scene
        self.record = record
        self.bound = bound
        self.is_function = is_function
        self.calling = calling
        self.env: dict[str, Value] = {}
        self.definite: set[str] = set()
        self.dead = False
        self.unsure = 0
        self.inner = 0
        self.depth = 0
        self.skipped = False
        self.owns_figure = False
        self.seeded: set[str] = set()
        self.returned: list[Value] = []
        self.outer_names: set[str] = set()
        self.local_functions: dict[
            str, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
        ] = {}
        self.exits: list[list[set[str]]] = []
        self.discarded: set[int] = set()
        self.masked: set[str] = set()

    @abstractmethod
    def value(self, node: ast.expr | None) -> Value:
        """Give what an expression may be, and note what evaluating it does."""

    @abstractmethod
    def call(self, node: ast.Call) -> Value:
        """Give what a call may give, and note what it does."""

    @abstractmethod
    def deferred(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Note what a function that is made here does to outside names whenever it is called."""

    @abstractmethod
    def read(self, name: str, node: ast.AST) -> Value:
        """Read a name."""

    @abstractmethod
    def outer(self, name: str) -> Value:
        """Give the value of a name from outside."""

    @abstractmethod
    def statement(self, node: ast.stmt) -> None:
        """Walk one statement."""

    @abstractmethod
    def store(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""

    def is_local(self, name: str) -> bool:
        """Tell whether `name` is surely the iteration's own here."""
        return name in self.definite or (
            self.is_function and name in self.bound and name not in self.outer_names
        )

    def note(self, kind: EventKind, name: str, node: ast.AST, **more: object) -> None:
        """Note an event here."""
        is_sure = not (self.unsure or self.inner or self.skipped)
        event = Event(kind, name, node, is_sure=is_sure, in_inner_loop=self.inner > 0)
        self.record.add(replace(event, **more))  # type: ignore[arg-type]  # the fields of Event, by name

    def bind(self, name: str, value: Value, node: ast.AST) -> None:
        """Bind a name of the iteration."""
        if name in self.outer_names:
            self.note("mutate", name, node, detail="sets")
            return
        self.env[name] = value
        self.definite.add(name)
        self.forget_entries(name)
        self.note("bind", name, node, kinds=value.kind, varies=value.varies)

    def forget_entries(self, name: str) -> None:
        """Forget which entries were written under keys that use `name`: it means something else now."""
        self.definite -= {mark for mark in self.definite if "\0" in mark and name in mark.split("\0")[1:]}

    def unbind(self, name: str) -> None:
        """Follow ``del name``."""
        self.definite.discard(name)

    def mutate(self, value: Value, node: ast.AST, detail: str, *, depth: int = 0) -> None:
        """Note that the object `value` is changed, for each outer object that it may be."""
        if value.kind in IMMUTABLE:
            return
        for root in sorted(value.reach if depth else value.roots):
            self.note("mutate", root, node, detail=detail, depth=depth)

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Walk statements one after the other."""
        for statement in statements:
            if self.dead:
                # what follows a `continue` never runs
                return
            self.statement(statement)
