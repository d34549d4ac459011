"""Results by the name of their stage, or by their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from jupyter_agilab.errors import AmbiguousResultError, NoResultError

T = TypeVar("T")
_MISSING: Any = object()


class Results(Mapping[str, Any]):
    """Results by name, in the order in which their stages were written; read only.

    ``get``, ``has`` and ``of`` also take a type: results of that type, subclasses included.
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = dict(values or {})

    def __repr__(self) -> str:
        return f"Results({self._values!r})"

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(f"there is no result of {name!r}; there are: {', '.join(self._values)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def has(self, what: str | type) -> bool:
        """Say whether there is a result of a stage, or of a type."""
        return what in self._values if isinstance(what, str) else bool(self.of(what))

    def of(self, kind: type[T]) -> list[T]:
        """Give all results of a type."""
        return [value for value in self._values.values() if isinstance(value, kind)]

    def get(self, what: Any, default: Any = _MISSING) -> Any:
        """Give the result of a stage, or the only one of a type.

        Raises
        ------
        AmbiguousResultError
            There are several of the type.
        NoResultError
            There is none, and no default.
        """
        if isinstance(what, str):
            if what in self._values or default is not _MISSING:
                return self._values.get(what, default)
            raise NoResultError(f"there is no result of {what!r}; there are: {', '.join(self._values)}")
        names = [name for name, value in self._values.items() if isinstance(value, what)]
        if len(names) > 1:
            raise AmbiguousResultError(
                f"{len(names)} results are of the type {what.__name__}: {', '.join(names)}",
                hint="ask for one by the name of its stage, or for all of them with of()",
            )
        if names:
            return self._values[names[0]]
        if default is not _MISSING:
            return default
        raise NoResultError(f"no result is of the type {what.__name__}")

    def filter(self, keep: Callable[[str, Any], bool]) -> Results:
        """Give those for which ``keep(name, value)`` is true."""
        return Results({name: value for name, value in self._values.items() if keep(name, value)})
