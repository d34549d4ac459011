"""``rng``: random numbers of an item's own, the same wherever it runs."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.live.calls import Code


def with_rng(code: Code, seed: int, index: int) -> Code:
    """Give code that passes a fresh ``rng`` for an item to a function.

    The seed and the item's place are the entropy of a `numpy.random.SeedSequence`, which makes the streams of
    different items independent (O'Neill 2015, as described in numpy's documentation).
    """
    return Code(_Seeded(code.function, seed, index))


class _Seeded:
    """A function with its ``rng``; made when it is called, so that nothing of numpy travels."""

    def __init__(self, function: Any, seed: int, index: int) -> None:
        self._function, self._seed, self._index = function, seed, index
        self.__name__ = getattr(function, "__name__", "task")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        import numpy

        rng = numpy.random.default_rng(numpy.random.SeedSequence([abs(self._seed), self._index]))
        return self._function(*args, **kwargs, rng=rng)
