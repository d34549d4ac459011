"""What a generated snippet depends on, as one digest: the contract, the cluster by name, the modes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.modes import Mode, mode_of, require_enabled
from jupyter_agilab.dated_json import tagged
from jupyter_agilab.run.clusters.model import Cluster
from jupyter_agilab.run.clusters.open_settings import open_settings

_FOR_READERS = frozenset(("notes", "next_steps", "source", "schema"))


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What is exported: a contract, where it runs, and in which mode.

    Attributes
    ----------
    cluster
        None for a run on this machine.
    mode, enabled
        Of the run, and what the installation makes ready for it; the first is a subset of the second.
    """

    contract: Contract
    cluster: Cluster | None
    mode: Mode
    enabled: Mode

    def digest(self) -> str:
        """Give ``blake2b:`` and 32 hexadecimal digits; secrets do not count."""
        told: dict[str, Any] = {
            "contract": {
                key: value for key, value in asdict(self.contract).items() if key not in _FOR_READERS
            },
            "cluster": open_settings(self.cluster) if self.cluster else None,
            "mode": self.mode.number,
            "enabled": self.enabled.number,
        }
        text = json.dumps(told, sort_keys=True, default=tagged)
        return f"blake2b:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def export_settings(
    contract: Contract,
    cluster: Cluster | None,
    *,
    is_compiled: bool,
    enable: tuple[str, ...] = (),
) -> ExportSettings:
    """Work out the mode of a run.

    Parameters
    ----------
    is_compiled
        Whether the stage's module is compiled as it is now.
    enable
        What else the installation is to make ready: ``pool``, ``cython``, ``cluster``, ``rapids``.

    Raises
    ------
    UsageError
        A name in `enable` is none of these.
    """
    mode = mode_in_use(contract, cluster, is_compiled=is_compiled)
    enabled = mode_of(*mode.parts, *enable)
    require_enabled(mode, enabled)
    return ExportSettings(contract, cluster, mode, enabled)


def mode_in_use(contract: Contract, cluster: Cluster | None, *, is_compiled: bool) -> Mode:
    """Give the mode that a run of the contract has, here or on a cluster."""
    asks_for_gpus = bool(contract.resources.gpus) or bool(getattr(cluster, "gpus", 0))
    return mode_of(
        *(["pool"] if contract.backend == "pool" else []),
        *(["cython"] if is_compiled else []),
        *(["cluster"] if cluster is not None or contract.backend == "dask" else []),
        *(["rapids"] if asks_for_gpus else []),
    )
