"""A generator with the same seed in every partition: all of them draw the same numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit

_SEEDING = {
    "random.seed",
    "random.Random",
    "numpy.random.seed",
    "numpy.random.default_rng",
    "numpy.random.RandomState",
    "numpy.random.SeedSequence",
    "torch.manual_seed",
    "tensorflow.random.set_seed",
}


def fixed_seed(unit: Unit) -> Iterator[Finding]:
    """Warn about a constant seed, in the cell or captured."""
    if unit.role == "reducer":
        return
    for call, path in unit.calls():
        if path in _SEEDING and call.args and _is_constant(call.args[0], unit):
            yield unit.finding(
                call,
                "extract.fixed-seed",
                f"`{path}` gets the same seed in every partition, so all of them draw the same numbers",
                hint="use the names `seed` or `rng`: each partition gets its own, the same in every run",
                severity="warning",
            )


def _is_constant(node: ast.expr, unit: Unit) -> bool:
    return isinstance(node, ast.Constant) or unit.is_captured(node, "parameter", "constant")
