"""A workflow as plain data: stages, what feeds them, and what they claim.

A stage refers to a contract. How its partitions come about is decided by what feeds it:

- nothing: the contract's own split of its own input;
- ``input = "stage"`` (elements): one partition for each of that stage's, which starts as soon as its own
  predecessor is done; where the contract is a sweep with a grid of its own, one for each pair of an element
  and a set, elements slowest;
- several such inputs: paired by place (``combine = "zip"``) or each with each (``"product"``, the first
  slowest);
- ``input = "stage.artifact"``: the contract's split of the file that the stage's reducer wrote; it is planned
  when that file is there.

``after`` only orders: a barrier behind all partitions, and the artifact, of the stages it names.

Each field's type says which values its key takes and its metadata (`AboutKey`) says the rest, as in
`jupyter_agilab.contract.model`; see `jupyter_agilab.workflow.keys` for the form of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_agilab.contract.fed import WORKFLOW_SCHEMA
from jupyter_agilab.contract.model import About

SCHEMA = WORKFLOW_SCHEMA

Combine = Literal["zip", "product"]
FeedKind = Literal["elements", "artifact"]
Form = Literal["", "schema", "inputs", "name", "name-or-none", "memory", "walltime", "backend"]
"""What a value is where the type and `About.takes` do not tell; see `jupyter_agilab.workflow.forms`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutKey(About):
    """What a field's type cannot say about its key; ``key`` is its name in the file where that is another."""

    form: Form = ""
    key: str = ""


def about(text: str, **facts: Any) -> dict[str, Any]:
    """Make the metadata of a field: its `AboutKey` under the key ``about``."""
    return {"about": AboutKey(text=text, **facts)}


@dataclass(frozen=True, slots=True)
class Feed:
    """One input of a stage: the elements, or the artifact, of another one.

    ``parameter`` is the parameter of the partition function that gets the element; empty: the one that has
    the other stage's name, or else the only one that nothing else fills.
    """

    stage: str
    kind: FeedKind = "elements"
    parameter: str = ""

    @property
    def name(self) -> str:
        """What the element is passed as: the parameter's name, or the stage's."""
        return self.parameter or self.stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What one partition, or one replica of a group, claims of a worker; None: nothing in particular.

    ``named`` are resources that a cluster's workers declare by name.
    """

    cpus: float | None = field(default=None, metadata=about("Cores.", above=0))
    gpus: float | None = field(default=None, metadata=about("GPUs; a fraction shares one.", minimum=0))
    memory: str | None = field(
        default=None, metadata=about('Memory, as `"2 GiB"` or, as SLURM has it, `"256M"`.', form="memory")
    )
    walltime: str | None = field(
        default=None,
        metadata=about(
            'The time that one partition may take, as `"HH:MM:SS"`; it fails when it takes longer.',
            form="walltime",
        ),
    )
    named: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Stages that share one process for each replica: one by one, in the order of what they depend on.

    What ``setup`` gives is passed to functions that have a parameter ``state``, and to ``teardown``.
    """

    name: str
    replicas: int = field(
        default=1, metadata=about("So many processes of the group work at the same time.", minimum=1)
    )
    claims: Claims = Claims()
    setup: str = field(
        default="",
        metadata=about(
            "A function, as `stages/g1.py:setup`, called once in each replica's process before its first "
            "stage. Functions that have a parameter `state` receive what it gives.",
            takes="function",
        ),
    )
    teardown: str = field(
        default="",
        metadata=about(
            "A function that is called once in each replica's process, with the state, when the run ends.",
            takes="function",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStage:
    """One stage of a workflow.

    ``is_ungrouped`` is true where it says ``group = ""``: any worker may do it though other stages have
    groups.
    """

    name: str
    contract: str = field(
        default="",
        metadata=about(
            "The path of the stage's contract; it may have another name than the stage.", takes="path"
        ),
    )
    inputs: tuple[Feed, ...] = field(
        default=(),
        metadata=about(
            'What feeds it: `"stage"` for one partition for each of that stage\'s, `"stage.artifact"` for '
            'the file that it wrote, an array of several, or `{ parameter = "stage" }`.',
            form="inputs",
            key="input",
        ),
    )
    combine: Combine = field(
        default="zip",
        metadata=about(
            "How elements of several inputs are joined: paired by place, or each with each, the first "
            "slowest."
        ),
    )
    after: tuple[str, ...] = field(
        default=(), metadata=about("Stages that must have ended well before it starts.")
    )
    when: str = field(
        default="",
        metadata=about("The flag that switches it on; without one it always runs.", form="name"),
    )
    group: str = field(
        default="",
        metadata=about(
            'The group that it belongs to. Where one stage has a group all must have one, or say `""`: '
            "any worker.",
            form="name-or-none",
        ),
    )
    replicas: int = field(
        default=0,
        metadata=about(
            "How many of its partitions may run at once; without it as many as workers do.", minimum=1
        ),
    )
    claims: Claims = Claims()
    is_ungrouped: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """Name the stages that it depends on, each once: what feeds it first, then what it comes after."""
        return tuple(dict.fromkeys((*(feed.stage for feed in self.inputs), *self.after)))

    @property
    def elements(self) -> tuple[Feed, ...]:
        """Give the inputs that are elements of other stages."""
        return tuple(feed for feed in self.inputs if feed.kind == "elements")

    @property
    def artifact_of(self) -> str:
        """Name the stage whose artifact it splits; empty where there is none."""
        return next((feed.stage for feed in self.inputs if feed.kind == "artifact"), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What the author declares: stages, groups, flags, and where a run takes place by default.

    ``stages`` are in the order in which they were written. ``groups`` are those that were declared; a group
    that stages only name has the defaults, see `group_of`. ``flags`` say what is on when nobody says
    otherwise. ``unknown`` are top-level keys that we do not know, kept as they are.
    """

    name: str = field(metadata=about("The workflow's name; its runs are kept under it."))
    stages: Mapping[str, WorkflowStage]
    groups: Mapping[str, Group] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    backend: str = field(
        default="",
        metadata=about(
            "Where runs take place; by default where the contracts say, if they agree, else in the pool. A "
            "cluster makes it `dask`.",
            form="backend",
        ),
    )
    cluster: str = field(default="", metadata=about("A cluster of `clusters.toml`."))
    workers: int | Literal["auto"] = field(
        default="auto",
        metadata=about(
            "How many workers to ask for; `auto` takes what the cluster or the machine has.", minimum=1
        ),
    )
    on_failure: Literal["finish", "stop"] = field(
        default="finish",
        metadata=about(
            "`finish`: what does not depend on a failed partition is done. `stop`: nothing more is started."
        ),
    )
    notes: str = field(default="", metadata=about("Free text for readers.", takes="note"))
    unknown: Mapping[str, Any] = field(default_factory=dict)

    def group_of(self, name: str) -> Group:
        """Give the group of a name; one that is not declared has the defaults."""
        return self.groups.get(name) or Group(name=name)
