"""Settings of ``[execution]`` that have no effect beside others."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.contract.subject import Remark, Subject


def idle_settings(subject: Subject) -> Iterator[Remark]:
    """Tell a memory limit for threads, and a pause before retries that never come."""
    written = subject.table("execution")
    threads = subject.get("execution", "pool") == "threads" and subject.get("backend") == "pool"
    if threads and "memory" in written:
        yield Remark(
            "contract.idle-memory",
            ("execution", "memory"),
            'execution.memory has no effect with pool = "threads": all workers are one process',
            'use pool = "processes", or leave `memory` out',
            "warning",
        )
    if "retry_wait_s" in written and subject.get("execution", "retries") == 0:
        yield Remark(
            "contract.idle-retry-wait",
            ("execution", "retry_wait_s"),
            "execution.retry_wait_s has no effect, since retries = 0",
            "say how often a failed partition is tried again: retries = 2",
            "warning",
        )
