"""Workbooks: never cut; one sheet as a table."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece, missing_library
from jupyter_agilab.partition.formats.table_format import TableFormat

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Excel(TableFormat):
    """``excel``; tables need pandas and, for ``.xlsx``, openpyxl."""

    name: ClassVar[str] = "excel"
    is_local: ClassVar[bool] = True

    def cutter(self, look: Look) -> Cutter | str:
        """Say why it is not cut."""
        del look
        return "it is a workbook"

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the first sheet, or the one that ``table`` names, as a pandas DataFrame."""
        try:
            import pandas as pd

            frame = pd.read_excel(piece.path, sheet_name=piece.options.get("table") or 0)
        except ImportError as error:
            raise missing_library("what reads workbooks", "excel", f"{piece.told} is a workbook") from error
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error
        columns = piece.chosen([str(name) for name in frame.columns])
        return frame if columns is None else frame[columns]

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the rows of that sheet."""
        frame = self.pandas(piece)
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
            yield {str(name): value for name, value in row.items()}

    def arrow(self, piece: Piece) -> pa.Table:
        """Give that sheet as a pyarrow Table."""
        import pyarrow as pa

        return pa.Table.from_pandas(self.pandas(piece), preserve_index=False)


FORMATS: Final[dict[str, Format]] = {"excel": Excel()}
