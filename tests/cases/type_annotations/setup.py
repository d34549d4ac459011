from typing import NamedTuple


class Row(NamedTuple):
    name: str
    value: float


Rows = list[Row]
