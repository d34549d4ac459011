"""Clusters as frozen dataclasses: what ``clusters.toml`` says about the places where runs can happen.

Each field's type says which values its key takes and its metadata (`AboutKey`) says the rest. Reading,
checking, the JSON Schema and the reference page all take it from here (see
`jupyter_agilab.run.clusters.keys`), so a new key is one field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from jupyter_agilab.contract.model import About

SCHEMA_ID = "agilab.clusters.v1"

KindName = Literal["local", "address", "ssh", "gateway", "slurm", "pbs", "lsf", "sge"]
KINDS: tuple[KindName, ...] = get_args(KindName)

Form = Literal["", "host-map", "texts", "free", "walltime", "address", "web-address", "lines"]
"""What a value is where the type and `About.takes` do not tell; see `jupyter_agilab.run.clusters.keys`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutKey(About):
    """What a field's type cannot say about its key.

    Attributes
    ----------
    form
        The form of a table's or a text's values.
    is_secret
        Whether the value must not stand in the project's file.
    """

    form: Form = ""
    is_secret: bool = False


def about(text: str, **facts: Any) -> dict[str, Any]:
    """Make the metadata of a field: its `AboutKey` under the key ``about``."""
    return {"about": AboutKey(text=text, **facts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What every kind of cluster has.

    Attributes
    ----------
    name
        The name of the table.
    """

    name: str
    kind: KindName = field(metadata=about("What kind of place it is."))
    share: str | None = field(
        default=None,
        metadata=about(
            "The folder that this machine and all workers see under the same path; by default the folder of "
            "the contract.",
            takes="path",
        ),
    )
    results: Literal["share", "scheduler"] = field(
        default="share",
        metadata=about(
            "How results come back: as files on the share, or, where there is none, through the scheduler."
        ),
    )
    results_limit: str = field(
        default="64 MB",
        metadata=about(
            'With `results = "scheduler"`: what the results of one task may take. More is an error.',
            takes="size",
        ),
    )
    environment: Mapping[str, str] = field(
        default_factory=dict,
        repr=False,
        metadata=about("Environment variables of the workers.", form="texts"),
    )
    wait_s: float = field(
        default=120.0, metadata=about("Seconds to wait for the first worker before giving up.", above=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPlace(Cluster):
    """Dask workers of this machine, started for the run and closed after it."""

    workers: int | None = field(
        default=None, metadata=about("Worker processes; as many as the plan can use by default.", minimum=1)
    )
    memory: str | None = field(
        default=None,
        metadata=about("Memory of one worker; the machine's is shared out by default.", takes="size"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPlace(Cluster):
    """A Dask scheduler that is already there; it is left running."""

    address: str = field(
        metadata=about("The scheduler's address: `tcp://HOST:PORT` or `tls://HOST:PORT`.", form="address")
    )
    tls_ca_file: str | None = field(
        default=None, metadata=about("The file of the certificate authority (`tls://`).", takes="path")
    )
    tls_cert: str | None = field(
        default=None, metadata=about("The file of this client's certificate (`tls://`).", takes="path")
    )
    tls_key: str | None = field(
        default=None, metadata=about("The file of this client's private key (`tls://`).", takes="path")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SshPlace(Cluster):
    """Hosts that can be reached by SSH: a scheduler on one, workers on all that are named."""

    hosts: Mapping[str, int] = field(
        metadata=about('The worker map, `{ "HOST" = SLOTS }`: one worker per slot.', form="host-map")
    )
    scheduler: str | None = field(
        default=None, metadata=about("The host that the scheduler runs on; the first of `hosts` by default.")
    )
    scheduler_address: str | None = field(
        default=None,
        metadata=about("The name or address at which the scheduler's host listens, where it has several."),
    )
    scheduler_port: int = field(
        default=0, metadata=about("The scheduler's port; 0 takes one that is free.", minimum=0)
    )
    workers_listen_at_their_host: bool = field(
        default=False,
        metadata=about(
            "Whether each worker listens at the address that stands in `hosts`, where a host has several."
        ),
    )
    user: str | None = field(
        default=None, metadata=about("The user on the hosts; the same as here by default.")
    )
    port: int | None = field(
        default=None, metadata=about("The port of their SSH servers; 22 by default.", minimum=1)
    )
    key_file: str | None = field(
        default=None,
        metadata=about(
            "The file of the private key; those of the SSH agent and of `~/.ssh` by default.", takes="path"
        ),
    )
    known_hosts: str | None = field(
        default=None,
        metadata=about("The file of known host keys; `~/.ssh/known_hosts` by default.", takes="path"),
    )
    password: str | None = field(
        default=None, repr=False, metadata=about("The password on the hosts.", is_secret=True)
    )
    passphrase: str | None = field(
        default=None, repr=False, metadata=about("The passphrase of the private key.", is_secret=True)
    )
    connect: Mapping[str, Any] = field(
        default_factory=dict,
        repr=False,
        metadata=about("Further options of `asyncssh.connect`, as they are named there.", form="free"),
    )
    python: str | None = field(
        default=None,
        metadata=about("The Python of the hosts; the path of this one by default.", takes="path"),
    )
    threads: int = field(default=1, metadata=about("Threads of one worker.", minimum=1))
    memory: str | None = field(
        default=None,
        metadata=about("Memory of one worker; the host's is shared out by default.", takes="size"),
    )
    gpus: int = field(default=0, metadata=about("GPUs that one worker offers.", minimum=0))
    idle_s: float = field(
        default=600.0,
        metadata=about("After so many seconds without work the scheduler ends, and its workers.", above=0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPlace(Cluster):
    """A cluster that a Dask Gateway starts for the run."""

    address: str = field(
        metadata=about("The gateway's address: `http://HOST:PORT` or `https://HOST`.", form="web-address")
    )
    proxy_address: str | None = field(
        default=None,
        metadata=about(
            "Where schedulers behind the gateway are reached, where that differs: `gateway://HOST:PORT`."
        ),
    )
    auth: Literal["basic", "kerberos", "jupyterhub"] = field(
        default="basic", metadata=about("How to sign in.")
    )
    user: str | None = field(
        default=None, metadata=about('The user of `auth = "basic"`; the same as here by default.')
    )
    password: str | None = field(
        default=None, repr=False, metadata=about('The password of `auth = "basic"`.', is_secret=True)
    )
    token: str | None = field(
        default=None,
        repr=False,
        metadata=about(
            'The token of `auth = "jupyterhub"`; `JUPYTERHUB_API_TOKEN` by default.', is_secret=True
        ),
    )
    options: Mapping[str, Any] = field(
        default_factory=dict, metadata=about("Cluster options, as the gateway names them.", form="free")
    )
    workers: int | None = field(
        default=None, metadata=about("Workers to ask for; as many as the plan can use by default.", minimum=1)
    )
    idle_s: float = field(
        default=600.0,
        metadata=about(
            "After so many seconds without work the cluster ends, where the gateway has no such rule.",
            above=0,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmPlace(Cluster):
    """Jobs of a batch system (SLURM, PBS, LSF, SGE), each with one worker or more, through dask-jobqueue."""

    queue: str | None = field(
        default=None, metadata=about("The queue, or SLURM partition; the site's usual one by default.")
    )
    account: str | None = field(
        default=None, metadata=about("The account or project that jobs are charged to.")
    )
    walltime: str | None = field(
        default=None,
        metadata=about("The longest time of one job, `HH:MM:SS` or `D-HH:MM:SS`.", form="walltime"),
    )
    cores: int = field(default=1, metadata=about("Cores of one job.", minimum=1))
    memory: str = field(default="2 GB", metadata=about("Memory of one job.", takes="size"))
    workers_per_job: int = field(
        default=1, metadata=about("Worker processes of one job; they share its cores and memory.", minimum=1)
    )
    jobs: int | None = field(
        default=None,
        metadata=about("Jobs to start; as many as the plan can use, 4 at most, by default.", minimum=1),
    )
    maximum_jobs: int | None = field(
        default=None,
        metadata=about(
            "With it the number of jobs follows the work, from `jobs` (or 1) up to this.", minimum=1
        ),
    )
    gpus: int = field(default=0, metadata=about("GPUs of one job.", minimum=0))
    prologue: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Lines of shell that each job runs before its workers, verbatim: modules, environments.",
            form="lines",
        ),
    )
    directives: tuple[str, ...] = field(
        default=(),
        metadata=about('Further directives of the job script, as `"--constraint=fast"`.', form="lines"),
    )
    without_directives: tuple[str, ...] = field(
        default=(),
        metadata=about(
            'Directives that dask-jobqueue writes and this site does not take, as `"--mem"`.', form="lines"
        ),
    )
    python: str | None = field(
        default=None, metadata=about("The Python of the jobs; the path of this one by default.", takes="path")
    )
    interface: str | None = field(
        default=None, metadata=about("The network interface of scheduler and workers, as `ib0`.")
    )
    scheduler_interface: str | None = field(
        default=None, metadata=about("The network interface of the scheduler, where it is another.")
    )
    scratch: str | None = field(
        default=None, metadata=about("A folder on the nodes for what does not fit in memory.", takes="path")
    )
    logs: str | None = field(
        default=None,
        metadata=about(
            "A folder on the share for what jobs print; one in the run's directory by default.", takes="path"
        ),
    )
    idle_s: float = field(
        default=600.0,
        metadata=about("After so many seconds without work the scheduler ends, and its jobs.", above=0),
    )


CLASS_OF: Mapping[KindName, type[Cluster]] = {
    "local": LocalPlace,
    "address": AddressPlace,
    "ssh": SshPlace,
    "gateway": GatewayPlace,
    "slurm": SlurmPlace,
    "pbs": SlurmPlace,
    "lsf": SlurmPlace,
    "sge": SlurmPlace,
}


def declared_slots(cluster: Cluster) -> int | None:
    """Say how many workers a cluster will have; None where its table does not tell."""
    match cluster:
        case SshPlace():
            return sum(cluster.hosts.values())
        case SlurmPlace() if (jobs := cluster.maximum_jobs or cluster.jobs) is not None:
            return jobs * cluster.workers_per_job
        case LocalPlace() | GatewayPlace():
            return cluster.workers
    return None
