"""Resume keys: what a partition's result depends on. Equal keys mean that a result can be reused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from jupyter_agilab.contract.formats import READER_KEYS
from jupyter_agilab.partition.fingerprints import deciding_part
from jupyter_agilab.partition.types import canonical

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.run.code import FrozenCode

_ONLY_TOLD = frozenset(("definitions", "fingerprint"))


def resume_record(code: FrozenCode, contract: Contract, record_format: str) -> dict[str, Any]:
    """Give, by name, everything but the input that can change a partition's result.

    It is kept in the run's manifest, so that `jupyter_agilab.run.explain` can say what has changed since.
    """
    has_pickles = any(item.format == "pickle" for item in contract.shared.values())
    return {
        "function": code.function,
        # the classes of what a pickle holds are named in it, and nowhere in the code
        "code": code.whole if has_pickles else code.meaning,
        "definitions": {name: list(kind_and_digest) for name, kind_and_digest in code.definitions.items()},
        "parameters": {name: canonical(value) for name, value in contract.parameters.items()},
        "shared": {name: item.digest for name, item in contract.shared.items()},
        "seed": contract.execution.seed,
        "split": contract.split,
        "reader": {name: canonical(getattr(contract.partition, name)) for name in READER_KEYS},
        "records": record_format,
        "fingerprint": contract.partition.fingerprint,
    }


def key_of_record(record: dict[str, Any]) -> str:
    """Give the part of the resume key that all partitions of a run share, from its `resume_record`."""
    return _digest({name: value for name, value in record.items() if name not in _ONLY_TOLD})


def stage_key(code: FrozenCode, contract: Contract, record_format: str) -> str:
    """Give the part of the resume key that all partitions of a run share."""
    return key_of_record(resume_record(code, contract, record_format))


def resume_key(stage: str, fingerprint: str) -> str:
    """Give the resume key of one partition from the run's `stage_key` and the partition's fingerprint."""
    return hashlib.blake2b(f"{stage}:{deciding_part(fingerprint)}".encode(), digest_size=10).hexdigest()


def resume_keys(stage: str, fingerprints: Iterable[str]) -> Iterator[str]:
    """Give the resume keys of many partitions, in order."""
    return (resume_key(stage, fingerprint) for fingerprint in fingerprints)


def trial_key(stage: str, contract: Contract, reduce_code: FrozenCode | None) -> str:
    """Give what a trial tries: the run's `stage_key`, and the reducer with its options and its code."""
    return _digest(
        {
            "stage": stage,
            "reducer": contract.reducer,
            "function": contract.reduce.function,
            "options": {name: canonical(value) for name, value in contract.reduce.options.items()},
            "code": reduce_code.meaning if reduce_code else "",
        }
    )


def _digest(value: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()
