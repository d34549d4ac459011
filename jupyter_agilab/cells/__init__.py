"""Notebooks and their cells: read from files, and IPython's syntax made plain Python."""

from jupyter_agilab.cells.magic_lines import Translation
from jupyter_agilab.cells.notebook import Notebook, NotebookCell, read_notebook
from jupyter_agilab.cells.python_source import PythonSource, python_source

__all__ = ["Notebook", "NotebookCell", "PythonSource", "Translation", "python_source", "read_notebook"]
