"""What packing and unpacking agree on."""

from __future__ import annotations

from typing import Final

TAG: Final = "$"
"""The key that a packed table has; a dictionary that has it itself is packed as pairs."""

CLASSES_OF: Final[dict[str, type]] = {
    kind.__name__: kind for kind in (int, float, str, list, dict, set, tuple, bool, complex)
}
"""What a ``defaultdict`` may make."""


def class_key(kind: type) -> str:
    """Give a class's full name."""
    return f"{kind.__module__}.{kind.__qualname__}"
