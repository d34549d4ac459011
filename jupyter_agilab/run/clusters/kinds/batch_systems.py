"""Batch systems as far as they are asked: whether a job would start, what state it is in, why it ended."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.types import Loss
from jupyter_agilab.run.clusters.model import KindName
from jupyter_agilab.run.threads_per_worker import THREAD_VARIABLES

_ANSWER_PATIENCE_S = 20.0
# while it ends what is left of a job, SLURM does not say why
_COMPLETING_PATIENCE_S = 6.0


@dataclass(frozen=True, slots=True)
class JobState:
    """What a batch system says of one job: ``sentence`` is for the reader."""

    sentence: str
    is_waiting: bool = False
    is_hopeless: bool = False
    is_over: bool = False


class BatchSystem:
    """One that is asked for the plain text of its own command; `jupyter_agilab...slurm.Slurm` knows more.

    Parameters
    ----------
    cluster_class
        The class of dask-jobqueue.
    account_argument
        What that class calls the account.
    cancel_command, status_command
        What is called with the numbers of jobs.
    gpu_directive
        The directive that asks for GPUs, with ``{}`` for how many.
    """

    def __init__(
        self,
        cluster_class: str,
        account_argument: str,
        cancel_command: str,
        status_command: str,
        gpu_directive: str,
    ) -> None:
        self.cluster_class, self.account_argument = cluster_class, account_argument
        self._cancel, self._status = cancel_command, status_command
        self._gpu_directive = gpu_directive

    def gpu_directives(self, count: int) -> list[str]:
        """Give the directives that ask for GPUs."""
        return [self._gpu_directive.format(count)] if count else []

    def thread_variables(self, threads: int) -> Mapping[str, str]:
        """Give the variables that hold numerical libraries to so many threads."""
        return dict.fromkeys(THREAD_VARIABLES, str(threads))

    def preflight(self, script: str) -> None:
        """Raise `ClusterError` where such a job would be refused, as far as this system can be asked."""

    def cancel(self, jobs: Iterable[str]) -> None:
        """Cancel jobs; those that are over are passed over."""
        numbers = list(jobs)
        if numbers:
            ask([self._cancel, *numbers])

    def are_there(self, jobs: Iterable[str]) -> bool:
        """Say whether one of the jobs waits or runs."""
        return any(not state.is_over for state in self.states(list(jobs)).values())

    def states(self, jobs: Sequence[str]) -> Mapping[str, JobState]:
        """Give the states of the jobs that the system still knows."""
        found = {}
        for job in jobs:
            code, text = ask([self._status, job])
            lines = [line.strip() for line in text.splitlines() if job.partition(".")[0] in line]
            if code == 0 and lines:
                found[job] = JobState(f"the queue says: {lines[-1]}", is_waiting=True)
        return found

    def why_ended(self, job: str) -> Loss | None:
        """Say why a job ended; None where it has not, or nobody knows."""
        if self.states([job]):
            return None
        return Loss(f"its job {job} is over: the walltime, a limit, or somebody ended it", is_innocent=True)


def ask(command: Sequence[str]) -> tuple[int, str]:
    """Run a command of a batch system; gives its exit code (-1: none) and what it printed."""
    try:
        done = subprocess.run(
            list(command),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_PATIENCE_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return -1, f"{command[0]} does not answer within {_ANSWER_PATIENCE_S:g} s"
    except OSError:
        return -1, f"the command {command[0]} is not on this machine"
    return done.returncode, f"{done.stdout}\n{done.stderr}".strip()


WAITING_WORDS: Mapping[str, str] = {
    "None": "the queue has not looked at it yet",
    "Resources": "it waits until enough nodes are free",
    "Priority": "jobs with a higher priority come first",
    "BeginTime": "its start time has not come",
    "Dependency": "it waits for another job",
    "Licenses": "it waits for a licence",
    "Reservation": "it waits for a reservation",
    "ReqNodeNotAvail": "a node that it asks for is not available",
    "NodeDown": "a node that it asks for is down",
    "PartitionDown": "the partition is down",
    "JobHeldUser": "somebody holds it (scontrol release lets it go)",
    "JobHeldAdmin": "an administrator holds it",
}
"""Why SLURM lets a job wait (``squeue`` manual, JOB REASON CODES)."""

HOPELESS_WORDS: Mapping[str, str] = {
    "PartitionConfig": "it asks for more than any node of the partition has: fewer cores or less memory",
    "PartitionNodeLimit": "it asks for more nodes than the partition lets one job have",
    "PartitionTimeLimit": "its walltime is longer than the partition allows",
    "PartitionInactive": "the partition is switched off",
    "InvalidAccount": "the account is not valid",
    "InvalidQOS": "the quality of service is not valid",
    "BadConstraints": "no node has the features that it asks for",
    "AccountNotAllowed": "the account may not use this partition",
    "AssocMaxJobsLimit": "the account has no more jobs",
    "DependencyNeverSatisfied": "it waits for a job that failed",
}
"""Reasons that do not go away by waiting."""

_REFUSED: tuple[tuple[str, str], ...] = (
    (r"invalid partition specified: (\S+)", "there is no partition named {0!r} (queue)"),
    (r"invalid partition", "there is no such partition (queue)"),
    (r"time limit is invalid|Requested time limit", "the walltime is longer than the partition allows"),
    (r"Memory specification can not be satisfied", "it asks for more memory than any node has"),
    (r"CPU count per node can not be satisfied", "it asks for more cores than any node has"),
    (r"node configuration is not available", "no node has so many cores or so much memory"),
    (r"Invalid account", "the account is not valid, or may not use this partition"),
    (r"Invalid generic resource|gres", "no node has the GPUs that it asks for"),
    (r"Unable to contact slurm controller", "the SLURM controller does not answer"),
)


class Slurm(BatchSystem):
    """SLURM, asked by ``sbatch``, ``squeue``, ``scontrol`` and, where there is accounting, ``sacct``."""

    def preflight(self, script: str) -> None:
        """Have sbatch look at the job without submitting it: dask-jobqueue only logs what it refuses."""
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
            file.write(script)
            file.flush()
            code, text = ask(["sbatch", "--test-only", file.name])
        if code == 0:
            return
        for pattern, sentence in _REFUSED:
            match = re.search(pattern, text, re.IGNORECASE)
            if match:
                raise ClusterError(
                    f"SLURM refuses the jobs: {sentence.format(*match.groups())}", hint=_told(text)
                )
        raise ClusterError(f"SLURM refuses the jobs: {_told(text)}")

    def states(self, jobs: Sequence[str]) -> Mapping[str, JobState]:
        """Give the states of the jobs that are in the queue."""
        if not jobs:
            return {}
        code, text = ask(["squeue", "--noheader", "--format=%i|%T|%r", "--jobs", ",".join(jobs)])
        if code != 0 and "Invalid job id" not in text:
            return {job: JobState(_told(text), is_waiting=True) for job in jobs}
        found = {}
        for line in text.splitlines():
            number, _, rest = line.partition("|")
            state, _, reason = rest.partition("|")
            if number in jobs:
                found[number] = _state(number, state, reason.strip("() "))
        return found

    def why_ended(self, job: str) -> Loss | None:
        """Say why a job ended, from the controller's memory or from the accounting."""
        deadline = time.monotonic() + _COMPLETING_PATIENCE_S
        while True:
            code, text = ask(["scontrol", "--oneliner", "show", "job", job])
            facts = dict(re.findall(r"(\w+)=(\S*)", text)) if code == 0 else {}
            state = facts.get("JobState", "")
            if state != "COMPLETING" or time.monotonic() > deadline:
                break
            time.sleep(0.3)
        if not state:
            _, told = ask(["sacct", "--noheader", "--allocations", "--jobs", job, "--format=State%40"])
            state = told.split()[0] if code != 0 and told and not told.startswith("the command") else ""
        if not state or state in {"RUNNING", "PENDING", "CONFIGURING", "SUSPENDED"}:
            return None
        return _loss(job, state, facts)


