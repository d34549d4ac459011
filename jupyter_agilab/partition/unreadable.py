"""Say in one sentence why a partition cannot be read as what the contract takes it for."""

from __future__ import annotations

import csv
import functools
import lzma
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.types import Partition

P = ParamSpec("P")
R = TypeVar("R")

_MALFORMED = (ValueError, EOFError, csv.Error, zlib.error, lzma.LZMAError)
"""What the readers raise for content that is not as expected; those of pandas and pyarrow are ValueErrors."""


class UnreadableTold:
    """Inside its ``with``, what a reader says about malformed content becomes one sentence.

    The sentence names the partition.

    Raises
    ------
    AgilabError
        The content is not text in its encoding, or not in its format.
    """

    def __init__(self, partition: Partition) -> None:
        self._partition = partition

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, AgilabError) or not _is_about_content(error):
            return
        described = self._partition.describe()
        if isinstance(error, UnicodeDecodeError):
            raise AgilabError(
                f"{described} is not {error.encoding} text: it holds byte 0x{error.object[error.start]:02x}",
                hint='say its encoding in the contract, as in: [partition] encoding = "latin-1"',
            ) from None
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise AgilabError(
            f"{described} cannot be read as {self._partition.format}: {reason}", hint=_hint(error)
        ) from None


def tells_unreadable(
    reader: Callable[Concatenate[Partition, P], R],
) -> Callable[Concatenate[Partition, P], R]:
    """Make a function that reads a whole partition raise as `UnreadableTold` does."""

    @functools.wraps(reader)
    def read(partition: Partition, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with UnreadableTold(partition):
            return reader(partition, *args, **kwargs)

    return read


def _is_about_content(error: BaseException) -> bool:
    return isinstance(error, _MALFORMED) or type(error).__module__.partition(".")[0] == "polars"


def _hint(error: BaseException) -> str:
    if isinstance(error, csv.Error) and "field limit" in str(error):
        return "write csv.field_size_limit(10_000_000) at the top of the stage's module, or take `df`"
    return "look at the file, and at `format`, `delimiter`, `quotechar` and `encoding` of [partition]"
