"""What every form of candidate is."""

from __future__ import annotations

import ast
from collections.abc import Callable

from jupyter_agilab.migrate.find.candidate import Candidate, Context

Form = Callable[[ast.AST, Context], Candidate | None]
"""Gives the candidate that a node is, or None."""
