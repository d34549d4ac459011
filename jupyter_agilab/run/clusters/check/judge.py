"""What a host answered, against what is needed: a cell for each thing, with cause and remedy."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.run.clusters.check.needs import Needs, Note
from jupyter_agilab.run.clusters.check.report import Row

_CLOCKS_APART_S = 2.0
_NAMED = 3


def judge(
    row: Row,
    answer: Mapping[str, Any],
    needs: Needs,
    note: Note | None,
    *,
    cluster: str,
    asked: float,
    answered: float,
    workers: int = 1,
    threads: int = 1,
    memory_bytes: int = 0,
    gpus: float = 0,
) -> None:
    """Fill in a row.

    Parameters
    ----------
    answer
        What `jupyter_agilab.run.clusters.check.probe.probe` gave there.
    asked, answered
        When, on this side's clock, in seconds since the epoch.
    workers, threads
        Workers of this host, and threads of each, as declared.
    memory_bytes
        What one worker is to have, as declared; 0 where the host's is shared out.
    gpus
        What one worker is to have, as declared.
    """
    _python(row, answer, cluster)
    _packages(row, answer["packages"], needs, cluster)
    if note is not None and answer["share"] is not None:
        _share(row, answer["share"], needs, note)
    _inputs(row, answer["inputs"])
    _clock(row, answer["time"], asked, answered)
    _cores(row, answer["cores"], workers * threads)
    _memory(row, answer["memory_bytes"], needs, workers, memory_bytes)
    _gpus(row, answer["gpus"], max(gpus, needs.gpus) * workers)


def _python(row: Row, answer: Mapping[str, Any], cluster: str) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    there = ".".join(answer["python"].split(".")[:2])
    if there == here:
        row.ok("python", answer["python"])
        return
    row.fail(
        "python",
        f"its Python is {there} and this one is {here}: what is sent between them needs the same",
        f"name a Python {here} in `python` of [{cluster}], or: jupyter agilab cluster install {cluster}",
    )


def _packages(row: Row, found: Mapping[str, str | None], needs: Needs, cluster: str) -> None:
    missing = [
        f"{name} {version}".rstrip() for name, version in needs.packages.items() if found[name] is None
    ]
    other = [
        f"{name} {found[name]} (here {version})"
        for name, version in needs.packages.items()
        if found[name] is not None and found[name] != version
    ]
    if not missing and not other:
        row.ok("packages", f"{len(needs.packages)} as here")
        return
    causes = [f"it lacks {_listed(missing)}"] if missing else []
    causes += [f"it has {_listed(other)}"] if other else []
    row.fail(
        "packages", " and ".join(causes), f"make them the same: jupyter agilab cluster install {cluster}"
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _share(row: Row, answer: Mapping[str, Any], needs: Needs, note: Note) -> None:
    share = needs.share
    mount = "mount the folder that this machine has there, at the same path"
    if not answer["exists"]:
        row.fail("share", f"there is no folder {share}", mount)
    elif answer["seen"] is None:
        if answer["error"] == "Permission denied":
            row.fail("share", f"{share} may not be read", "give its user the right to read and write there")
        else:
            row.fail("share", f"its {share} is another folder than this machine's", mount)
    elif answer["seen"] != note.token:
        row.fail("share", f"{share} shows old bytes", "mount it so that changes are seen at once")
    elif answer["wrote"] is None:
        why = answer["error"].lower() or "refused"
        row.fail(
            "share", f"{share} is not writable ({why})", "mount it for writing, or give its user the right"
        )
    elif not note.written(answer["wrote"]):
        row.fail("share", f"what it writes into {share} does not arrive here", mount)
    else:
        row.ok("share", "same bytes")


def _inputs(row: Row, found: Mapping[str, str]) -> None:
    wrong = [f"{path} ({why.lower()})" for path, why in found.items() if why]
    if wrong:
        row.fail(
            "input",
            f"it cannot read {_listed(wrong)}",
            "put the input where every host can read it, as on the share, and let its user read it",
        )
    elif found:
        row.ok("input", "readable")


def _clock(row: Row, time_s: float, asked: float, answered: float) -> None:
    apart = max(asked - time_s, time_s - answered, 0.0)
    if apart > _CLOCKS_APART_S:
        row.warn(
            "clock",
            f"its clock is {apart:,.0f} s apart from this one's",
            "let both follow a time server: times in reports are wrong otherwise",
        )
    else:
        row.ok("clock")


def _cores(row: Row, found: int, needed: int) -> None:
    if needed > found:
        row.warn(
            "cores",
            f"its workers have {needed} threads, and it has {found} core{'s' if found > 1 else ''}",
            "give it fewer slots",
        )
    else:
        row.ok("cores", str(found))


def _memory(row: Row, found: int, needs: Needs, workers: int, declared: int) -> None:
    one = declared or (found // max(1, workers))
    if declared and declared * workers > found > 0:
        row.fail(
            "memory",
            f"{workers} worker{'s' if workers > 1 else ''} of {size_text(declared)} do not fit into its "
            f"{size_text(found)}",
            "give it fewer slots, or its workers less memory",
        )
    elif needs.memory_bytes > one > 0:
        row.fail(
            "memory",
            f"one worker has {size_text(one)}, and {needs.stage} asks for {size_text(needs.memory_bytes)}",
            "give it fewer slots or more memory, or ask for less in the contract",
        )
    else:
        row.ok("memory", size_text(found))


def _gpus(row: Row, found: int, needed: float) -> None:
    if needed > found:
        row.fail(
            "gpu",
            f"{needed:g} GPU{'s' if needed > 1 else ''} needed, and it has {found or 'none'}",
            "run on hosts that have some, or leave `gpus` out",
        )
    elif needed:
        row.ok("gpu", str(found))
