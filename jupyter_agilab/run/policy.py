"""What is done about partitions that fail: the contract's ``[execution]``, as the loop needs it."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.contract.model import ExecutionTable
from jupyter_agilab.contract.sizes import parse_size

_LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How failures are treated.

    Attributes
    ----------
    retries
        Further attempts of a partition.
    retry_wait_s
        Seconds until the first of them; each later one waits twice as long, a minute at most.
    keep_going
        Whether the other partitions are run after one has failed for good.
    timeout_s
        Seconds that one partition may take, or None.
    memory_bytes
        What one worker may take, or None.
    """

    retries: int = 0
    retry_wait_s: float = 0.0
    keep_going: bool = False
    timeout_s: float | None = None
    memory_bytes: int | None = None

    def pause_s(self, attempts: int) -> float:
        """Give how long a partition waits after so many failed attempts."""
        return min(self.retry_wait_s * 2.0 ** min(attempts - 1, 30), _LONGEST_PAUSE_S)


def policy_of(execution: ExecutionTable) -> Policy:
    """Read the policy from a checked contract."""
    return Policy(
        retries=execution.retries,
        retry_wait_s=execution.retry_wait_s,
        keep_going=execution.on_failure == "finish",
        timeout_s=execution.timeout_s,
        memory_bytes=parse_size(execution.memory) if execution.memory else None,
    )
