"""How an item of a map becomes arguments: the function's signature decides."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_agilab.errors import UsageError


def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """Give a function's signature; None where it has none that can be read."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def arguments_of(
    item: Any, signature: inspect.Signature | None, name: str, *, offered: frozenset[str] = frozenset()
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Give the positional and keyword arguments for an item.

    The entries of a dictionary are keyword arguments and the elements of a tuple positional ones where the
    signature takes them so; otherwise, and anything else always, the item is the one argument.

    Parameters
    ----------
    offered
        Names of parameters that are filled in by us.

    Raises
    ------
    UsageError
        The function takes the item in neither way.
    """
    ways: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    if isinstance(item, Mapping) and all(isinstance(key, str) for key in item):
        ways.append(((), dict(item)))
    elif isinstance(item, tuple):
        ways.append((item, {}))
    ways.append(((item,), {}))
    for args, kwargs in ways:
        if signature is None or takes(signature, args, kwargs, offered):
            return args, kwargs
    given = f"the entries {', '.join(item)}" if isinstance(item, Mapping) else "it"
    raise UsageError(
        f"{name} cannot be called with {_shown(item)}: {name.partition('[')[0]}{signature} takes neither "
        f"{given} as arguments nor the item as its only one",
        hint="nothing was started; change the items or the function's parameters",
    )


def takes(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any], offered: frozenset[str]
) -> bool:
    """Say whether a call fits a signature, where parameters named in `offered` are filled in by us."""
    more = {name: None for name in offered if name in signature.parameters and name not in kwargs}
    try:
        signature.bind(*args, **kwargs, **more)
    except TypeError:
        try:
            signature.bind(*args, **kwargs)
        except TypeError:
            return False
    return True


def _shown(item: Any) -> str:
    text = repr(item)
    return text if len(text) <= 80 else f"{text[:77]}..."
