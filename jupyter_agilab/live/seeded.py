"""``rng``: random numbers of an item's own, the same wherever it runs."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.live.calls import Code


def with_rng(code: Code, seed: int) -> Code:
    """Give code that takes an item's place before its arguments, and passes a fresh ``rng`` for it.

    The seed and the item's place are the entropy of a `numpy.random.SeedSequence`, which makes the streams of
    different items independent (O'Neill 2015, as described in numpy's documentation).
    """
    return Code(_Seeded(code.function, seed))


class _Seeded:
    """A function with its ``rng``; made when it is called, so that nothing of numpy travels."""

    def __init__(self, function: Any, seed: int) -> None:
        self._function, self._seed = function, seed
        self.__name__ = getattr(function, "__name__", "task")

    def __call__(self, index: int, /, *args: Any, **kwargs: Any) -> Any:
        import numpy

        rng = numpy.random.default_rng(numpy.random.SeedSequence([abs(self._seed), index]))
        return self._function(*args, **kwargs, rng=rng)
