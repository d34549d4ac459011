"""What a captured name asks of the module: a copied definition, or a constant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_agilab.extract.history import Binding
from jupyter_agilab.extract.scope import Scope

DefinitionKind = Literal["function", "class", "constant", "import"]


@dataclass(slots=True, eq=False)
class Definition:
    """Something that the module defines because a name needs it.

    ``binding`` is the statement to copy, ``scope`` that of it; without a binding ``text`` is the line to
    write.
    """

    name: str
    kind: DefinitionKind
    order: tuple[int, int]
    binding: Binding | None = None
    text: str = ""
    scope: Scope | None = None

    @property
    def needs(self) -> frozenset[str]:
        """Names that it reads from outside."""
        return frozenset(self.scope.reads) if self.scope is not None else frozenset()

    @property
    def needs_at_once(self) -> frozenset[str]:
        """Names that must be there when it is defined."""
        reads = self.scope.reads.values() if self.scope is not None else ()
        return frozenset(read.name for read in reads if read.at_once)


@dataclass(slots=True)
class Constant:
    """A captured constant; ``readers`` are the definitions that read it, with "" for the cell itself."""

    name: str
    value: Any
    binding: Binding | None
    readers: set[str] = field(default_factory=set)
