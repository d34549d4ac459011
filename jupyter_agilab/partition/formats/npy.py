"""NumPy's ``.npy``: slices along the first axis, read by memory map."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final, Literal

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.array_format import ArrayFormat
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece
from jupyter_agilab.partition.formats.row_cuts import RowCutter
from jupyter_agilab.partition.source import unreadable
from jupyter_agilab.partition.stores import is_url, open_raw, open_source, read_range

if TYPE_CHECKING:
    import numpy as np

_HEADER_BYTES = 4_096


class Npy(ArrayFormat):
    """``npy``."""

    name: ClassVar[str] = "npy"

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of an array, or why it has no slices."""
        try:
            with open_source(look.file.source, look.folder, _HEADER_BYTES) as stream:
                shape, is_fortran, dtype = _header(stream)
        except (OSError, ValueError) as error:
            raise unreadable(look.file.source, error) from error
        if dtype.hasobject:
            return "its elements are Python objects, which are stored as a pickle"
        if not shape:
            return "it is a single value"
        if is_fortran and len(shape) > 1:
            return "its columns are stored one after another (Fortran order)"
        return RowCutter(shape[0])

    def array(self, piece: Piece) -> np.ndarray[Any, Any]:
        """Give the slice; of a local file a map of it, which can be changed without changing the file."""
        import numpy as np

        with open_source(piece.source, piece.folder, _HEADER_BYTES) as stream:
            shape, is_fortran, dtype = _header(stream)
            begin = stream.tell()
        if dtype.hasobject:
            raise AgilabError(
                f"{piece.told} holds Python objects, which only a pickle can give",
                hint="store numbers or text, or take `path: str` and load it in the function",
            )
        start, stop = (0, shape[0]) if shape else (0, 0)
        if not piece.is_whole:
            start, stop = piece.partition.start, piece.partition.stop
        row_bytes = dtype.itemsize * prod(shape[1:])
        order: Literal["C", "F"] = "F" if is_fortran else "C"
        rest = (stop - start, *shape[1:]) if shape else ()
        if not is_url(piece.source) and prod(rest) * dtype.itemsize:
            return np.memmap(piece.path, dtype, "c", begin + start * row_bytes, rest, order)
        wanted = dtype.itemsize * prod(rest)
        with open_raw(piece.source, piece.folder) as raw:
            place = begin + start * row_bytes
            held = read_range(raw, place, place + wanted)
        found: np.ndarray[Any, Any] = np.frombuffer(bytearray(held), dtype).reshape(rest, order=order)
        return found

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the slice as a ``.npy`` file."""
        import numpy as np

        np.lib.format.write_array(out, np.asarray(self.array(piece)), allow_pickle=False)

    def write(self, piece: Piece, path: Path) -> None:
        """Write the slice as a ``.npy`` file."""
        with path.open("xb") as out:
            self.write_bytes(piece, out)


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    from numpy.lib import format as npy

    version = npy.read_magic(stream)
    if version == (1, 0):
        return npy.read_array_header_1_0(stream)
    if version == (2, 0):
        return npy.read_array_header_2_0(stream)
    raise ValueError(f"its version {version[0]}.{version[1]} is not known")


FORMATS: Final[dict[str, Format]] = {"npy": Npy()}
