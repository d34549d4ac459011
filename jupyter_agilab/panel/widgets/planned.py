"""Plans for the panel: a contract that may not be written yet, and what is known about running it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from jupyter_agilab import api
from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import AgilabError, FindingsError
from jupyter_agilab.expectations import with_estimate
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.run.clusters.load import read_clusters


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, or why there is none.

    Attributes
    ----------
    findings
        About the file and the plan.
    expected_s
        What a run is expected to take; 0: not known.
    is_tried
        Whether the code had a good trial or a finished run; None: not known.
    clusters
        Names of the places that a run can go to.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]
    expected_s: float = 0.0
    is_tried: bool | None = None
    clusters: tuple[str, ...] = ()


def plan_contract(contract: Contract | None, file: ContractFile) -> Planned:
    """Plan a contract of a file's folder; may take as long as it takes to look at its input, runs nothing."""
    if contract is None:
        return Planned(None, file.findings)
    folder = file.folder.resolve()
    clusters: tuple[str, ...] = ()
    with suppress(AgilabError, OSError):
        clusters = tuple(read_clusters(folder).clusters)
    told = tuple(each for each in file.findings if each.severity != "info")
    try:
        plan = with_estimate(contract, folder, make_plan(contract, folder))
    except FindingsError as error:
        return Planned(None, (*told, *error.findings), clusters=clusters)
    except AgilabError as error:
        finding = Finding(code=error.code, message=error.message, hint=error.hint)
        return Planned(None, (*told, finding), clusters=clusters)
    is_tried = None
    with suppress(AgilabError, OSError):
        is_tried = api.was_tried(file.path)
    estimate = plan.estimate
    expected_s = estimate.seconds if estimate is not None and estimate.is_known else 0.0
    return Planned(plan, (*told, *plan.findings), expected_s, is_tried, clusters)
