"""What one earlier run says about the partitions of a plan of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.run.changes import stage_changes
from jupyter_agilab.run.input_changes import InputSizes, resized, same_size
from jupyter_agilab.run.past import PastRun
from jupyter_agilab.run.reasons import Reason
from jupyter_agilab.run.resume_key import resume_key

_MESSAGE_CHARACTERS = 160


class Hindsight:
    """Gives reasons out of one earlier run.

    Parameters
    ----------
    past
        The run.
    stage_key, record
        What results of now depend on.
    sizes
        The sizes of the input files now.
    """

    def __init__(self, past: PastRun, stage_key: str, record: dict[str, Any], sizes: InputSizes) -> None:
        self._past, self._record, self._now = past, record, sizes
        self.entries = past.planned()
        """Its partitions as its plan stores them; empty where the plan is gone."""
        self._keys = past.keys() if self.entries else {}
        self._failures = past.failures() if self.entries else {}
        self._then = InputSizes.of_entries(self.entries)
        self._changes = stage_changes(past.record, record) if past.stage_key != stage_key else []
        self._stage_changed = Reason("stage", "; ".join(self._changes), past.run_id)
        self._ended = _unfinished(past)
        self._damaged = damaged(past)

    def reason(self, index: int, fingerprint: str, source: str) -> Reason | None:
        """Say why a partition will run that had the plan index `index` in the run; None if that cannot tell.

        `fingerprint` and `source` are those of now.
        """
        if index in self._failures:
            return self._failed(self._failures[index])
        if index in self._keys:
            return self._changed(fingerprint, source, self._keys[index], self.entries[index])
        if self._past.has_left_out(index):
            return None
        if self._ended is not None:
            return self._ended
        entry = self.entries[index]
        key = resume_key(self._past.stage_key, entry.get("fingerprint", entry["id"]))
        return self._changed(fingerprint, source, key, entry)

    def of_other_slice(self, source: str) -> Reason | None:
        """Say why a slice will run of a file that the run knew in other slices; None if it did not."""
        then = self._then.of(source) if source else None
        if then is None:
            return None
        text = resized(then, self._now.of(source))
        if text:
            return self._input((*self._changes, text), (*self._changes, "input changed"))
        return Reason("never", "never ran: its file was cut in another way", self._past.run_id)

    def _changed(self, fingerprint: str, source: str, key: str, entry: Mapping[str, Any]) -> Reason:
        """Explain a result that was made under another key: the stage or the input is another one."""
        if resume_key(self._past.stage_key, fingerprint) == key:
            return self._stage_changed if self._changes else self._damaged
        if entry["kind"] == "elements":
            fed_by = dict.fromkeys(stage for stage, _ in entry["detail"]["elements"].values())
            text = f"input changed: what it gets of {' or '.join(fed_by)} will be made anew"
            return self._input((*self._changes, text), (*self._changes, text))
        now = self._record["fingerprint"]
        then = (self._past.record or {}).get("fingerprint", now)
        text = resized(self._then.of(source), self._now.of(source))
        if text:
            group = "input changed"
        elif then != now:
            text = group = f"changes of inputs are told by {now} now, and no longer by {then}"
        else:
            text = group = same_size(by_content=now == "content")
        return self._input((*self._changes, text), (*self._changes, group))

    def _input(self, texts: tuple[str, ...], group: tuple[str, ...]) -> Reason:
        return Reason("input", "; ".join(texts), self._past.run_id, "; ".join(group))

    def _failed(self, event: dict[str, Any]) -> Reason:
        kind = str(event.get("error_type", "error"))
        first = str(event.get("message", "")).strip().partition("\n")[0]
        cause = f"{kind}: {first}" if first else kind
        if len(cause) > _MESSAGE_CHARACTERS:
            cause = f"{cause[: _MESSAGE_CHARACTERS - 3]}..."
        since = f" (since then: {'; '.join(self._changes)})" if self._changes else ""
        return Reason(
            "failed",
            f"failed last time: {cause}{since}",
            self._past.run_id,
            f"failed last time: {kind}{since}",
        )


def damaged(past: PastRun) -> Reason:
    """Say that a result was there, and is not whole any more."""
    return Reason("damaged", f"its stored result in run {past.run_id} is damaged", past.run_id)


def _unfinished(past: PastRun) -> Reason | None:
    """Say what became of partitions that the run has nothing of; None where it finished them all."""
    state = past.state()
    if state == "finished":
        return None
    if state in {"submitted", "running", "reducing"}:
        return Reason("unfinished", f"run {past.run_id} is under way and has not done it yet", past.run_id)
    return Reason("unfinished", f"run {past.run_id} ended before it was done", past.run_id)
