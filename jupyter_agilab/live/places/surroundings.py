"""What worker processes get of this one: where its modules are found, and not the script that it runs."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def main_unseen() -> Iterator[None]:
    """Keep worker processes that are started meanwhile from running the script that starts them.

    Python's way of starting processes runs the main module again in each; its functions travel by value here.
    """
    main = sys.modules.get("__main__")
    names: dict[str, Any] = vars(main) if main is not None else {}
    held: dict[str, Any] = {name: names[name] for name in ("__file__", "__spec__") if name in names}
    try:
        names.pop("__file__", None)
        names["__spec__"] = None
        yield
    finally:
        names.update(held)


def module_folders() -> list[str]:
    """Give the folders where modules are found here, as far as they are the author's own."""
    own = [str(Path(each).absolute()) for each in sys.path if each and "site-packages" not in each]
    standard = str(Path(uuid.__file__).parent)
    return [str(Path.cwd()), *(each for each in own if not each.startswith(standard))]
