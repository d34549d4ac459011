"""``threads``: calls run in this process, and arguments and results are the very objects, not copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_agilab.live.calls import Call
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.on_worker import make_call
from jupyter_agilab.live.places.this_machine import Lane, OnThisMachine, Work


class ThreadPlace(OnThisMachine):
    """Threads of this process: for what waits, or lets go of the interpreter while it works."""

    kind = "threads"

    def _prepare(self, handle: Handle, call: Call) -> Any:
        return None

    def _start_lane(self, lane: Lane) -> None:
        """Start nothing: its thread is all there is."""

    def _stop_lane(self, lane: Lane) -> None:
        """Let it end with what it does; a thread cannot be ended from outside."""

    def _run(self, lane: Lane, work: Work) -> None:
        call = work.call
        values = [each.kept for each in call.inputs]
        work.handle.kept = make_call(
            call.name, call.code.function, call.args, call.kwargs, values, call.time_limit_s
        )

    def _values_of(self, handles: Sequence[Handle]) -> list[Any]:
        return [each.kept for each in handles]
