"""A stage as the cell made it: function, split, reducer; what each outside name became; plan; files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.extract.extraction import Capture, Extraction
from jupyter_agilab.panel.columns import named_values, printable, wrapped
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, Tone, badge, code, details, element, joined, prose, table
from jupyter_agilab.panel.plan_view import partitions_html, plan_html
from jupyter_agilab.panel.source_html import source_html
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import BECOMES, captures_text, findings_text, plan_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.stages import FileState, StageDraft, WrittenStage
from jupyter_agilab.workflow.joining import JoinedStage

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the three parts of a stage: ``text`` says what it is, ``missing`` what is not clear yet."""

    title: str
    text: str
    more: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class StageView(View):
    """A draft, and what was written of it.

    ``note`` is one more sentence for the reader; ``goes_on``: it runs at once, so that no next step is named.
    """

    draft: StageDraft
    written: WrittenStage | None = None
    note: str = ""
    goes_on: bool = False

    def text(self) -> str:
        """Give the stage as text."""
        draft = self.draft
        pairs = [
            (
                answer.title.lower(),
                ", ".join(
                    filter(None, [answer.missing and f"MISSING: {answer.missing}", answer.text, answer.more])
                ),
            )
            for answer in answers(draft)
        ]
        if self.written is not None:
            files = file_states(draft.changes, self.written.changed)
            pairs.append(("files", ", ".join(f"{name} ({state})" for name, state in files)))
        head = f"stage {printable(draft.name)}: {self._state()}"
        blocks = ["\n".join([head, *named_values(pairs, _WIDTH)])]
        if draft.joined is not None:
            blocks.append("\n".join(wrapped(place_in_workflow(draft.joined), _WIDTH, indent="  ")))
        if self.note:
            blocks.append("\n".join(wrapped(self.note, _WIDTH)))
        told = findings_text(draft.findings)
        if told:
            blocks.append(told)
        if draft.extraction.captures:
            blocks.append("names from outside the cell\n" + captures_text(draft.extraction.captures))
        if draft.ok and draft.plan is not None and draft.plan.partition_count:
            blocks.append(plan_text(draft.plan, rows=3, backend=draft.contract.backend))
        if self.written is not None and not self.goes_on:
            name = printable(draft.name)
            next_step = f"next: %parallel_trial {name}   then: %parallel_run {name}"
            if draft.joined is not None:
                next_step = f"next: %parallel_workflow {draft.joined.workflow.name} --run"
            blocks.append(next_step)
        return "\n\n".join(blocks)

    def html(self) -> Markup:
        """Give the stage as a card."""
        draft = self.draft
        head = element(
            "div",
            element("span", f"Stage {draft.name}", class_="ag-title"),
            badge(self._state(), "good" if self.written is not None else "bad" if not draft.ok else "plain"),
            class_="ag-head",
        )
        boxes = element("div", *(_box(answer) for answer in answers(draft)), class_="ag-boxes")
        return card(
            f"Stage {draft.name}",
            head,
            boxes,
            element("p", _sentence(place_in_workflow(draft.joined))) if draft.joined else None,
            element("p", self.note) if self.note else None,
            findings_html(draft.findings),
            captures_html(draft.extraction.captures),
            *(_plan_parts(draft.plan, draft.contract.backend) if draft.ok else ()),
            module_html(draft.extraction),
            self._contract(),
            files_html(draft.changes, self.written.changed) if self.written is not None else None,
            _next_steps(draft) if self.written is not None and not self.goes_on else None,
        )

    def _state(self) -> str:
        if self.written is None:
            return "not written"
        return "written" if self.written.changed else "unchanged"

    def _contract(self) -> Markup | None:
        if not self.draft.ok:
            return None
        return details(code(self.draft.contract_path.name), source_html(self.draft.contract_text, "toml"))


_FILE_STATES = {"new": "new", "changed": "changed", "unchanged": "changed", "edited": "overwritten"}


def file_states(changes: Mapping[str, FileState], changed: Sequence[str]) -> list[tuple[str, str]]:
    """Give each file of a stage with what was done to it."""
    return [
        (name, _FILE_STATES[changes.get(name, "new")] if name in changed else "unchanged")
        for name in dict.fromkeys([*changes, *changed])
    ]


def files_html(changes: Mapping[str, FileState], changed: Sequence[str]) -> Markup | None:
    """Give the files of a stage in one line."""
    files = [joined([code(name), f" ({state})"]) for name, state in file_states(changes, changed)]
    return element("p", "Files: ", joined(files, ", "), class_="ag-soft") if files else None


def module_html(extraction: Extraction) -> Markup | None:
    """Give a module's source in a part that opens; None where there is none."""
    if extraction.module_text is None:
        return None
    lines = counted(extraction.module_text.count("\n"), "line")
    title = joined([code(extraction.module_path), f" ({lines})"])
    return details(title, source_html(extraction.module_text, "python"))


def answers(draft: StageDraft) -> tuple[Answer, Answer, Answer]:
    """Give the three parts of a stage, each with what is still missing."""
    return _function(draft), _split(draft), _reducer(draft.contract)