def _state(job: str, state: str, reason: str) -> JobState:
    if state != "PENDING":
        is_over = state in {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
        return JobState(f"job {job} is {state.lower().replace('_', ' ')}", is_over=is_over)
    cause = reason.partition(",")[0]
    if cause in HOPELESS_WORDS:
        return JobState(f"job {job}: {HOPELESS_WORDS[cause]} ({cause})", is_waiting=True, is_hopeless=True)
    words = WAITING_WORDS.get(cause, "")
    if not words and cause.startswith(("QOS", "Assoc")):
        words = "a limit of the account or of its quality of service is reached"
    return JobState(
        f"job {job} waits: {words} ({cause})" if words else f"job {job} waits: {cause}", is_waiting=True
    )


def _loss(job: str, state: str, facts: Mapping[str, str]) -> Loss | None:
    if state.startswith("CANCELLED"):
        return Loss(f"its job {job} was cancelled{_by_whom(job)}", is_innocent=True)
    match state:
        case "TIMEOUT":
            limit = facts.get("TimeLimit", "")
            return Loss(
                f"its job {job} reached its walltime" + (f" of {limit}" if limit else ""), is_innocent=True
            )
        case "PREEMPTED":
            return Loss(f"its job {job} had to make room for another", is_innocent=True)
        case "NODE_FAIL" | "BOOT_FAIL":
            return Loss(f"the node of its job {job} failed", is_innocent=True)
        case "OUT_OF_MEMORY":
            return Loss(f"its job {job} took more memory than it asked for")
        case "COMPLETED":
            return Loss(f"its job {job} came to its end", is_innocent=True)
        case "FAILED":
            code = facts.get("ExitCode", "").partition(":")[0]
            return Loss(f"its job {job} failed" + (f" with exit code {code}" if code else ""))
    return None


def _by_whom(job: str) -> str:
    """Say who cancelled a job; only the accounting knows."""
    code, text = ask(["sacct", "--noheader", "--allocations", "--jobs", job, "--format=State%40"])
    match = re.search(r"CANCELLED by (\d+)", text)
    if code != 0 or match is None:
        return " (scancel)"
    import pwd

    try:
        return f" by {pwd.getpwuid(int(match[1])).pw_name}"
    except KeyError:
        return f" by the user with number {match[1]}"


def _told(text: str) -> str:
    """Give the line of a command's complaint that says most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it does not say why"])[-1]


SYSTEMS: Mapping[KindName, BatchSystem] = {
    "slurm": Slurm("SLURMCluster", "account", "scancel", "squeue", "--gres=gpu:{}"),
    "pbs": BatchSystem("PBSCluster", "account", "qdel", "qstat", "-l ngpus={}"),
    "lsf": BatchSystem("LSFCluster", "project", "bkill", "bjobs", "-gpu num={}"),
    "sge": BatchSystem("SGECluster", "project", "qdel", "qstat", "-l gpu={}"),
}
