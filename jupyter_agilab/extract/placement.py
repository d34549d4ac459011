"""Where captures go: into ``[parameters]``, to the module's top level, or inside the stage's function."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_agilab.extract.captures import Resolver
from jupyter_agilab.extract.constants import python_text, toml_constant
from jupyter_agilab.extract.definitions import Constant, Definition
from jupyter_agilab.extract.extraction import Argument
from jupyter_agilab.extract.imports import ImportTable
from jupyter_agilab.extract.scope import analyse

PARAMETER_MEANING = "A constant of the notebook; its value is in the contract."


@dataclass(slots=True)
class Placement:
    """The captures in their places.

    Attributes
    ----------
    parameters
        Values for the contract, in the order in which the cell reads them.
    arguments
        Keyword parameters of the function for them.
    restored
        Name to ``tuple`` or ``Path``: what the function makes of the value that TOML gives.
    top
        Definitions of the module, in an order in which each finds what it needs.
    inside
        Definitions that need something only the function has.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    arguments: list[Argument] = field(default_factory=list)
    restored: dict[str, str] = field(default_factory=dict)
    top: list[Definition] = field(default_factory=list)
    inside: list[Definition] = field(default_factory=list)


def place(resolver: Resolver, *, keep_signature: bool) -> Placement:
    """Decide the places; with `keep_signature` (a function already) every constant is the module's."""
    placement = Placement()
    bound = resolver.cell.scope.bound
    for constant in resolver.constants.values():
        read_by_copy = bool(constant.readers - {""}) and constant.name not in bound
        if keep_signature or read_by_copy or not _as_parameter(constant, resolver, placement):
            definition = _as_definition(constant, resolver)
            resolver.definitions[constant.name] = definition
            readers = sorted(constant.readers - {""})
            why = f", since `{readers[0]}` reads it" if read_by_copy else ""
            _explain(resolver, constant.name, "constant", f"a line of the module{why}")
    inside = _needing_function(resolver, placement)
    order = _ordered(resolver.definitions.values())
    placement.top = [definition for definition in order if definition.name not in inside]
    placement.inside = [definition for definition in order if definition.name in inside]
    return placement


def _as_parameter(constant: Constant, resolver: Resolver, placement: Placement) -> bool:
    name, value = constant.name, constant.value
    if value is None:
        annotation = resolver.imports.reference("typing", "Any")
        placement.arguments.append(
            Argument(
                name=name, annotation=annotation, keyword_only=True, default="None", meaning=PARAMETER_MEANING
            )
        )
        _explain(resolver, name, "parameter", "None, the parameter's default: TOML has no word for it")
        return True
    known = toml_constant(value, resolver.imports)
    if known is None:
        return False
    placement.parameters[name] = known.value
    placement.arguments.append(
        Argument(name=name, annotation=known.annotation, keyword_only=True, meaning=PARAMETER_MEANING)
    )
    if known.restore:
        placement.restored[name] = known.restore
    _explain(resolver, name, "parameter", f"[parameters] {name} = {_shown(known.value)}")
    return True


def _as_definition(constant: Constant, resolver: Resolver) -> Definition:
    binding = constant.binding
    if binding is not None and binding.kind == "value" and _says_the_same(binding.statement, constant.value):
        return Definition(
            constant.name, "constant", (-1, binding.order[0]), binding, scope=analyse([binding.statement])
        )
    text = f"{constant.name} = {python_text(constant.value, resolver.imports)}"
    return Definition(constant.name, "constant", (-1, 0), text=text)


def _says_the_same(statement: ast.stmt, value: object) -> bool:
    """Tell whether an assignment's literal is exactly the value that the kernel holds now."""
    expression = getattr(statement, "value", statement)
    if isinstance(expression, ast.expr) and _is_arithmetic(expression):
        # `24 * 60` is a number whose text says more than 1440 does
        literal: object = _calculated(expression)
    else:
        try:
            literal = ast.literal_eval(expression)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return False
    # equal sets may list their elements in different orders, so each gets the one that a module would have
    return type(literal) is type(value) and _canonical(literal) == _canonical(value)


def _canonical(value: object) -> str:
    return python_text(value, ImportTable())


def _is_arithmetic(node: ast.expr) -> bool:
    """Tell whether an expression adds, subtracts, multiplies or divides small numbers."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return not isinstance(number, int) or number.bit_length() < 64
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _is_arithmetic(left) and _is_arithmetic(right)
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=int() | float() as number)):
            return number != 0 and _is_arithmetic(left)
        case _:
            return False


def _calculated(node: ast.expr) -> Any:
    """Give the value of an expression for which `_is_arithmetic` holds."""
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            one, other = _calculated(left), _calculated(right)
            match operator:
                case ast.Add():
                    return one + other
                case ast.Sub():
                    return one - other
                case ast.Mult():
                    return one * other
                case _:
                    return one / other
        case _:
            return getattr(node, "value", None)


def _needing_function(resolver: Resolver, placement: Placement) -> set[str]:
    """Find the definitions that need a parameter or what the cell computes, themselves or through others."""
    own = set(resolver.inputs) | set(resolver.shared) | {argument.name for argument in placement.arguments}
    own |= set(resolver.cell.scope.bound) - resolver.cell_imports
    inside: set[str] = {name for name in resolver.definitions if name in resolver.cell.scope.bound}
    while True:
        more = {d.name for d in resolver.definitions.values() if d.needs & (own | inside)} - inside
        if not more:
            return inside
        inside |= more


def _ordered(definitions: Iterable[Definition]) -> list[Definition]:
    """Sort as executed, but each after what it needs when it is defined."""
    remaining = sorted(definitions, key=lambda definition: (definition.order, definition.name))
    known = {definition.name for definition in remaining}
    done: set[str] = set()
    ordered: list[Definition] = []
    while remaining:
        ready = next((d for d in remaining if not (d.needs_at_once & known) - done - {d.name}), remaining[0])
        remaining.remove(ready)
        ordered.append(ready)
        done.add(ready.name)
    return ordered


def _explain(resolver: Resolver, name: str, becomes: Any, explanation: str) -> None:
    resolver.captures[name] = replace(resolver.captures[name], becomes=becomes, explanation=explanation)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
