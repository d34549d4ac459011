"""Names that other tools have for what a stage claims: accepted from code, told with ours in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.assemble import is_amount
from jupyter_agilab.contract.subject import came
from jupyter_agilab.errors import UsageError
from jupyter_agilab.workflow.keys import keys_of
from jupyter_agilab.workflow.model import Claims

ALIASES: Mapping[str, str] = {
    "time": "walltime",
    "mem": "memory",
    "cpus_per_task": "cpus",
    "num_cpus": "cpus",
    "num_gpus": "gpus",
    "cpu": "cpus",
    "gpu": "gpus",
}
"""SLURM's, slurm-sdk's and Ray's names."""


def claims_from(values: Mapping[str, Any] | Claims | None) -> Claims:
    """Give claims from what code says: our names, or those that SLURM and Ray have for the same.

    ``{"time": "00:03:00", "mem": "256M", "cpus_per_task": 1}``; every other name is a named resource. None
    claims nothing.

    Raises
    ------
    UsageError
        A value is not what its name takes, or two names say the same.
    """
    if values is None:
        return Claims()
    if isinstance(values, Claims):
        return values
    known = {key.name: key for key in keys_of("resources")}
    found: dict[str, Any] = {}
    named: dict[str, float] = {}
    for name, value in values.items():
        ours = ALIASES.get(name, name)
        if value is None:
            continue
        if ours in known:
            if not known[ours].kind.passes(value):
                raise UsageError(f"the resource {name} {known[ours].kind.rule}; {came(value)}")
            if ours in found:
                raise UsageError(f"the resource {ours} is given twice, once as {name}")
            found[ours] = known[ours].kind.convert(value)
        elif is_amount(value):
            named[name] = float(value)
        else:
            raise UsageError(f"the resource {name} must be a non-negative number; {came(value)}")
    return Claims(**found, named=named)
