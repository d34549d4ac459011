"""HDF5: slices of one dataset along its first axis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.array_format import ArrayFormat
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece, missing_library
from jupyter_agilab.partition.formats.datasets import chosen_of, part_of, refused
from jupyter_agilab.partition.formats.row_cuts import RowCutter
from jupyter_agilab.partition.source import unreadable
from jupyter_agilab.partition.stores import is_url, open_source

if TYPE_CHECKING:
    import numpy as np

_AHEAD_BYTES = 1 << 16


class Hdf5(ArrayFormat):
    """``hdf5``; needs h5py."""

    name: ClassVar[str] = "hdf5"

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of the dataset that is meant, or why it has no slices."""
        try:
            with _opened(look.file.source, look.folder) as file:
                name = _chosen(file, look.table.dataset, look.file.source)
                found = file[name]
                if not found.shape:
                    return f"its dataset {name} is a single value"
                chunk = found.chunks[0] if found.chunks else 0
                ends = range(chunk, found.shape[0] + 1, chunk) if chunk else ()
                return RowCutter(found.shape[0], {"dataset": name}, ends, large_rows=0)
        except OSError as error:
            raise unreadable(look.file.source, error) from error
        except AgilabError as error:
            raise refused(error, look.file.source, "dataset") from error

    def array(self, piece: Piece) -> np.ndarray[Any, Any]:
        """Give the slice; text as Python's."""
        with _opened(piece.source, piece.folder) as file:
            import h5py

            found = file[self._name(file, piece)]
            if h5py.check_string_dtype(found.dtype) is not None:
                found = found.asstr()
            part = ... if piece.is_whole else slice(piece.partition.start, piece.partition.stop)
            array: np.ndarray[Any, Any] = found[part]
            return array

    def write(self, piece: Piece, path: Path) -> None:
        """Write the slice, with the attributes of its dataset, as a file with a dataset of the same name."""
        import h5py
        import numpy as np

        with _opened(piece.source, piece.folder) as file, h5py.File(path, "x") as out:
            name = self._name(file, piece)
            found = file[name]
            part = slice(piece.partition.start, piece.partition.stop)
            copy = out.create_dataset(name, data=found[part], dtype=found.dtype)
            for key, value in found.attrs.items():
                # references to other datasets lead nowhere in the copy
                if not isinstance(value, h5py.Reference) and getattr(value, "dtype", None) != np.dtype(
                    object
                ):
                    copy.attrs[key] = value

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the slice as the bytes of such a file."""
        from jupyter_agilab.private_folder import private_folder

        with private_folder() as private:
            self.write(piece, private / "a.h5")
            out.write((private / "a.h5").read_bytes())

    def _name(self, file: Any, piece: Piece) -> str:
        planned = part_of(piece.partition.detail, "dataset")
        return planned or _chosen(file, piece.options.get("dataset"), piece.told)


@contextmanager
def _opened(source: str, folder: Path) -> Iterator[Any]:
    try:
        import h5py
    except ImportError as error:
        raise missing_library("h5py", "hdf5", f"{source} is an HDF5 file") from error
    if is_url(source):
        with open_source(source, folder, _AHEAD_BYTES) as stream, h5py.File(stream, "r") as file:
            yield file
        return
    # other programs may hold a lock on it
    with h5py.File(folder / source, "r", locking=False) as file:
        yield file


def _chosen(file: Any, asked: str | None, told: str) -> str:
    import h5py

    names: list[str] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            names.append(name)

    file.visititems(visit)
    return chosen_of(names, asked, told, "dataset", "dataset")


FORMATS: Final[dict[str, Format]] = {"hdf5": Hdf5()}
