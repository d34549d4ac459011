"""From a cell to a stage: first a draft, which writes nothing, then its files.

Nothing here imports or runs the author's code. A stage's files are the module ``stages/NAME.py``, the shared
data, and the contract ``NAME.parallel_stage.toml`` beside the notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from jupyter_agilab.atomic import write_text
from jupyter_agilab.contract.dump import contract_text, write_contract
from jupyter_agilab.contract.load import ContractFile, check_text, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import (
    ContractError,
    MissingDependencyError,
    OutputError,
    PlanError,
    UsageError,
)
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.into_contract import with_cell
from jupyter_agilab.extract.names import text_digest
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.stage_options import (
    StageOptions,
    check_name,
    joined_options,
    settle,
    settled_split,
    sweep_examples,
    with_reducer,
)
from jupyter_agilab.workflow.joining import JoinedStage, Joins, joining_of

FileState = Literal["new", "changed", "unchanged", "edited"]
"""What writing would do to a file; ``edited``: it was changed by hand since we wrote it, or is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDraft:
    """A cell as a stage, with nothing written yet.

    Attributes
    ----------
    name, folder
        The stage and the contract's folder, absolute.
    extraction
        The module and what became of each name.
    contract, contract_text
        What would be written; without the shared data, which is known once it is written.
    before
        The contract that is there; None where there is none.
    plan
        What would run; None where no plan can be made, and where other stages give it its partitions.
    joined
        Its place in a workflow; None where it is in none.
    findings
        All of them: about the cell, the contract, the plan.
    changes
        Path relative to `folder` to what would be done to that file, in the order of writing.
    """

    name: str
    folder: Path
    extraction: Extraction
    contract: Contract
    contract_text: str
    before: Contract | None
    plan: Plan | None
    joined: JoinedStage | None = None
    findings: tuple[Finding, ...] = ()
    changes: Mapping[str, FileState] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the stage can be written; an input that is not there yet does not keep it from that."""
        return self.extraction.ok

    @property
    def contract_path(self) -> Path:
        """The contract's file."""
        return self.folder / contract_file_name(self.name)

    @property
    def module_path(self) -> Path:
        """The module's file."""
        return self.folder / self.extraction.module_path


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStage:
    """A stage whose files are there; ``changed`` has those that were written, relative to the folder."""

    name: str
    contract: Contract
    contract_path: Path
    module_path: Path
    plan: Plan | None
    changed: tuple[str, ...]


def contract_file_name(stage: str) -> str:
    """Give the name of a stage's contract file."""
    return f"{stage}.parallel_stage.toml"


def stage_from_cell(
    source: str, options: StageOptions, context: CellContext | None = None, joins: Joins | None = None
) -> StageDraft:
    """Extract a cell and see what stage it would make; writes and runs nothing.

    Parameters
    ----------
    source
        The cell's text without its ``%%parallel_stage`` line, IPython syntax included.
    options
        What the author asked for.
    context
        What is known about the kernel and the notebook.
    joins
        What was said of the stage's place in a workflow; by default the workflow's file tells.

    Raises
    ------
    UsageError
        A part of the stage is missing or misnamed: function, split, reducer, or a stage that it needs.
    WorkflowError
        The workflow cannot be read, or would be wrong because of this stage.
    ContractError
        The existing contract cannot be read, or the options make no contract.
    """
    from jupyter_agilab.extract.from_cell import extract

    check_name(options.name)
    if not source.strip():
        raise UsageError(f"the function of {options.name!r} is missing: the cell is empty")
    context = context or CellContext()
    folder = (context.folder or Path()).resolve()
    path = folder / contract_file_name(options.name)
    file = usable_contract(path)
    before = file.contract if file else None
    joining = joining_of(options.name, joins or Joins(), folder, context.notebook)
    if joining is not None:
        options = joined_options(options, joining, before, source)
    split = settled_split(options, before, folder)
    names = (
        sweep_examples(options.input or (before.input if before else ""), folder)
        if split == "parameter-sweep"
        else {}
    )
    extraction = extract(
        source,
        name=options.name,
        split=split,
        context=replace(context, folder=folder),
        item=options.item,
        sweep_names=names,
        elements=joining.elements if joining is not None else (),
        returns=options.returns,
        share=options.share,
        allow_pickle=options.allow_pickle,
    )
    settled = settle(options, extraction.function, before, folder)
    contract, told = with_cell(settled, extraction, context, before)
    text = contract_text(contract, file.text if file else None, path=path)
    joined = joining.joined(extraction.elements) if joining is not None and extraction.ok else None
    # what other stages give is known when they have run
    plan, planned = (None, ()) if joining is not None and joining.is_fed else _plan(contract, folder)
    changes: dict[str, FileState] = {}
    if extraction.module_text is not None:
        module = folder / extraction.module_path
        changes[extraction.module_path] = module_state(
            module, extraction.module_text, before.source.digest if before else None
        )
        changes[path.name] = "new" if file is None else "unchanged" if text == file.text else "changed"
        if joined is not None:
            state: FileState = "changed" if joined.is_changed else "unchanged"
            changes[joined.path.name] = "new" if joined.before is None else state
    return StageDraft(
        name=options.name,
        folder=folder,
        extraction=extraction,
        contract=contract,
        contract_text=text,
        before=before,
        plan=plan,
        joined=joined,
        findings=(
            *extraction.findings,
            *told,
            *_checked(text, path, plan),
            *planned,
            *(joined.findings if joined is not None else ()),
        ),
        changes=changes,
    )


