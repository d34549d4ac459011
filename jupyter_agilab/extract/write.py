"""Write the module of an extraction: only if it changed, and never over somebody's edits."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.atomic import write_text
from jupyter_agilab.errors import ModuleChangedError, OutputError
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.names import text_digest


def write_module(
    extraction: Extraction, folder: Path, *, recorded_digest: str | None = None, overwrite: bool = False
) -> Path:
    """Write ``stages/NAME.py`` below `folder`; a file that says the same already is not touched.

    Parameters
    ----------
    folder
        The contract's.
    recorded_digest
        The digest of the module as we wrote it last, from the contract's ``[source]``. A file that differs
        from it, or that we never recorded, was written by somebody.
    overwrite
        Replace it even then.

    Raises
    ------
    jupyter_agilab.errors.ExtractionError
        The extraction has errors.
    jupyter_agilab.errors.ModuleChangedError
        The module was edited by hand.
    jupyter_agilab.errors.OutputError
        The file cannot be written.
    """
    text = extraction.text()
    path = folder / extraction.module_path
    try:
        present = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else None
        if present == text:
            return path
        if present is not None and not overwrite and text_digest(present) != recorded_digest:
            by = "edited by hand" if recorded_digest else "written by somebody else"
            raise ModuleChangedError(
                f"{extraction.module_path} was {by} and differs from what the cell gives now",
                hint="copy your edits into the cell, or let the cell replace the module with --overwrite",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise OutputError(
            f"{extraction.module_path} cannot be written: {error.strerror or error}",
            hint=f"free space or make the folder {folder} writable, or move the notebook",
        ) from error
    return path
