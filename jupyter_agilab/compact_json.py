"""JSON without spaces, made fast for many small values."""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable, Sequence
from typing import Any


def compact_encoder(
    default: Callable[[Any], Any],
    *,
    sort_keys: bool = False,
    ensure_ascii: bool = True,
    spaced: bool = False,
    allow_nan: bool = True,
) -> Callable[[Any], str]:
    """Give a function that turns a value into JSON text.

    `json.JSONEncoder.encode` builds its C encoder anew for every value, which costs more than encoding a
    small one; here it is built once. Where Python has no C encoder, the standard one is used.

    Parameters
    ----------
    default
        Called for what JSON does not have, as in the standard library.
    spaced
        Whether a space comes after each comma and colon, as the standard library writes it.
    """
    comma, colon = (", ", ": ") if spaced else (",", ":")
    make = getattr(json.encoder, "c_make_encoder", None)
    quote = getattr(json.encoder, f"c_encode_basestring{'_ascii' if ensure_ascii else ''}", None)
    if make is None or quote is None:
        return json.JSONEncoder(
            ensure_ascii=ensure_ascii,
            separators=(comma, colon),
            sort_keys=sort_keys,
            default=default,
            allow_nan=allow_nan,
        ).encode
    encode: Callable[[Any, int], Sequence[str]] = make(
        None, default, quote, None, colon, comma, sort_keys, False, allow_nan
    )
    join = "".join
    return lambda value: join(encode(value, 0))
