"""Columns of numbers for the page's script: typed arrays as base64, in the narrowest type that holds them."""

from __future__ import annotations

import base64
import json
import math
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jupyter_agilab.panel.markup import Markup

_INTEGERS = (("u8", "B", 0, 0xFF), ("u16", "H", 0, 0xFFFF), ("u32", "I", 0, 0xFFFF_FFFF))


def integers(values: Sequence[int]) -> list[str]:
    """Pack integers from -1 on; those below 0 count as the type's largest value, which means none."""
    most = max(values, default=0)
    for name, code, _, largest in _INTEGERS:
        if most < largest:
            return _packed(name, array(code, [value if value >= 0 else largest for value in values]))
    return numbers(values)


def numbers(values: Iterable[float]) -> list[str]:
    """Pack numbers with seven digits; what is not finite becomes 0."""
    return _packed("f32", array("f", (value if math.isfinite(value) else 0.0 for value in values)))


def _packed(name: str, values: array[Any]) -> list[str]:
    if sys.byteorder == "big":
        values.byteswap()
    return [name, base64.b64encode(values.tobytes()).decode("ascii")]


def data_block(identity: str, value: Mapping[str, Any]) -> Markup:
    """Give an element that holds JSON and is never run; no text in it can end it or start another one."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(f'<script type="application/json" id="{identity}">{text}</script>')
