"""What a cluster's table says, without secrets and what differs between people: for comparing by digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from jupyter_agilab.run.clusters.model import Cluster

# the same cluster on another person's machine has others
_OF_ONE_MACHINE = frozenset(
    ("environment", "connect", "share", "tls_ca_file", "tls_cert", "tls_key", "key_file", "known_hosts")
)


def open_settings(cluster: Cluster) -> dict[str, Any]:
    """Give the keys of a cluster and their values, as far as all who use it have the same."""
    return {
        spec.name: value
        for spec in fields(cluster)
        if not getattr(spec.metadata.get("about"), "is_secret", False)
        and (value := getattr(cluster, spec.name)) is not None
        and spec.name not in _OF_ONE_MACHINE
    }


def settings_digest(cluster: Cluster, *more: object) -> str:
    """Give 32 hexadecimal digits over `open_settings`, the workers' environment, and what else is given."""
    told = [open_settings(cluster), sorted(cluster.environment.items()), *more]
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
