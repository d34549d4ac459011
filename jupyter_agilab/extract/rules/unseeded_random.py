"""Random numbers from a generator that nothing seeds: no run could be repeated."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit

_GLOBAL_RANDOM = frozenset(
    [
        "random",
        "randint",
        "randrange",
        "uniform",
        "choice",
        "choices",
        "sample",
        "shuffle",
        "gauss",
        "normalvariate",
        "expovariate",
        "betavariate",
        "triangular",
        "lognormvariate",
        "vonmisesvariate",
        "gammavariate",
        "paretovariate",
        "weibullvariate",
        "getrandbits",
        "randbytes",
    ]
)
_NOT_DRAWING = frozenset(
    [
        "seed",
        "default_rng",
        "Generator",
        "RandomState",
        "SeedSequence",
        "PCG64",
        "PCG64DXSM",
        "MT19937",
        "Philox",
        "SFC64",
        "BitGenerator",
        "get_state",
        "set_state",
        "bit_generator",
    ]
)
_MAKERS = {
    "numpy.random.default_rng",
    "numpy.random.RandomState",
    "random.Random",
    "numpy.random.SeedSequence",
}
_SEEDED_BY_STATE = {
    "sklearn.model_selection.train_test_split",
    "sklearn.utils.shuffle",
    "sklearn.utils.resample",
    "sklearn.model_selection.ShuffleSplit",
}


def unseeded_random(unit: Unit) -> Iterator[Finding]:
    """Warn about draws from a global or unseeded generator."""
    if unit.role == "reducer":
        hint = "make a generator with a seed of its own: numpy.random.default_rng(0)"
    else:
        hint = "use the names `rng` (numpy's) or `seed`: each partition gets its own, the same in every run"
    for node in unit.nodes():
        if not isinstance(node, ast.Call):
            continue
        path = unit.meaning(node.func) or ""
        if path.startswith("numpy.random.") and "numpy.random.seed" in unit.seeding:
            continue
        message = _problem(node, path)
        if message:
            yield unit.finding(node, "extract.unseeded", message, hint=hint, severity="warning")


def _problem(call: ast.Call, path: str) -> str:
    module, _, function = path.rpartition(".")
    if module == "random" and function in _GLOBAL_RANDOM:
        return f"`{path}` draws from Python's global generator; the result depends on the worker"
    if module == "numpy.random" and function not in _NOT_DRAWING:
        return f"`{path}` draws from numpy's global generator; the result depends on the worker"
    if path in _MAKERS and not call.args and not call.keywords:
        return f"`{path}()` without a seed gives other numbers in every run"
    state = {keyword.arg for keyword in call.keywords} & {"random_state", "seed", "rng", None}
    if path in _SEEDED_BY_STATE and not state:
        return f"`{function}` without random_state gives other results in every run"
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "sample"
        and not state
        and _is_frame_sample(call, path)
    ):
        return "`.sample(...)` without random_state gives other rows in every run"
    return ""


def _is_frame_sample(call: ast.Call, path: str) -> bool:
    """Tell a DataFrame's ``sample`` from that of a generator (``rng.sample``) or a module."""
    root = path.partition(".")[0]
    if root in {"random", "rng", "numpy"}:
        return False
    named = {keyword.arg for keyword in call.keywords}
    return bool(named & {"n", "frac", "replace", "weights"}) or (
        len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, int)
    )
