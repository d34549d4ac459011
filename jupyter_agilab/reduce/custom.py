"""custom: a function of the author's, or a ready-made one, merges the results.

The function is called once, with an iterator of the partitions' results in partition order and the options of
``[reduce]`` by keyword. What it returns, or yields piece by piece, becomes the artifact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from io import BufferedWriter
from typing import Any

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.custom_output import write_output
from jupyter_agilab.reduce.records import decode
from jupyter_agilab.reduce.stored import SegmentFiles
from jupyter_agilab.reduce.types import CustomFunction, RecordFormat, Reduction, Results


class ResultStream(Iterator[Any]):
    """The partitions' results in partition order, each read when it is asked for.

    Attributes
    ----------
    index, partition
        Place in the plan and id of the partition whose result was given last; -1 and empty before the first.
    """

    def __init__(self, results: Results, files: SegmentFiles, progress: Callable[[int], None]) -> None:
        self.index = -1
        self.partition = ""
        self._length = len(results)
        self._given = 0
        self._progress = progress
        self._stored = files.each(results)

    def __len__(self) -> int:
        return self._length

    def __next__(self) -> Any:
        stored, data = next(self._stored)
        self.index, self.partition = stored.index, stored.partition
        self._given += 1
        if self._given % 256 == 0:
            self._progress(self._given)
        return decode(data, stored.encoding)

    def place(self) -> str:
        """Name the partition whose result was given last, for an error."""
        return f"partition {self.index} ({self.partition})"


class CustomReducer:
    """Calls a function with all results and writes what it returns as `write_output` says.

    Parameters
    ----------
    function
        Called as ``function(results, **options)``.
    options
        The other keys of ``[reduce]``.
    suffix
        Of the artifact, with the dot: what a table or a list becomes.
    """

    record_format: RecordFormat = "value"

    def __init__(
        self,
        function: CustomFunction,
        options: Mapping[str, Any] | None = None,
        *,
        suffix: str = ".json",
        name: str = "custom",
        meaning: str = "your own function merges the results",
        extension: str = ".json",
    ) -> None:
        self.function = function
        self.options = dict(options or {})
        self.suffix = suffix.lower()
        self.name = name
        self.meaning = meaning
        self.extension = extension

    def reduce(
        self, results: Results, out: BufferedWriter, progress: Callable[[int], None] = lambda done: None
    ) -> Reduction:
        """Call the function and write what it returns; exceptions of the function pass through unchanged.

        Raises
        ------
        ReduceError
            The function does not take the results and the options, returns None, or what it returns cannot be
            written with the output's suffix.
        """
        with SegmentFiles() as files:
            stream = ResultStream(results, files, progress)
            self._check_call(stream)
            made = self.function(stream, **self.options)
            if made is None:
                raise ReduceError(
                    f"the reducer {self.name} returned None, so there is nothing to write",
                    hint="End the function with `return ...`, or yield what should be written.",
                )
            reduction = write_output(made, out, self.suffix)
        progress(len(results))
        return reduction

    def _check_call(self, stream: ResultStream) -> None:
        try:
            called = signature(self.function)
        except ValueError:  # some functions written in C have none
            return
        try:
            called.bind(stream, **self.options)
        except TypeError as error:
            raise ReduceError(
                f"the reducer {self.name} is called with the results and the options "
                f"{', '.join(self.options) or '(none)'} of [reduce], but its function is {called}: {error}",
                hint="Make it `def merge(results, *, option=...)` with the options of [reduce].",
            ) from None
