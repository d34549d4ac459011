"""What goes over a view's socket: JSON as text, and answers with buffers as one binary frame.

A binary frame is the length of its head (four bytes, little-endian), the head (JSON with ``content`` and
``lengths``, padded by blanks so that what follows lies at a multiple of four), and the buffers one after
another, each of whose lengths is a multiple of four.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from jupyter_agilab.server.handlers import json_text


def packed(content: dict[str, Any], buffers: Sequence[bytes]) -> bytes:
    """Give the binary frame of an answer."""
    head = json_text({"content": content, "lengths": [len(each) for each in buffers]}).encode()
    head += b" " * (-(len(head) + 4) % 4)
    return struct.pack("<I", len(head)) + head + b"".join(buffers)
