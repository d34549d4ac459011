"""Which names of a loop are read after it, in the cell and in later cells."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupyter_agilab.extract.bindings import bindings
from jupyter_agilab.extract.walker import Top, Walker
from jupyter_agilab.migrate.find.candidate import Candidate
from jupyter_agilab.migrate.prove.program import Program


@dataclass(frozen=True, slots=True)
class Use:
    """What a run of statements reads from before it, and what it surely binds."""

    reads: frozenset[str]
    binds: frozenset[str]


def use_of(statements: Sequence[ast.stmt]) -> Use:
    """Find what `statements` read before they bind it, and what they surely bind."""
    top = Top(anywhere=set())
    walker = Walker(top)
    try:
        walker.block(list(statements))
    except RecursionError:
        every = {n.id for s in statements for n in ast.walk(s) if isinstance(n, ast.Name)}
        return Use(frozenset(every), frozenset())
    return Use(frozenset(walker.reads), frozenset(top.definite))


@dataclass
class Later:
    """Answers for one notebook; cells are analysed once."""

    program: Program
    cells: dict[int, Use] = field(default_factory=dict)
    functions: dict[str, frozenset[str]] = field(default_factory=dict)
    uses: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)

    def names(self, candidate: Candidate, names: frozenset[str]) -> frozenset[str]:
        """Give those of `names` that are read after the candidate before they are bound anew."""
        found: set[str] = set()
        live = set(names)
        # statement by statement: what an early one surely binds, a late one cannot read from the loop
        for statement in candidate.context.after:
            self._pass(use_of([statement]), live, found)
        if not candidate.context.scene.frames:
            found |= {name for name in live if self._is_read_after(name, candidate.context.scene.cell)}
        else:
            found |= self._outer(candidate, names)
        return frozenset(found)

    def _pass(self, use: Use, live: set[str], found: set[str]) -> None:
        reads = set(use.reads)
        for name in use.reads:
            reads |= self._function(name)
        found |= reads & live
        live -= use.binds

    def _is_read_after(self, name: str, cell: int) -> bool:
        """Tell whether a later cell reads `name` before one binds it anew."""
        if not self.uses:
            for code in self.program.cells:
                use = self._cell(code.index, code.tree.body)
                reads = set(use.reads)
                for each in use.reads:
                    reads |= self._function(each)
                for each in reads | use.binds:
                    self.uses.setdefault(each, []).append((code.index, each in reads))
        for index, is_read in self.uses.get(name, ()):
            if index > cell:
                return is_read
        return False

    def _cell(self, index: int, statements: Sequence[ast.stmt]) -> Use:
        if index not in self.cells:
            self.cells[index] = use_of(statements)
        return self.cells[index]

    def _function(self, name: str) -> frozenset[str]:
        """Give the names of the notebook that a function of it reads when it is called."""
        if name not in self.functions:
            self.functions[name] = frozenset()
            several = [definition.node for definition in self.program.definitions.get(name, [])]
            reads: set[str] = set()
            for node in several:
                if isinstance(node, ast.stmt):
                    reads |= use_of([node]).reads - {name}
            for inner in list(reads):
                reads |= self._function(inner)
            self.functions[name] = frozenset(reads)
        return self.functions[name]

    def _outer(self, candidate: Candidate, names: frozenset[str]) -> set[str]:
        """Give names that the function declares global or nonlocal: anybody may read them."""
        declared = {
            name
            for frame in candidate.context.scene.frames
            for each in ast.walk(frame.node)
            if isinstance(each, ast.Global | ast.Nonlocal)
            for name in each.names
        }
        return declared & names


def body_names(candidate: Candidate) -> frozenset[str]:
    """Give the names that the candidate's targets and body bind."""
    from_body = {name for statement in candidate.body for name in bindings(statement)}
    from_targets = {name for target in candidate.targets for name in bindings(target)}
    return frozenset(from_body | from_targets)
