"""JSON files that tell whether they are as they were written: they end with a digest of all before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.dated_json import tagged

_SEAL = re.compile(rb',\n  "digest": "([0-9a-f]{32})"\n\}\n')
_SEAL_BYTES = len(b',\n  "digest": "' + b"0" * 32 + b'"\n}\n')


def write_sealed(path: Path, value: dict[str, Any]) -> None:
    """Write an object as indented JSON with its digest, dates tagged, whole or not at all.

    Parameters
    ----------
    value
        At least one key, none of them ``digest``.

    Raises
    ------
    OSError
        It cannot be written; a file that is there stays as it is.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, default=tagged).removesuffix("\n}")
    # half of a surrogate pair, as in a file name that is not UTF-8, has no bytes; escaped it is JSON again
    body = text.encode("utf-8", "backslashreplace")
    write_bytes(path, body + b',\n  "digest": "%s"\n}\n' % _digest(body))


def read_sealed(path: Path, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
    """Read an object back, without its digest. One that was never sealed is read as it is.

    Parameters
    ----------
    object_hook
        As of `json.loads`.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is not as it was written, or no object at all.
    """
    data = path.read_bytes()
    seal = _SEAL.fullmatch(data[-_SEAL_BYTES:])
    if seal is not None and _digest(data[:-_SEAL_BYTES]) != seal[1]:
        raise ValueError(f"{path.name} is not as it was written")
    try:
        value = json.loads(data, object_hook=object_hook)
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is no object")
    value.pop("digest", None)
    return value


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()
