"""From a notebook cell to a module that a person would have written; nothing of the user's is run."""

from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.extraction import Argument, Capture, Extraction, SharedValue
from jupyter_agilab.extract.from_cell import extract, extract_reducer
from jupyter_agilab.extract.line_map import cell_line
from jupyter_agilab.extract.names import identifier, text_digest
from jupyter_agilab.extract.shared import write_shared
from jupyter_agilab.extract.write import write_module

__all__ = [
    "Argument",
    "Capture",
    "CellContext",
    "ExecutedCell",
    "Extraction",
    "SharedValue",
    "cell_line",
    "extract",
    "extract_reducer",
    "identifier",
    "text_digest",
    "write_module",
    "write_shared",
]
