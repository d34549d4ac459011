"""The command line: ``jupyter agilab VERB``."""

from jupyter_agilab.cli.command import main

__all__ = ["main"]
