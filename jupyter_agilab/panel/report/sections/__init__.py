"""The parts of the report, one per file."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.sections import (
    advice,
    comparison,
    contract,
    environment,
    failures,
    logs,
    plan,
    standouts,
    timeline,
)
from jupyter_agilab.run.story.story import RunStory

SECTIONS: tuple[Callable[[RunStory], Part | None], ...] = (
    contract.part,
    plan.part,
    comparison.part,
    timeline.part,
    standouts.part,
    failures.part,
    logs.part,
    environment.part,
    advice.part,
)
"""In the order of the page. Each gives None where it has nothing to say."""
