"""The parameters of a partition function, from its source or from the function itself."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any, Literal

ParameterKind = Literal["positional-only", "positional", "var-positional", "keyword-only", "var-keyword"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function, as its source declares it.

    ``annotation`` is its text, as written; ``positional`` may also be passed by name.
    """

    name: str
    annotation: str | None
    has_default: bool
    kind: ParameterKind


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Parameter, ...]:
    """Give the parameters of a function from its syntax tree."""
    args = node.args
    before = [*args.posonlyargs, *args.args]
    first_default = len(before) - len(args.defaults)
    found = []
    for place, arg in enumerate(before):
        kind: ParameterKind = "positional-only" if place < len(args.posonlyargs) else "positional"
        found.append(Parameter(arg.arg, _text(arg), place >= first_default, kind))
    if args.vararg:
        found.append(Parameter(args.vararg.arg, _text(args.vararg), False, "var-positional"))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(Parameter(arg.arg, _text(arg), default is not None, "keyword-only"))
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, _text(args.kwarg), False, "var-keyword"))
    return tuple(found)


def parameters_of_signature(signature: inspect.Signature) -> tuple[Parameter, ...]:
    """Give the parameters of a function that is loaded; the same as `parameters_of` gives for its source."""
    kinds: dict[Any, ParameterKind] = {
        inspect.Parameter.POSITIONAL_ONLY: "positional-only",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
        inspect.Parameter.VAR_POSITIONAL: "var-positional",
        inspect.Parameter.KEYWORD_ONLY: "keyword-only",
        inspect.Parameter.VAR_KEYWORD: "var-keyword",
    }
    return tuple(
        Parameter(
            parameter.name,
            _annotation_text(parameter.annotation),
            parameter.default is not inspect.Parameter.empty,
            kinds[parameter.kind],
        )
        for parameter in signature.parameters.values()
    )


def _text(arg: ast.arg) -> str | None:
    return ast.unparse(arg.annotation) if arg.annotation is not None else None


def _annotation_text(annotation: Any) -> str | None:
    if annotation is inspect.Parameter.empty:
        return None
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        module = annotation.__module__
        return annotation.__qualname__ if module == "builtins" else f"{module}.{annotation.__qualname__}"
    return str(annotation)
