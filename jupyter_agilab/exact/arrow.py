"""Arrow tables as text: the stream format, in base64."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any


def arrow_text(table: Any) -> str:
    """Write an Arrow table as text."""
    import pyarrow as pa

    out = BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return base64.b64encode(out.getvalue()).decode("ascii")


def arrow_table(text: str) -> Any:
    """Read what `arrow_text` wrote."""
    import pyarrow as pa

    with pa.ipc.open_stream(base64.b64decode(text)) as reader:
        return reader.read_all()
