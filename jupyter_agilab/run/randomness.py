"""Random numbers per partition, from the stage's seed and the partition's id; workers do not matter."""

from __future__ import annotations

import hashlib
import importlib
import random
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from jupyter_agilab.run.global_draws import Draws, draws_in

_DASK = frozenset(("dask", "distributed", "tornado"))
_SEED_BYTES = 8
_lock = threading.Lock()


def partition_seed(stage_seed: int, partition: str) -> int:
    """Give the seed of a partition: a non-negative integer below 2**32, which every generator accepts."""
    return _digest(stage_seed, partition, 4)


def partition_rng(stage_seed: int, partition: str) -> Any:
    """Give a `numpy.random.Generator` of a partition.

    It is seeded with the stage's seed and the partition's 64-bit id as entropy of a
    `numpy.random.SeedSequence`, which makes streams of different partitions independent (O'Neill 2015, as
    described in numpy's documentation).
    """
    import numpy

    return numpy.random.default_rng(numpy.random.SeedSequence([abs(stage_seed), int(partition, 16)]))


class GlobalSeeding:
    """Starts the global generators that a stage may draw from anew for each partition.

    Which ones those are is worked out once, from the code's text, so that a stage that draws nothing pays
    nothing. Where several partitions run in one process at the same time they share these generators, and
    what they draw depends on who comes first.

    Parameters
    ----------
    sources
        The stage's modules, see `jupyter_agilab.run.types.StageSpec`.
    stage_seed
        The contract's seed.
    """

    def __init__(self, sources: Mapping[str, str], stage_seed: int) -> None:
        self._stage_seed = stage_seed
        self.draws = draws_in(sources)
        self._seeders: list[tuple[str, Callable[[Any, int], object]]] = []
        if self.draws:
            if sources:
                _import_early(self.draws)
            keep_dask_apart()
            self._seeders = [(name, _SEEDERS[name]) for name in self.draws.libraries]

    def before_import(self) -> None:
        """Start the generators from the stage's seed alone, for what a module draws while it is imported."""
        self.start("")

    def start(self, partition: str) -> None:
        """Start the generators for a partition, by its id; takes some microseconds."""
        draws = self.draws
        if draws.python:
            random.seed(_digest(self._stage_seed, f"random:{partition}", _SEED_BYTES))
        if draws.numpy and (numpy := sys.modules.get("numpy")) is not None:
            numpy.random.seed(partition_seed(self._stage_seed, partition))
        for name, seed in self._seeders:
            module = sys.modules.get(name)
            if module is not None:
                seed(module, partition_seed(self._stage_seed, partition))


_SEEDERS: dict[str, Callable[[Any, int], object]] = {
    "torch": lambda torch, seed: torch.manual_seed(seed),
    "tensorflow": lambda tensorflow, seed: tensorflow.random.set_seed(seed),
    "keras": lambda keras, seed: keras.utils.set_random_seed(seed),
    "polars": lambda polars, seed: polars.set_random_seed(seed),
}


def _import_early(draws: Draws) -> None:
    """Import what is drawn from: the first partition that does so would find its generator unseeded."""
    for name in (*(("numpy",) if draws.numpy else ()), *draws.libraries):
        # code that can do without it must be let
        with suppress(Exception):
            importlib.import_module(name)


def keep_dask_apart() -> None:
    """Give Dask's own code a generator of its own: its event loop draws while a partition is under way.

    It does so to estimate sizes (``dask.sizeof``) and to spread its calls in time, always through the module
    ``random``; were that the global generator, what a partition draws would depend on the moment.
    """
    if "distributed" not in sys.modules:
        return
    with _lock:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in _DASK and getattr(module, "random", None) is random:
                setattr(module, "random", _apart)  # noqa: B010  # a module's attribute, unknown to mypy


class _RandomApart:
    """Like the module ``random``, with a generator of its own."""

    def __init__(self) -> None:
        self._own = random.Random()  # noqa: S311  # nothing secret

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name) if hasattr(self._own, name) else getattr(random, name)


_apart = _RandomApart()


def _digest(stage_seed: int, text: str, size: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{stage_seed}:{text}".encode(), digest_size=size).digest(), "big")
