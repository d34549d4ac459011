"""The three snippets that AGILAB's pages generate, for a stage: install, distribution, run.

Their form is that of https://github.com/ThalesGroup/agilab since ``AGI.run`` takes a ``RunRequest``, with the
lines by which AGILAB knows a generated snippet and its version. Hosts do not stand in them: they are read
from ``clusters.toml`` by the cluster's name when a snippet runs, so that a snippet can be committed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pprint import pformat
from typing import Literal, get_args

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.export.settings import ExportSettings
from jupyter_agilab.run.clusters.model import AddressPlace, SshPlace

Step = Literal["install", "get_distrib", "run"]
STEPS: tuple[Step, ...] = get_args(Step)
"""In the order in which they are used."""

SNIPPET_API = "agi.snippet.v1"
GENERATOR = "jupyter-agilab"

_PLACE = '''
def place():
    """Give the scheduler and the worker map of the cluster: AGILAB's cluster fields."""
    if CLUSTER is None:
        return None, None
    import os
    import tomllib

    home = Path(os.environ.get("JUPYTER_CONFIG_DIR", Path.home() / ".jupyter"))
    table = {}
    for file in (Path("clusters.toml"), home / "agilab" / "clusters.toml"):
        if file.is_file():
            table |= tomllib.loads(file.read_text("utf-8")).get(CLUSTER, {})
    if not table:
        raise SystemExit(f"clusters.toml has no cluster {CLUSTER!r}")
    workers = table.get("hosts")
    address = table.get("address", "").partition("//")[2]
    return table.get("scheduler") or address or next(iter(workers)), workers
'''

_STALE = '''
def tell_stale():
    """Say so where the contract has changed since this was written."""
    contract = Path(CONTRACT)
    if contract.is_file():
        digest = hashlib.blake2b(contract.read_bytes(), digest_size=16).hexdigest()
        if digest != CONTRACT_DIGEST:
            print(f"stale: {CONTRACT} has changed since this snippet was written; export it again")
'''

_CALLS: dict[Step, str] = {
    "install": """
    scheduler, workers = place()
    result = await AGI.install(
        app_env, modes_enabled=MODES_ENABLED, scheduler=scheduler, workers=workers
    )
""",
    "get_distrib": """
    scheduler, workers = place()
    result = await AGI.get_distrib(app_env, scheduler=scheduler, workers=workers, **PARAMS)
""",
    "run": """
    scheduler, workers = place()
    request = RunRequest(
        params=PARAMS,
        data_in=DATA_IN,
        data_out=DATA_OUT,
        scheduler=scheduler,
        workers=workers,
        mode=MODE,
    )
    result = await AGI.run(app_env, request=request)
""",
}


@dataclass(frozen=True, slots=True)
class Snippet:
    """One generated snippet."""

    step: Step
    file_name: str
    text: str


def snippets(settings: ExportSettings, contract_name: str, contract_text: str, app: str) -> list[Snippet]:
    """Give the three snippets, in the order in which they are used.

    Parameters
    ----------
    contract_name, contract_text
        The contract's file name, and its text.
    app
        The name of AGILAB's project, without ``_project``.
    """
    name = settings.contract.name
    return [
        Snippet(step, f"AGI_{step}_{name}.py", _text(step, settings, contract_name, contract_text, app))
        for step in STEPS
    ]


def _text(step: Step, settings: ExportSettings, contract_name: str, contract_text: str, app: str) -> str:
    contract, cluster = settings.contract, settings.cluster
    # only what AGILAB can reach has cluster fields
    named = cluster.name if isinstance(cluster, SshPlace | AddressPlace) else None
    params = {"parallel_stage": contract_name, **contract.parameters}
    digest = hashlib.blake2b(contract_text.encode(), digest_size=16).hexdigest()
    imported = "AGI, RunRequest" if step == "run" else "AGI"
    return f'''# AGILAB generated snippet
# snippet_api: {SNIPPET_API}
# app: {app}_project
# generator: {GENERATOR}
# settings: {settings.digest()}
# cluster: {cluster.name if cluster else "-"}
# mode: {settings.mode.spelled}
# modes enabled: {settings.enabled.spelled}
import asyncio
import datetime
import hashlib
from pathlib import Path

from agi_cluster.agi_distributor import {imported}
from agi_env import AgiEnv
from agi_env.snippet_contract import require_supported_snippet_api

AGILAB_SNIPPET_API = "{SNIPPET_API}"
require_supported_snippet_api(AGILAB_SNIPPET_API)

APP = {app + "_project"!r}
CONTRACT = {contract_name!r}
CONTRACT_DIGEST = {digest!r}
PARAMS = {pformat(params, sort_dicts=False)}
DATA_IN = {contract.input!r}
DATA_OUT = {artifact_path(contract, contract_name)!r}
# cluster fields
CLUSTER = {named!r}
MODE = {settings.mode.number}
MODES_ENABLED = {settings.enabled.number}


def apps_path():
    marker = Path.home() / ".local/share/agilab/.agilab-path"
    if not marker.is_file():
        raise SystemExit("AGILAB is not initialized: run its installer first")
    return Path(marker.read_text("utf-8").strip()) / "apps"

{_PLACE}
{_STALE}

async def main():
    tell_stale()
    app_env = AgiEnv(apps_path=apps_path(), app=APP, verbose=1){_CALLS[step]}    print(result)
    return result


if __name__ == "__main__":
    asyncio.run(main())
'''
