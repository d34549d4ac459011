"""Random numbers from generators that are not the partition's own.

The global generators are started for each partition from the stage's seed and the partition's id, so what is
drawn from them can be repeated, unless partitions share a process as threads. Others nothing can seed.
"""

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
_FROM_THE_SYSTEM = {"random.SystemRandom", "os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4"}
_SEEDED_BY_STATE = {
    "sklearn.model_selection.train_test_split",
    "sklearn.utils.shuffle",
    "sklearn.utils.resample",
    "sklearn.model_selection.ShuffleSplit",
}
_OWN = "use the names `rng` (numpy's) or `seed`: each partition gets its own, the same in every run"
_IN_REDUCER = "make a generator with a seed of its own: numpy.random.default_rng(0)"


def unseeded_random(unit: Unit) -> Iterator[Finding]:
    """Warn about draws that no seed decides, and note those from a global generator."""
    in_reducer = unit.role == "reducer"
    hint = _IN_REDUCER if in_reducer else _OWN
    for node in unit.nodes():
        if not isinstance(node, ast.Call):
            continue
        path = unit.meaning(node.func) or ""
        if unseeded := _unseeded(node, path):
            yield unit.finding(node, "extract.unseeded", unseeded, hint=hint, severity="warning")
        elif (shared := _shared(node, path)) and not _is_seeded(path, unit):
            name, generator = shared
            if in_reducer:
                message = f"{name} draws from {generator}, which nothing seeds: other results in every run"
                yield unit.finding(node, "extract.unseeded", message, hint=hint, severity="warning")
                continue
            message = f"{name} draws from {generator}; each partition starts it anew from its own seed"
            yield unit.finding(
                node,
                "extract.global-random",
                message,
                hint=f"partitions that are threads share it; to be safe there too, {_OWN.partition(':')[0]}",
                severity="info",
            )


def _unseeded(call: ast.Call, path: str) -> str:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if path in _MAKERS and all(isinstance(each, ast.Constant) and each.value is None for each in given):
        return f"`{path}()` without a seed gives other numbers in every run"
    if path in _FROM_THE_SYSTEM or path.startswith("secrets."):
        return f"`{path}` takes what the system gives, which no seed decides: other values in every run"
    return ""


def _shared(call: ast.Call, path: str) -> tuple[str, str] | None:
    """Give the call as it is told and the global generator that it draws from; None for other calls."""
    module, _, function = path.rpartition(".")
    numpys = "numpy's global generator"
    if module == "random" and function in _GLOBAL_RANDOM:
        return f"`{path}`", "Python's global generator"
    if module == "numpy.random" and function not in _NOT_DRAWING:
        return f"`{path}`", numpys
    state = {keyword.arg for keyword in call.keywords} & {"random_state", "seed", "rng", None}
    if path in _SEEDED_BY_STATE and not state:
        return f"`{function}` without random_state", numpys
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "sample"
        and not state
        and _is_frame_sample(call, path)
    ):
        return "`.sample(...)` without random_state", "a global generator"
    return None


def _is_seeded(path: str, unit: Unit) -> bool:
    """Tell whether the cell seeds the generator itself."""
    return (path.startswith("numpy.random.") and "numpy.random.seed" in unit.seeding) or (
        path.startswith("random.") and "random.seed" in unit.seeding
    )


def _is_frame_sample(call: ast.Call, path: str) -> bool:
    """Tell a DataFrame's ``sample`` from that of a generator (``rng.sample``) or a module."""
    root = path.partition(".")[0]
    if root in {"random", "rng", "numpy"}:
        return False
    named = {keyword.arg for keyword in call.keywords}
    return bool(named & {"n", "frac", "replace", "weights"}) or (
        len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, int)
    )
