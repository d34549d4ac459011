"""The stage cell's text, and what the notebook must give the stage."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_agilab.migrate.convert.items import Items
from jupyter_agilab.migrate.convert.names import Fresh, mentioned
from jupyter_agilab.migrate.convert.step import Step

_HOME = "jupyter_agilab.exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A value of the notebook that the stage reads: ``name`` there, ``packed`` as it travels."""

    name: str
    packed: str


@dataclass(frozen=True, slots=True)
class PackNames:
    """How the stage's cell calls `pack` and `unpack`: other names where the notebook has its own of these."""

    pack: str
    unpack: str

    def import_line(self, *, pack: bool, unpack: bool) -> str:
        """Give the import of what is used; empty for neither."""
        parts = [
            name if name == own else f"{name} as {own}"
            for name, own, used in (("pack", self.pack, pack), ("unpack", self.unpack, unpack))
            if used
        ]
        return f"from {_HOME} import {', '.join(parts)}" if parts else ""


def pack_names(taken: Iterable[str]) -> PackNames:
    """Choose the names."""
    fresh = Fresh(taken)
    return PackNames(fresh.name("pack"), fresh.name("unpack"))


def shared_of(names: Iterable[str], taken: Iterable[str]) -> tuple[Shared, ...]:
    """Choose the names under which values of the notebook travel."""
    fresh = Fresh(taken)
    return tuple(Shared(name=name, packed=fresh.name(f"{name}_packed")) for name in names)


def stage_source(step: Step, items: Items, shared: Iterable[Shared], names: PackNames) -> str:
    """Give the text of the stage's cell."""
    shared = tuple(shared)
    packs = bool(step.value) and not step.is_plain
    unpacks = items.how == "noted" or bool(shared)
    head = [names.import_line(pack=packs, unpack=unpacks)]
    prologue = [*items.prologue, *(f"{each.name} = {names.unpack}({each.packed})" for each in shared)]
    value = f"{names.pack}({step.value})" if packs else step.value or "None"
    return _joined([head, prologue, [step.body], [value]])


def plain_source(step: Step) -> str:
    """Give the text of a cell that is the same without packing: its items and values stay Python's."""
    return _joined([[step.body], [step.value or "None"]])


def _joined(parts: Iterable[Iterable[str]]) -> str:
    blocks = ["\n".join(line for line in part if line.strip()) for part in parts]
    return "\n".join(block for block in blocks if block.strip()) + "\n"


def names_read(text: str) -> set[str]:
    """Give every name in a text."""
    return mentioned(ast.parse(text))
