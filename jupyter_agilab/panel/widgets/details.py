"""One partition in detail: what it is, what the function receives, what it printed, why it failed."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.panel.widgets.protocol import DONE, MOST_TEXT, STATES, TAKEN_OVER
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.logs import RunLogs
from jupyter_agilab.run.preview import preview_partition

_LOG_LINES = 2_000


def detail_of(data: StageData, index: int, contract: Contract | None, folder: Path) -> dict[str, Any]:
    """Answer what there is to know about a partition; reads its input and its logs, so it may take a while.

    Parameters
    ----------
    contract, folder
        The contract that says what the function receives; None where it cannot be used.
    """
    partition = data.columns.window(index, index + 1)[0]
    told: dict[str, Any] = {
        "index": index,
        "fields": _fields(data, partition),
        "title": f"Partition {index:,}: {partition.describe()}"[:300],
        "records": _records(data, index, contract, folder),
        "state": "planned" if data.run is None else STATES[int(data.run.state[index])],
        "log": {"text": "", "is_cut": False},
        "error": None,
        "attempts": [],
    }
    run = data.run
    if run is not None:
        told["log"] = _log(run.run, index)
        failure = run.failures.get(index)
        # one that went well in the end has no error to show
        if failure is not None and run.state[index] not in {DONE, TAKEN_OVER}:
            text = failure["traceback"] or f"{failure['error_type']}: {failure['message']}"
            told["error"] = {
                "text": text[:MOST_TEXT],
                "type": failure["error_type"],
                "message": failure["message"][:MOST_TEXT],
                "cell": failure.get("cell") or None,
                "line": failure.get("cell_line"),
                "source_line": failure.get("source_line") or "",
            }
        told["attempts"] = _attempts(data, index)
    return told


def _fields(data: StageData, partition: Partition) -> list[list[str]]:
    index, run = partition.index, data.run
    fields = [] if run is None else [["State", STATES[int(run.state[index])]]]
    fields += [["Partition", f"{index:,}: {partition.describe()}"], ["Id", partition.id]]
    if partition.source:
        fields.append(["Source", partition.source])
        fields.append(["Size", size(partition.weight)])
    if partition.kind == "rows":
        fields.append(["Rows", f"{partition.start:,} to {partition.stop:,}"])
    fields.append(["Planned worker", str(data.planned_worker(index))])
    if run is None:
        return fields
    if worker := run.lanes.name(int(run.lane[index])):
        fields.append(["Worker", worker])
    if run.seconds[index] > 0:
        fields.append(["Took", duration(float(run.seconds[index]))])
    if run.begin[index] >= 0:
        fields.append(["Began", f"{duration(float(run.begin[index]))} after the start"])
    if run.attempts[index] > 1:
        fields.append(["Attempts", f"{int(run.attempts[index]):,}"])
    return fields


def _records(data: StageData, index: int, contract: Contract | None, folder: Path) -> str:
    if contract is None:
        return ""
    try:
        preview = preview_partition(contract, folder, data.plan, index)
    except (AgilabError, OSError, ValueError) as error:
        return f"the first records cannot be shown: {error}"[:MOST_TEXT]
    return "\n\n".join(f"{each.name} ({each.form})\n{each.shown}" for each in preview.arguments)[:MOST_TEXT]


def _log(run: RunDirectory, index: int) -> dict[str, Any]:
    lines = [line.text for line in islice(RunLogs(run).lines([index]), _LOG_LINES + 1)]
    text = "\n".join(lines[:_LOG_LINES])
    return {"text": text[:MOST_TEXT], "is_cut": len(lines) > _LOG_LINES or len(text) > MOST_TEXT}


def _attempts(data: StageData, index: int) -> list[str]:
    run = data.run
    if run is None:
        return []
    tries = run.tries
    told = [
        f"on {run.lanes.name(tries.lane[at]) or 'a worker'}, after {duration(tries.begin[at])}: failed"
        for at, each in enumerate(tries.index)
        if each == index
    ]
    failure = run.failures.get(index)
    if failure is not None:
        told.append(
            f"{counted(failure['attempt'], 'attempt')}: {failure['error_type']}: {failure['message']}"[:500]
        )
    return told