def write_stage(draft: StageDraft, *, overwrite: bool = False) -> WrittenStage:
    """Write a stage's files: the contract after its module, so that it never names what is not there.

    Parameters
    ----------
    overwrite
        Replace a module that was edited by hand, or that we did not write.

    Raises
    ------
    ExtractionError
        The cell cannot become a function; nothing was written.
    ModuleChangedError
        The module was edited by hand since we wrote it; nothing was written.
    OutputError
        A file or the folder cannot be written.
    """
    from jupyter_agilab.extract.shared import write_shared
    from jupyter_agilab.extract.write import write_module

    recorded = draft.before.source.digest if draft.before else None
    write_module(draft.extraction, draft.folder, recorded_digest=recorded, overwrite=overwrite)
    module = draft.extraction.module_path
    changed = [] if draft.changes[module] == "unchanged" else [module]
    contract = replace(draft.contract, shared=write_shared(draft.extraction, draft.folder))
    before = draft.before.shared if draft.before else {}
    changed += [item.path for name, item in contract.shared.items() if before.get(name) != item]
    if write_contract(draft.contract_path, contract):
        changed.append(draft.contract_path.name)
    joined = draft.joined
    if joined is not None and joined.is_changed:
        try:
            write_text(joined.path, joined.text)
        except OSError as error:
            raise OutputError(f"{joined.path.name} cannot be written: {error.strerror or error}") from error
        changed.append(joined.path.name)
    return WrittenStage(
        name=draft.name,
        contract=contract,
        contract_path=draft.contract_path,
        module_path=draft.module_path,
        plan=draft.plan,
        changed=tuple(changed),
    )


def usable_contract(path: Path) -> ContractFile | None:
    """Read the contract that is there already; None where there is none.

    Raises
    ------
    ContractError
        It is there and cannot be read as a contract, so it must not be written over.
    """
    if not path.exists():
        return None
    file = read_contract(path)
    if file.contract is None:
        raise ContractError(
            f"{path.name} is there and cannot be read as a contract, so it is left as it is",
            file.findings,
            hint="repair it, or move it away",
        )
    return file


def module_state(module: Path, text: str, digest: str | None) -> FileState:
    """Say what writing `text` would do to a module; `digest` is that of the text that we wrote last."""
    try:
        found = module.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return "new"
    except OSError:
        return "edited"
    if found == text:
        return "unchanged"
    return "changed" if text_digest(found) == digest else "edited"


def _checked(text: str, path: Path, plan: Plan | None) -> Iterator[Finding]:
    """Give what a check says about the contract, without warnings that the plan knows not to apply."""
    enough_files = plan is not None and plan.input_files >= plan.requested_workers
    for finding in check_text(text, path).findings:
        if not (enough_files and finding.code == "contract.files-cap-workers"):
            yield replace(finding, path=path.name)


def _plan(contract: Contract, folder: Path) -> tuple[Plan | None, tuple[Finding, ...]]:
    from jupyter_agilab.planning.make import make_plan

    try:
        plan = make_plan(contract, folder)
    except PlanError as error:
        return None, error.findings
    except MissingDependencyError as error:
        return None, (Finding(code=error.code, message=error.message, key="input", hint=error.hint),)
    return plan, plan.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducerDraft:
    """A cell as a stage's custom reducer, with nothing written yet; attributes as those of `StageDraft`."""

    stage: str
    folder: Path
    extraction: Extraction
    contract: Contract
    contract_text: str
    before: Contract
    findings: tuple[Finding, ...]
    changes: Mapping[str, FileState]


def reducer_from_cell(
    source: str,
    stage: str,
    context: CellContext | None = None,
    *,
    returns: str | None = None,
    output: str | None = None,
    notes: str | None = None,
) -> ReducerDraft:
    """Extract a cell as the reducer of a stage that has a contract; writes and runs nothing.

    Raises
    ------
    UsageError
        The stage has no contract yet, or the cell is empty.
    ContractError
        The contract cannot be read.
    """
    from jupyter_agilab.extract.from_cell import extract_reducer

    if not source.strip():
        raise UsageError(f"the reducer of {stage!r} is missing: the cell is empty")
    context = context or CellContext()
    folder = (context.folder or Path()).resolve()
    path = folder / contract_file_name(stage)
    file = usable_contract(path)
    if file is None or file.contract is None:
        raise UsageError(f"there is no stage {stage!r} here", hint="run its %%parallel_stage cell first")
    before = file.contract
    extraction = extract_reducer(
        source, name=f"{stage}_reduce", context=replace(context, folder=folder), returns=returns
    )
    contract = with_reducer(before, extraction, output=output, notes=notes, folder=folder)
    text = contract_text(contract, file.text, path=path)
    changes: dict[str, FileState] = {}
    if extraction.module_text is not None:
        module = folder / extraction.module_path
        changes[extraction.module_path] = module_state(
            module, extraction.module_text, before.source.reduce_digest
        )
        changes[path.name] = "unchanged" if text == file.text else "changed"
    return ReducerDraft(
        stage=stage,
        folder=folder,
        extraction=extraction,
        contract=contract,
        contract_text=text,
        before=before,
        findings=(*extraction.findings, *_checked(text, path, None)),
        changes=changes,
    )


def write_reducer(draft: ReducerDraft, *, overwrite: bool = False) -> tuple[str, ...]:
    """Write a reducer's module and its stage's contract; gives the files that changed, in order.

    Raises
    ------
    ExtractionError, ModuleChangedError, OutputError
        As `write_stage`.
    """
    from jupyter_agilab.extract.write import write_module

    recorded = draft.before.source.reduce_digest
    write_module(draft.extraction, draft.folder, recorded_digest=recorded, overwrite=overwrite)
    module = draft.extraction.module_path
    changed = [] if draft.changes[module] == "unchanged" else [module]
    path = draft.folder / contract_file_name(draft.stage)
    if write_contract(path, draft.contract):
        changed.append(path.name)
    return tuple(changed)
