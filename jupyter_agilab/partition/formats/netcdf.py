"""NetCDF: slices along one dimension, with everything that has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece, missing_library
from jupyter_agilab.partition.formats.datasets import chosen_of, part_of, refused
from jupyter_agilab.partition.formats.row_cuts import RowCutter
from jupyter_agilab.partition.formats.table_format import TableFormat
from jupyter_agilab.partition.source import unreadable
from jupyter_agilab.partition.stores import is_url

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

_HDF5: Final = b"\x89HDF\r\n\x1a\n"


class NetCdf(TableFormat):
    """``netcdf``; needs xarray and a library that reads the files, as netCDF4."""

    name: ClassVar[str] = "netcdf"
    records: ClassVar[str] = "slices"
    is_local: ClassVar[bool] = True

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of the dimension that is meant, or why there is none."""
        if is_url(look.file.source):
            return "it is behind a URL, and NetCDF is read from local files"
        try:
            with _opened(look.file.source, look.folder) as file:
                asked = look.table.dataset
                dimension = _dimension(file, asked, look.file.source)
                if not dimension:
                    return "its variables are single values"
                part = {"dataset": asked, "dimension": dimension} if asked else {"dimension": dimension}
                return RowCutter(file.sizes[dimension], part)
        except (OSError, ValueError) as error:
            raise unreadable(look.file.source, error) from error
        except AgilabError as error:
            raise refused(error, look.file.source, "dataset") from error

    def dataset(self, piece: Piece) -> Any:
        """Give the slice as an ``xarray.Dataset`` in memory."""
        with _opened(piece.source, piece.folder) as file:
            return _sliced(file, piece).load()

    def array(self, piece: Piece) -> np.ndarray[Any, Any]:
        """Give the slice of the variable that is meant."""
        with _opened(piece.source, piece.folder) as file:
            names = [str(name) for name in file.data_vars]
            asked = piece.options.get("dataset")
            found: np.ndarray[Any, Any] = _sliced(file, piece)[
                chosen_of(names, asked, piece.told, "variable", "dataset")
            ].values
            return found

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the slice as a pandas DataFrame: one row for each point of all dimensions."""
        found = self.dataset(piece)
        first = part_of(piece.partition.detail, "dimension") or _dimension(
            found, piece.options.get("dataset"), piece.told
        )
        order = [first, *(name for name in found.sizes if name != first)]
        frame: pd.DataFrame = found.to_dataframe(dim_order=order).reset_index()
        columns = piece.chosen([str(name) for name in frame.columns])
        return frame if columns is None else frame[columns]

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the slice as a pyarrow Table, with the rows that `pandas` gives."""
        import pyarrow as pa

        return pa.Table.from_pandas(self.pandas(piece), preserve_index=False)

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the rows that `pandas` gives, with Python values."""
        yield from self.arrow(piece).to_pylist()

    def write(self, piece: Piece, path: Path) -> None:
        """Write the slice as a NetCDF file."""
        with _opened(piece.source, piece.folder) as file:
            _sliced(file, piece).to_netcdf(path)

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the slice as the bytes of such a file."""
        from jupyter_agilab.private_folder import private_folder

        with private_folder() as private:
            self.write(piece, private / "a.nc")
            out.write((private / "a.nc").read_bytes())


@contextmanager
def _opened(source: str, folder: Path) -> Iterator[Any]:
    try:
        import xarray
    except ImportError as error:
        raise missing_library("xarray", "netcdf", f"{source} is a NetCDF file") from error
    with (folder / source).open("rb") as stream:
        head = stream.read(len(_HDF5))
    if head != _HDF5 and not head.startswith(b"CDF"):
        raise ValueError("it does not begin as NetCDF does")
    try:
        opened = xarray.open_dataset(folder / source)
    except ValueError as error:
        # xarray reads nothing itself
        raise missing_library("netCDF4", "netcdf", f"{source} is a NetCDF file") from error
    with opened as file:
        yield file


def _dimension(file: Any, asked: str | None, told: str) -> str:
    """Give the first dimension of the variable that is meant, or of all that have one."""
    names = [str(name) for name in file.data_vars]
    first = {str(file[name].dims[0]) for name in names if file[name].dims}
    if asked is None and len(first) == 1:
        return first.pop()
    dims = file[chosen_of(names, asked, told, "variable", "dataset")].dims
    return str(dims[0]) if dims else ""


def _sliced(file: Any, piece: Piece) -> Any:
    asked = piece.options.get("dataset")
    if asked is not None:
        names = [str(name) for name in file.data_vars]
        file = file[[chosen_of(names, asked, piece.told, "variable", "dataset")]]
    if piece.is_whole:
        return file
    dimension = part_of(piece.partition.detail, "dimension")
    return file.isel({dimension: slice(piece.partition.start, piece.partition.stop)})


FORMATS: Final[dict[str, Format]] = {"netcdf": NetCdf()}
