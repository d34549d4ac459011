"""What a run was given that the stage's run before it was not: contract, code, settings, environment."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.run.layout import RunDirectory, run_directories
from jupyter_agilab.run.manifest import read_manifest

_MOST_LINES = 5_000
"""Longer texts are not compared line by line: that takes as long as their lengths multiplied."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text that differs; ``lines`` is a unified diff without its head, empty for texts too long."""

    name: str
    kind: Literal["changed", "added", "removed"]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that differs; an empty text means that there was or is none."""

    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The run before, and what differs. ``submitted`` is in seconds since the epoch."""

    run_id: str
    state: str
    submitted: float
    seconds: float
    contract: TextChange | None
    code: tuple[TextChange, ...]
    settings: tuple[ValueChange, ...]
    environment: tuple[ValueChange, ...]

    @property
    def is_same(self) -> bool:
        """Whether the run was given the same contract, code and settings."""
        return not (self.contract or self.code or self.settings)


def compare_to_previous(run: RunDirectory, manifest: Mapping[str, Any]) -> Previous | None:
    """Compare a run with the stage's newest run before it; None where there is none."""
    for other in run_directories(run.path.parents[3], run.stage):
        if other.run_id < run.run_id:
            before = read_manifest(other)
            if before is not None:
                return _compared(other, before, run, manifest)
    return None


def frozen_sources(run: RunDirectory) -> dict[str, str]:
    """Give the stage's modules as they were frozen at submit: path to text, sorted by path."""
    return dict(sorted(_sources(run.code)))


def _sources(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*.py"):
        try:
            yield path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")
        except OSError:
            continue


def _compared(
    other: RunDirectory, before: Mapping[str, Any], run: RunDirectory, now: Mapping[str, Any]
) -> Previous:
    old, new = frozen_sources(other), frozen_sources(run)
    code = (_text_change(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))
    texts = [(each.get("contract") or {}).get("text", "") for each in (before, now)]
    return Previous(
        run_id=other.run_id,
        state=str(before.get("state", "")),
        submitted=float(before.get("submitted", 0.0)),
        seconds=float(before.get("seconds", 0.0)),
        contract=_text_change("contract", *texts),
        code=tuple(change for change in code if change),
        settings=tuple(_value_changes(before.get("settings") or {}, now.get("settings") or {})),
        environment=_environment_changes(before.get("environment"), now.get("environment")),
    )


def _environment_changes(before: Any, now: Any) -> tuple[ValueChange, ...]:
    # a run that ended before its driver looked around has none
    if not before or not now:
        return ()
    return tuple(_value_changes(_flat(before), _flat(now)))


def _flat(environment: Mapping[str, Any]) -> dict[str, Any]:
    packages = environment.get("packages") or {}
    return {name: value for name, value in environment.items() if name != "packages"} | dict(packages)


def _value_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[ValueChange]:
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield ValueChange(name, *("" if value is None else str(value) for value in (old, new)))


def _text_change(name: str, before: str | None, now: str | None) -> TextChange | None:
    if before == now:
        return None
    kind: Literal["changed", "added", "removed"] = (
        "added" if before is None else "removed" if now is None else "changed"
    )
    old, new = ((text or "").splitlines() for text in (before, now))
    if max(len(old), len(new)) > _MOST_LINES:
        return TextChange(name, kind, ())
    return TextChange(name, kind, tuple(difflib.unified_diff(old, new, lineterm="", n=3))[2:])
