"""Zarr: slices of one array along its first axis. A store is a folder of the local file system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.array_format import ArrayFormat
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece, missing_library
from jupyter_agilab.partition.formats.datasets import chosen_of, part_of, refused
from jupyter_agilab.partition.formats.row_cuts import RowCutter
from jupyter_agilab.partition.source import unreadable

if TYPE_CHECKING:
    import numpy as np


class Zarr(ArrayFormat):
    """``zarr``; needs the library of that name."""

    name: ClassVar[str] = "zarr"

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of the array that is meant, or why it has no slices."""
        try:
            name, found = _array(look.folder, look.file.source, look.table.dataset, look.file.source)
        except (OSError, ValueError, KeyError) as error:
            raise unreadable(look.file.source, error) from error
        except AgilabError as error:
            raise refused(error, look.file.source, "dataset") from error
        if not found.shape:
            return f"its array {name} is a single value"
        chunk = (getattr(found, "shards", None) or found.chunks)[0]
        ends = range(chunk, found.shape[0] + 1, chunk)
        return RowCutter(found.shape[0], {"dataset": name} if name else None, ends, large_rows=0)

    def array(self, piece: Piece) -> np.ndarray[Any, Any]:
        """Give the slice; only the chunks that hold it are read."""
        _, found = self._opened(piece)
        part = ... if piece.is_whole else slice(piece.partition.start, piece.partition.stop)
        array: np.ndarray[Any, Any] = found[part]
        return array

    def write(self, piece: Piece, path: Path) -> None:
        """Write the slice, with the attributes of its array, as a store with an array of the same name."""
        import zarr

        name, found = self._opened(piece)
        part = found[slice(piece.partition.start, piece.partition.stop)]
        if name:
            copy = zarr.open_group(str(path), mode="w-").create_array(name, data=part)
        else:
            copy = zarr.create_array(str(path), data=part)
        copy.attrs.update(dict(found.attrs))

    def _opened(self, piece: Piece) -> tuple[str, Any]:
        asked = part_of(piece.partition.detail, "dataset") or piece.options.get("dataset")
        return _array(piece.folder, piece.source, asked, piece.told)


def _array(folder: Path, source: str, asked: str | None, told: str) -> tuple[str, Any]:
    try:
        import zarr
    except ImportError as error:
        raise missing_library("zarr", "zarr", f"{source} is a Zarr store") from error
    opened = zarr.open(str(folder / source), mode="r")
    if isinstance(opened, zarr.Array):
        return "", opened
    names = [name for name, item in opened.members(max_depth=None) if isinstance(item, zarr.Array)]
    name = chosen_of(sorted(names), asked, told, "array", "dataset")
    return name, opened[name]


FORMATS: Final[dict[str, Format]] = {"zarr": Zarr()}
