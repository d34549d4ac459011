"""Check SLURM: the job as it would be submitted, then one such job that asks a node's Python."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.run.clusters.check.by_ssh import answer_in, program
from jupyter_agilab.run.clusters.check.judge import judge
from jupyter_agilab.run.clusters.check.needs import Needs, Note
from jupyter_agilab.run.clusters.check.report import Row
from jupyter_agilab.run.clusters.check.slurm_words import refusal, seconds_of
from jupyter_agilab.run.clusters.kinds.batch_systems import SYSTEMS, JobState
from jupyter_agilab.run.clusters.model import SlurmPlace

_COMMAND_PATIENCE_S = 30
_LAST_LINES = 3
# what a job prints needs some seconds to be seen from another machine
_ANSWER_PATIENCE_S = 10.0


def check_slurm(cluster: SlurmPlace, needs: Needs, note: Note | None) -> list[Row]:
    """Check the queue, then a node; the row of the job is named after its node."""
    row = Row(f"SLURM {cluster.queue}" if cluster.queue else "SLURM")
    if shutil.which("sbatch") is None:
        row.fail(
            "reached",
            "the command sbatch is not here",
            "run this on a login node of the cluster, or install SLURM's commands",
        )
        return [row]
    facts = _facts(cluster)
    if not _is_accepted(cluster, row, facts):
        return [row]
    if note is None:
        # what a job prints comes back as a file
        row.cells.pop("share", None)
        return [row]
    answer = _ask_a_node(cluster, needs, note, row, facts)
    if answer is not None:
        row.host = f"{answer[0]['host']} (job)"
        declared = parse_size(cluster.memory) // cluster.workers_per_job
        judge(
            row,
            answer[0],
            needs,
            note,
            cluster=cluster.name,
            asked=answer[1],
            answered=answer[2],
            workers=cluster.workers_per_job,
            threads=max(1, cluster.cores // cluster.workers_per_job),
            memory_bytes=declared,
            gpus=cluster.gpus / cluster.workers_per_job,
        )
    return [row]


def _facts(cluster: SlurmPlace) -> dict[str, str]:
    return {
        "queue": cluster.queue or "the usual partition",
        "queues": "",
        "account": cluster.account or "",
        "walltime": cluster.walltime or "",
        "limit": "",
        "cores": str(cluster.cores),
        "memory": cluster.memory,
    }


def _is_accepted(cluster: SlurmPlace, row: Row, facts: dict[str, str]) -> bool:
    """Try the job on the scheduler, which takes no node for it."""
    queues = _run(["sinfo", "-h", "-o", "%R"])
    facts["queues"] = ", ".join(sorted(set(queues.stdout.split())))
    if queues.returncode:
        row.fail("reached", *refusal(queues.stderr or "slurm_load", facts))
        return False
    row.ok("reached")
    limit = _run(
        ["sinfo", "-h", "-o", "%l", *(["-p", cluster.queue] if cluster.queue else [])]
    ).stdout.split()
    longest = seconds_of(limit[0]) if limit else None
    facts["limit"] = limit[0] if limit else ""
    tried = _run(["sbatch", "--test-only", "--wrap=true", *_flags(cluster)])
    if tried.returncode:
        row.fail("queue", *refusal(tried.stderr, facts))
        return False
    asked = seconds_of(cluster.walltime) if cluster.walltime else None
    if asked is not None and longest is not None and asked > longest:
        # SLURM accepts such a job, and lets it wait for ever
        row.fail("queue", *refusal("time limit", facts))
        return False
    row.ok("queue", "accepted")
    return True


def _ask_a_node(
    cluster: SlurmPlace, needs: Needs, note: Note, row: Row, facts: dict[str, str]
) -> tuple[dict[str, Any], float, float] | None:
    script, output = note.folder / "probe.py", note.folder / "output.txt"
    script.write_text(program(needs, note), "utf-8")
    lines = [
        "#!/bin/bash",
        *(f"export {name}={shlex.quote(value)}" for name, value in cluster.environment.items()),
        *cluster.prologue,
        f"{shlex.quote(cluster.python or sys.executable)} {shlex.quote(str(script))}",
    ]
    job_file = note.folder / "job.sh"
    job_file.write_text("\n".join(lines) + "\n", "utf-8")
    job_name = f"agilab-check-{cluster.name}"
    submitted = _run(
        [
            "sbatch",
            "--parsable",
            f"--output={output}",
            f"--job-name={job_name}",
            *_flags(cluster),
            str(job_file),
        ]
    )
    if submitted.returncode:
        row.fail("queue", *refusal(submitted.stderr, facts))
        return None
    job = submitted.stdout.strip().partition(";")[0]
    asked = time.time()
    try:
        return _wait_for_answer(cluster, job, output, asked, row)
    finally:
        _run(["scancel", job])


def _wait_for_answer(
    cluster: SlurmPlace, job: str, output: Path, asked: float, row: Row
) -> tuple[dict[str, Any], float, float] | None:
    deadline = time.monotonic() + cluster.wait_s
    state: JobState | None = None
    gone = None
    while time.monotonic() < deadline:
        text = output.read_text("utf-8", "replace") if output.is_file() else ""
        answer = answer_in(text)
        if answer is not None:
            return answer, asked, time.time()
        state = SYSTEMS["slurm"].states([job]).get(job)
        if state is not None and state.is_hopeless:
            break
        if state is None or state.is_over:
            gone = gone or time.monotonic()
            if time.monotonic() - gone > (1.0 if output.is_file() else _ANSWER_PATIENCE_S):
                break
        time.sleep(0.2)
    _tell_silence(cluster, job, state, output, row)
    return None


def _tell_silence(cluster: SlurmPlace, job: str, state: JobState | None, output: Path, row: Row) -> None:
    """Say why no answer came."""
    if state is not None and state.is_waiting:
        row.fail(
            "queue",
            f"its job {job} does not start: {state.sentence}",
            "ask for less or for another partition, or try again later (`wait_s` is how long this waits)",
        )
        return
    if output.is_file():
        lines = output.read_text("utf-8", "replace").strip().splitlines()
        why = SYSTEMS["slurm"].why_ended(job)
        last = " | ".join(lines[-_LAST_LINES:]) or (why.cause if why is not None else "nothing at all")
        row.fail(
            "python",
            f"its job {job} printed no answer: {last}",
            f"correct `prologue` or `python` of [{cluster.name}], or make its environment: "
            f"jupyter agilab cluster install {cluster.name}",
        )
        return
    row.fail(
        "share",
        f"its job {job} ran, and what it printed into {output.parent.parent} is not seen here",
        "name a folder in `share` that the nodes and this machine have at the same path",
    )


def _flags(cluster: SlurmPlace) -> Iterator[str]:
    """Give the job's options as sbatch takes them."""
    given: list[tuple[str, str | None]] = [
        ("partition", cluster.queue),
        ("account", cluster.account),
        ("time", cluster.walltime),
        ("cpus-per-task", str(cluster.cores)),
        ("mem", f"{-(-parse_size(cluster.memory) // 2**20)}M"),
        ("gres", f"gpu:{cluster.gpus}" if cluster.gpus else None),
    ]
    without = {line.lstrip("-").partition("=")[0] for line in cluster.without_directives}
    for name, value in given:
        if value and name not in without:
            yield f"--{name}={value}"
    yield from (line.removeprefix("#SBATCH").strip() for line in cluster.directives)


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            list(command), capture_output=True, text=True, timeout=_COMMAND_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(list(command), 1, "", "unable to contact the controller in time")
    except OSError as error:
        return subprocess.CompletedProcess(list(command), 1, "", str(error))
