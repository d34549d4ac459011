"""What a run takes besides its partitions: measured once for each machine, Python and back end.

A stage of ours that does nothing is run on two workers, and its journal read. The answer is kept in the
user's cache folder (``$XDG_CACHE_HOME/jupyter-agilab/fixed-cost.json``), so that it costs some seconds once.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from jupyter_agilab.atomic import write_json
from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.planning.cost import FixedCost
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.private_folder import private_folder
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.manifest import read_manifest

_SETS = 400
_WORKERS = 2
_PATIENCE_S = 120.0
_QUICK_S = 3.0
_MODULE = "def nothing(number: int) -> int:\n    return number\n"
_CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "nothing"
function = "stages/nothing.py:nothing"
split = "parameter-sweep"
input = "sets.json"
workers = {workers}
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "{backend}"
output = "nothing.json"

[execution]
pool = "{pool}"
"""


def cache_path() -> Path:
    """Give where what was measured is kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    folder = Path(home) if home else Path.home() / ".cache"
    return folder / "jupyter-agilab" / "fixed-cost.json"


def kept_fixed_cost(backend: str) -> FixedCost | None:
    """Give what was measured for a back end (``local``, ``pool-processes``, …); None where nothing was."""
    try:
        return FixedCost(**_kept()[_name(backend)])
    except (KeyError, TypeError):
        return None


def measure_fixed_cost(backend: str) -> FixedCost | None:
    """Measure a back end by running a stage that does nothing; blocks for a second, with Dask for some.

    None where it does not run here; a trial must not fail for it.
    """
    with private_folder() as folder:
        # a run waits for the lock of the folder that it writes into, and this one is locked as ours
        measured = _measured(folder / "stage", backend)
        if measured is not None and measured.start_s < _QUICK_S:
            # what else the machine does can only add to it
            again = _measured(folder / "again", backend)
            measured = _least(measured, again) if again is not None else measured
    if measured is not None:
        path = cache_path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, {**_kept(), _name(backend): dataclasses.asdict(measured)})
        except OSError:
            # a home that cannot be written to: it is measured again next time
            pass
    return measured


def _least(one: FixedCost, other: FixedCost) -> FixedCost:
    names = ("start_s", "worker_s", "task_s", "partition_s", "end_s")
    return dataclasses.replace(one, **{name: min(getattr(one, name), getattr(other, name)) for name in names})


def _kept() -> dict[str, Any]:
    try:
        value = json.loads(cache_path().read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _name(backend: str) -> str:
    return f"{os.uname().nodename} {sys.executable} {backend}"


def _measured(folder: Path, backend: str) -> FixedCost | None:
    from jupyter_agilab.run.submit import RunSettings, submit
    from jupyter_agilab.run.watch import RunWatch

    name, _, pool = backend.partition("-")
    (folder / "stages").mkdir(parents=True)
    (folder / "stages" / "nothing.py").write_text(_MODULE, "utf-8")
    (folder / "sets.json").write_text(json.dumps({"number": list(range(_SETS))}), "utf-8")
    path = folder / "nothing.parallel_stage.toml"
    path.write_text(
        _CONTRACT.format(workers=_WORKERS, backend=name, pool=pool or "processes"), encoding="utf-8"
    )
    file = read_contract(path)
    if file.contract is None:
        return None
    plan = make_plan(file.contract, folder)
    started = submit(file, file.contract, plan, RunSettings())
    status = RunWatch(started.directory, started.driver).wait(lambda status: None, timeout_s=_PATIENCE_S)
    if status.state != "finished":
        return None
    manifest = read_manifest(started.directory) or {}
    return _read(list(read_events(started.directory.events)), float(manifest["submitted"]))


def _read(events: list[dict[str, Any]], submitted: float) -> FixedCost | None:
    tasks = [event for event in events if event["type"] == "task.finished"]
    joined = [event["t"] for event in events if event["type"] == "worker.joined"]
    ended = next((event["t"] for event in events if event["type"] == "run.ended"), None)
    if not tasks or ended is None:
        return None
    first: dict[str, dict[str, Any]] = {}
    for task in tasks:
        first.setdefault(task["worker"], task)
    rest = [task for task in tasks if first[task["worker"]] is not task]
    many = [task["seconds"] / task["finished"] for task in rest if task["finished"] >= 10]
    partition_s = median(many) if many else 0.0
    # until workers are ready: they have imported all of ours, and done their first tiny task
    ready = median(task["started"] + task["seconds"] for task in first.values())
    gaps = [
        later["started"] - (earlier["started"] + earlier["seconds"])
        for worker in first
        for earlier, later in pairwise([task for task in tasks if task["worker"] == worker])
    ]
    beside = [max(0.0, task["seconds"] - task["finished"] * partition_s) for task in rest]
    return FixedCost(
        start_s=ready - submitted,
        worker_s=(max(joined) - min(joined)) / (len(joined) - 1) if len(joined) > 1 else 0.0,
        task_s=max(0.0, median(gaps) if gaps else 0.0) + (median(beside) if beside else 0.0),
        partition_s=partition_s,
        end_s=ended - max(task["t"] for task in tasks),
        measured=f"a stage that does nothing, {time.strftime('%Y-%m-%d')}",
    )