def _function(draft: StageDraft) -> Answer:
    extraction = draft.extraction
    if extraction.module_text is None:
        count = len(errors_in(extraction.findings))
        return Answer("Function", "", missing=f"the cell has {counted(count, 'problem')}")
    signature = f"{extraction.function_name}({', '.join(map(str, extraction.signature))})"
    result = extraction.returns[:1].lower() + extraction.returns[1:]
    # of a docstring, where code stands between two backticks
    return Answer("Function", signature, f"result: {result.replace('``', '`')}" if result else "")


def _split(draft: StageDraft) -> Answer:
    contract, plan = draft.contract, draft.plan
    if draft.joined is not None and draft.joined.stage.inputs:
        stage, told = draft.joined.stage, fed_words(draft.joined)
        if stage.artifact_of:
            return Answer("Split", f"{contract.split}: {stage.artifact_of}.artifact", told)
        own = contract.input if contract.input != draft.joined.path.name else ""
        names = ", ".join(feed.stage for feed in stage.elements)
        return Answer("Split", f"elements: {names}", f"{told}, each with every set of {own}" if own else told)
    text = f"{contract.split}: {contract.input}"
    if plan is None or not plan.partition_count or errors_in(plan.findings):
        return Answer("Split", text, missing="nothing to run, see below")
    found = counted(plan.partition_count, "partition")
    if plan.input_files:
        found += f" from {counted(plan.input_files, 'file')}"
    return Answer("Split", text, found)


def fed_words(joined: JoinedStage) -> str:
    """Say what feeds a stage: ``one partition for each result of build``, ``the file that clean writes``."""
    stage = joined.stage
    if stage.artifact_of:
        return f"the file that {stage.artifact_of} writes"
    names = [feed.stage for feed in stage.elements]
    if len(names) == 1:
        return f"one partition for each result of {names[0]}"
    together = "each with each" if stage.combine == "product" else "paired by place"
    return f"one partition for the results of {' and '.join(names)}, {together}"


def place_in_workflow(joined: JoinedStage) -> str:
    """Say where a stage stands in its workflow."""
    stage, parts = joined.stage, []
    if stage.after:
        parts.append(f"after {' and '.join(stage.after)}")
    if stage.when:
        parts.append(f"only with the flag {stage.when}")
    if stage.group:
        parts.append(f"in the group {stage.group}")
    return ", ".join([f"part of {joined.path.name}", *parts])


def _reducer(contract: Contract) -> Answer:
    target = artifact_path(contract)
    if contract.reducer != "custom":
        return Answer("Reducer", contract.reducer, f"into {target}")
    if not contract.reduce.function:
        return Answer(
            "Reducer", "custom", missing=f"write it in a cell with %%parallel_reduce {contract.name}"
        )
    return Answer("Reducer", contract.reduce.function, f"into {target}")


def _box(answer: Answer) -> Markup:
    tone: Tone = "bad" if answer.missing else "good"
    return element(
        "div",
        element(
            "div", answer.title, badge("missing" if answer.missing else "ready", tone), class_="ag-box-head"
        ),
        code(answer.text) if answer.text else None,
        element("div", prose(answer.more), class_="ag-soft") if answer.more else None,
        element("div", answer.missing) if answer.missing else None,
        class_=f"ag-box ag-{tone}",
    )


def _plan_parts(plan: Plan | None, backend: str) -> list[Markup | None]:
    if plan is None or not plan.partition_count:
        return []
    return [element("div", "Plan", class_="ag-part"), plan_html(plan, backend), partitions_html(plan)]


def captures_html(captures: Sequence[Capture]) -> Markup | None:
    """Give each outside name with what it became and why; open where one was refused or there are few."""
    if not captures:
        return None
    rows = [
        [
            code(capture.name),
            badge("refused", "bad") if capture.becomes == "refused" else BECOMES[capture.becomes],
            prose(capture.explanation),
            f"{capture.line:,}" if capture.line is not None else f"for {capture.via}" if capture.via else "",
        ]
        for capture in captures
    ]
    refused = any(capture.becomes == "refused" for capture in captures)
    made = table(
        "What each name became",
        ["Name", "Became", "Why", "Line"],
        rows,
        numbers=(3,),
        row_heads=True,
        caption_shown=False,
    )
    return details(f"Names from outside the cell ({len(rows):,})", made, is_open=refused or len(rows) <= 8)


def _next_steps(draft: StageDraft) -> Markup:
    if draft.joined is not None:
        command = code(f"%parallel_workflow {draft.joined.workflow.name} --run")
        return element("p", "Next: ", command, " runs all stages of the workflow.")
    name = draft.name
    steps = [
        joined([code(f"%parallel_trial {name}"), " runs one partition"]),
        joined([code(f"%parallel_run {name}"), " runs all"]),
    ]
    return element("p", "Next: ", joined(steps, ", "), ".")


def short_findings(findings: Sequence[Finding]) -> str:
    """Give the errors among findings, one line each, for a message below the display that tells them all."""
    return "\n".join(
        f"    {finding.where()}: {finding.message}" if finding.where() else f"    {finding.message}"
        for finding in errors_in(findings)
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
