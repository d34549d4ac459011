"""Why a value is not written into a contract or a module, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.extract.extraction import SharedFormat
from jupyter_agilab.extract.history import Binding
from jupyter_agilab.extract.kinds import describe
from jupyter_agilab.extract.privacy import home_path, is_secret, texts_in

FORMAT_NAMES: Mapping[SharedFormat, str] = {
    "parquet": "Parquet",
    "npy": "npy",
    "json": "JSON",
    "pickle": "pickle",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason and the remedies."""

    code: str
    message: str
    hint: str


def not_copied(name: str, value: object, binding: Binding | None) -> Refusal:
    """Refuse a value that must not be copied silently: its type, its size, and what to do instead."""
    described = describe(value)
    remedies = [described.remedy]
    files = [form for form in described.formats if form != "pickle"]
    if files:
        remedies.insert(0, f"share it as a {FORMAT_NAMES[files[0]]} file with --share {name}")
    elif described.formats:
        remedies.append(f"share it with --share {name} --allow-pickle")
    if files and files[0] == "parquet":
        remedies.append(f"make it the input with --item {name}")
    made = f" ({binding.where} made it)" if binding is not None else ""
    message = f"{name!r} is {described.what}; such a value is not copied silently"
    return Refusal("extract.not-copied", message, ", or ".join(remedies) + made)


def not_written(name: str, value: Any) -> Refusal | None:
    """Refuse a constant that looks like a secret or leads into a home; None where it may be written."""
    texts = texts_in(name, value)
    if any(is_secret(key, text) for key, text in texts):
        variable = f'"{name.upper()}"' if type(value) is str else "..."
        return Refusal(
            "extract.secret",
            f"{name!r} looks like a secret, it is never written to a file",
            f"read it inside the cell from the environment: os.environ[{variable}]",
        )
    if any(home_path(text) for _, text in texts):
        return Refusal(
            "extract.home-path",
            f"{name!r} {'is' if type(value) is str else 'holds'} an absolute path into a home folder, "
            "which no other machine has",
            "use a path relative to the notebook's folder",
        )
    return None
