"""Random numbers per partition, from the stage's seed and the partition's id; workers do not matter."""

from __future__ import annotations

import hashlib
from typing import Any


def partition_seed(stage_seed: int, partition: str) -> int:
    """Give the seed of a partition: a non-negative integer below 2**32, which every generator accepts."""
    text = f"{stage_seed}:{partition}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big")


def partition_rng(stage_seed: int, partition: str) -> Any:
    """Give a `numpy.random.Generator` of a partition.

    It is seeded with the stage's seed and the partition's 64-bit id as entropy of a
    `numpy.random.SeedSequence`, which makes streams of different partitions independent (O'Neill 2015, as
    described in numpy's documentation).
    """
    import numpy

    return numpy.random.default_rng(numpy.random.SeedSequence([abs(stage_seed), int(partition, 16)]))
