"""What the ready-made reducers share: looking at every record of every result, key by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce import tables
from jupyter_agilab.reduce.custom import ResultStream
from jupyter_agilab.reduce.values import shown, type_name


class Accumulator(Protocol):
    """Takes one value after the other."""

    def add(self, value: Any, weight: float, /) -> None:
        """Take one more value."""


T = TypeVar("T", bound=Accumulator)


def records_of(results: ResultStream) -> Iterator[Any]:
    """Give every record: an element of a list, a row of a table, any other result but None."""
    for result in results:
        kind = tables.table_kind(result)
        if kind:
            yield from tables.rows_of(*tables.columns_of(result, kind))
        elif isinstance(result, list):
            yield from (record for record in result if record is not None)
        elif result is not None:
            yield result


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyByKey:
    """How a ready-made reducer looks at records.

    Attributes
    ----------
    reducer
        Its name, for errors.
    keys
        The keys to look at, which every record must have then; all that come by default.
    weight
        The key of each record's weight, which is not accumulated itself.
    skipna
        Leave NaN out; None is always left out.
    takes_text
        Text is accepted besides numbers.
    """

    reducer: str
    keys: Sequence[str] | None = None
    weight: str | None = None
    skipna: bool = False
    takes_text: bool = False

    def accumulate(self, results: ResultStream, start: Callable[[], T]) -> dict[str, T] | T:
        """Accumulate numbers, or mappings of numbers key by key.

        Parameters
        ----------
        results
            The results.
        start
            Makes an empty accumulator.

        Returns
        -------
        dict or accumulator
            One accumulator per key in the order in which they came, or one where the results are plain
            numbers.

        Raises
        ------
        ReduceError
            There is no record; a value is no number; some results are numbers and others mappings.
        """
        single: T | None = None
        found: dict[str, T] = {}
        first_place = ""
        for record in records_of(results):
            is_mapping = isinstance(record, Mapping)
            if not first_place:
                first_place = results.place()
                single = None if is_mapping else start()
            elif is_mapping is (single is not None):
                raise ReduceError(
                    f"{self.reducer} needs one kind of result: {first_place} gave a "
                    f"{'mapping' if single is None else 'number'}, "
                    f"{results.place()} gave {type_name(record)}",
                    hint="Return a number from every partition, or a mapping from every one.",
                )
            if single is not None:
                self._add(single, record, 1, (), results)
                continue
            weight = self._weight_of(record, results)
            for key in record if self.keys is None else self.keys:
                if key == self.weight:
                    continue
                if key not in record:
                    raise missing_key(self.reducer, key, record, results)
                accumulator = found.get(key)
                if accumulator is None:
                    accumulator = found[key] = start()
                self._add(accumulator, record[key], weight, (key,), results)
        if not first_place:
            raise no_results(self.reducer)
        return found if single is None else single

    def _add(
        self,
        accumulator: Accumulator,
        value: Any,
        weight: float,
        place: tuple[str, ...],
        results: ResultStream,
    ) -> None:
        if value is None or (self.skipna and value != value):  # noqa: PLR0124 - only NaN differs from itself
            return
        if not isinstance(value, (int, float)) and not (self.takes_text and isinstance(value, str)):
            raise ReduceError(
                f"{self.reducer} needs numbers, but {shown(place)} of {results.place()} "
                f"is of type {type_name(value)}",
                hint='Name the keys to look at, as in keys = ["count"] under [reduce].' if place else "",
            )
        try:
            accumulator.add(value, weight)
        except TypeError:
            raise ReduceError(
                f"{self.reducer} cannot compare numbers with text: "
                f"{shown(place)} of {results.place()} is {value!r}",
                hint="Return the same type from every partition.",
            ) from None

    def _weight_of(self, record: Mapping[str, Any], results: ResultStream) -> float:
        if self.weight is None:
            return 1
        if self.weight not in record:
            raise missing_key(self.reducer, self.weight, record, results)
        weight = record[self.weight]
        if not isinstance(weight, (int, float)) or not 0 <= weight < float("inf"):
            raise ReduceError(
                f"{self.reducer} needs weights that are finite and not negative, but "
                f"{shown((self.weight,))} of {results.place()} is {weight!r}"
            )
        return weight


def missing_key(reducer: str, key: str, record: Mapping[str, Any], results: ResultStream) -> ReduceError:
    """Give the error for a record that lacks a key which the options name."""
    return ReduceError(
        f"{reducer} looks at the key {key!r}, which a result of {results.place()} does not have",
        hint=f"It has {', '.join(map(repr, record)) or 'no keys'}.",
    )


def no_results(reducer: str) -> ReduceError:
    """Give the error for results among which there is nothing to look at."""
    return ReduceError(
        f"{reducer} has nothing to work on: there are no results, or all of them are None or empty",
        hint="Return a number, a mapping of numbers, a list of such mappings, or a table.",
    )
