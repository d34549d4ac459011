"""A call that a place is asked to make: arguments may hold results of others, at any depth."""

from __future__ import annotations

import copy
import hashlib
import pickle
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.errors import ResultTypeError

_LOOKED_THROUGH = (tuple, list, dict, set, frozenset)


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands in the arguments for the value of the input with this number."""

    number: int


class Code:
    """A function as it is now, pickled once for all calls that are made of it together.

    A function of a notebook or script, or one that a decorator hides, is pickled by value with what it uses;
    so what is changed later does not change calls that were made before.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self._lock = threading.Lock()
        self._packed: tuple[str, bytes] | None = None

    @property
    def packed(self) -> tuple[str, bytes]:
        """The digest and the bytes.

        Raises
        ------
        ResultTypeError
            The function uses something that cannot be sent to another process.
        """
        with self._lock:
            if self._packed is None:
                data = packed(self.function, f"the function {getattr(self.function, '__name__', '')}")
                self._packed = (hashlib.blake2b(data, digest_size=16).hexdigest(), data)
            return self._packed


def packed(value: Any, what: str) -> bytes:
    """Pickle something, by value where another process could not import it.

    Raises
    ------
    ResultTypeError
        It cannot be pickled; `what` says what it is.
    """
    import cloudpickle

    try:
        data: bytes = cloudpickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise ResultTypeError(
            f"{what} cannot be sent to another process: {type(error).__name__}: {error}",
            hint="open files, connections and locks inside the function, or use threads: use_threads()",
        ) from error
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is to be run.

    Attributes
    ----------
    name
        What people know it by.
    code
        Its function is called with `args` and `kwargs`, in which each `Slot` has become the value of that
        input.
    inputs
        Handles of the calls whose values it needs; those are at the place already, or will be.
    after
        Handles of calls that must have ended well before; their values do not matter.
    time_limit_s
        Seconds after which it counts as failed; None: it may take as long as it likes.
    claims
        Name to amount: ``cpus``, ``gpus``, ``memory`` (bytes), or a name that the place declares.
    worker
        The worker that has to run it, see `Place.new_worker`; empty: any.
    """

    name: str
    code: Code
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()
    time_limit_s: float | None = None
    claims: Mapping[str, float] = field(default_factory=dict)
    worker: str = ""


class Inputs:
    """Collects what is found in arguments and gives each thing its number, the same thing always the same."""

    def __init__(self, handles_of: Callable[[Any], Any]) -> None:
        self._handles_of = handles_of
        self._number: dict[int, int] = {}
        self.handles: list[Any] = []

    def taken_from(self, value: Any) -> Any:
        """Give a value with slots where results of others stand in it; one without them is given as it is.

        Looked through are tuples, lists, sets and the values of dictionaries, at any depth.
        """
        return self._take(value, frozenset())

    def _take(self, value: Any, above: frozenset[int]) -> Any:
        found = self._handles_of(value)
        if found is not None:
            if isinstance(found, list):
                return [self._slot(handle) for handle in found]
            return self._slot(found)
        if not isinstance(value, _LOOKED_THROUGH) or id(value) in above:
            return value
        # what contains itself is left as it is below the first time
        return rebuilt(value, lambda inner: self._take(inner, above | {id(value)}))

    def _slot(self, handle: Any) -> Slot:
        number = self._number.setdefault(id(handle), len(self.handles))
        if number == len(self.handles):
            self.handles.append(handle)
        return Slot(number)


def filled(value: Any, values: Sequence[Any]) -> Any:
    """Give a value with each slot in it replaced by the value of that number."""
    return _filled(value, values, frozenset())


def _filled(value: Any, values: Sequence[Any], above: frozenset[int]) -> Any:
    if isinstance(value, Slot):
        return values[value.number]
    if not isinstance(value, _LOOKED_THROUGH) or id(value) in above:
        return value
    return rebuilt(value, lambda inner: _filled(inner, values, above | {id(value)}))


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """Give a tuple, list, set or dictionary with its elements changed; the same object where none is."""
    if isinstance(value, dict):
        changed = {key: change(inner) for key, inner in value.items()}
        if all(changed[key] is inner for key, inner in value.items()):
            return value
        if type(value) is dict:
            return changed
        made = copy.copy(value)
        made.update(changed)
        return made
    if isinstance(value, (tuple, list, set, frozenset)):
        elements = [change(inner) for inner in value]
        if all(new is old for new, old in zip(elements, value, strict=True)):
            return value
        return _same_kind(value, elements)
    return value


def _same_kind(value: Any, elements: Iterable[Any]) -> Any:
    if hasattr(value, "_make"):
        # a named tuple
        return value._make(elements)
    return type(value)(elements)
