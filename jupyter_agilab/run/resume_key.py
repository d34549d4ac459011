"""Resume keys: what a partition's result depends on. Equal keys mean that a result can be reused."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.run.code import FrozenCode


def stage_key(code: FrozenCode, contract: Contract, record_format: str) -> str:
    """Give the part of the resume key that all partitions of a run share.

    It holds everything but the input that can change a partition's result: the code's meaning, the
    parameters, the shared data, the seed, the reader options and the form in which results are stored.
    """
    reader = contract.partition
    parts = {
        "function": code.function,
        "code": code.meaning,
        "parameters": dict(contract.parameters),
        "shared": {name: item.digest for name, item in contract.shared.items()},
        "seed": contract.execution.seed,
        "reader": [reader.delimiter, reader.quotechar, reader.encoding, reader.header, reader.columns],
        "records": record_format,
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def resume_key(stage: str, fingerprint: str) -> str:
    """Give the resume key of one partition from the run's `stage_key` and the partition's fingerprint."""
    return hashlib.blake2b(f"{stage}:{fingerprint}".encode(), digest_size=10).hexdigest()
