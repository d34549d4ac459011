"""What rules look at: a workflow's values, those of them that pass, and the workflow that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from jupyter_agilab.contract.subject import Remark, came
from jupyter_agilab.workflow.assemble import assemble
from jupyter_agilab.workflow.keys import places, value_at
from jupyter_agilab.workflow.model import Workflow

__all__ = ["Remark", "Subject", "came", "subject_of"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A workflow under check.

    Attributes
    ----------
    data
        The file's values, whatever they are.
    values
        The values of our keys by place, as far as they pass, converted to the model's types.
    workflow
        What these make; whatever is wrong counts as not written.
    """

    data: Mapping[str, Any]
    values: Mapping[tuple[str, ...], Any]
    workflow: Workflow

    def is_written(self, *path: str) -> bool:
        """Say whether a key is there, whatever its value."""
        return value_at(self.data, path) is not MISSING


def subject_of(data: Mapping[str, Any]) -> Subject:
    """Collect the values that pass."""
    values: dict[tuple[str, ...], Any] = {}
    for path, key in places(data):
        value = value_at(data, path)
        if value is not MISSING and key.kind.passes(value):
            values[path] = key.kind.convert(value)
    return Subject(data, values, assemble(data, values))
