"""The displays as HTML: complete, readable without colour, and harmless whatever names the user chose."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.contract.dump import contract_text
from jupyter_agilab.contract.model import Contract, ReduceTable
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.extraction import Argument, Capture, Extraction
from jupyter_agilab.panel.explain_view import ExplainView
from jupyter_agilab.panel.findings_view import FindingsView
from jupyter_agilab.panel.plan_view import PlanView
from jupyter_agilab.panel.reducer_view import ReducerView
from jupyter_agilab.panel.result_view import ResultView
from jupyter_agilab.panel.run_view import RunView
from jupyter_agilab.panel.runs_view import RunsView
from jupyter_agilab.panel.source_html import source_html
from jupyter_agilab.panel.stage_view import StageView
from jupyter_agilab.panel.trial_view import TrialView
from jupyter_agilab.panel.view import View
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.trial import ReducerTrial
from jupyter_agilab.result import StageResult
from jupyter_agilab.run.causes import Cause, Causes
from jupyter_agilab.run.history import RunSummary
from jupyter_agilab.run.reasons import Explanation, Reason
from jupyter_agilab.run.tried import TrialReport
from jupyter_agilab.run.types import Failure
from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.run.worker_status import WorkerStatus
from jupyter_agilab.stages import ReducerDraft, StageDraft, WrittenStage

PLAIN = "clean"
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "'onmouseover=alert(1) x='",
    "</style></details></table><b>",
    "&lt;b&gt; & `tick` \x1b[31m\x00",
    "größe ← 東京",
)
TAGS = frozenset(
    (
        *(
            "div",
            "span",
            "style",
            "p",
            "code",
            "pre",
            "strong",
            "details",
            "summary",
            "ul",
            "li",
            "dl",
            "dt",
            "dd",
        ),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    )
)
ATTRIBUTES = frozenset(["class", "style", "role", "scope", "open", "tabindex", "aria-label"])


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects what is there."""

    VOID = frozenset({"br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.headings: list[str | None] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "th":
            self.headings.append(dict(attrs).get("scope"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def partition(name: str, index: int) -> Partition:
    return Partition(
        index, f"{index:016x}", "file", f"{name}/{index}.csv", 0, 1000, 0, "csv", None, 1000.0, "f"
    )


def plan(name: str, count: int = 5, workers: int = 2) -> Plan:
    loads = [0.0] * workers
    for index in range(count):
        loads[index % workers] += 1000.0
    return Plan(
        stage=name,
        partitions=tuple(partition(name, index) for index in range(count)),
        workers=[index % workers for index in range(count)],
        requested_workers=workers,
        effective_workers=workers,
        planned_partitions=count,
        useful_workers=workers,
        threads_per_worker=1,
        cores=workers,
        input_files=count,
        rule=f"each of {name} is one partition.",
        loads=tuple(loads),
        findings=(finding(name),),
    )


def finding(name: str, severity: Any = "warning") -> Finding:
    return Finding(
        code="x", message=f"about {name}", hint=f"do {name}", key=name, cell=name, line=3, severity=severity
    )


def extraction(name: str, *, ok: bool = True) -> Extraction:
    return Extraction(
        name="clean",
        function_name="clean",
        module_text=f'"""{name}"""\n\ndef clean(path):\n    return 1  # {name}\n' if ok else None,
        source_digest="blake2b:0",
        captures=(
            Capture(name=name, becomes="parameter", explanation=f"why {name}", line=2),
            Capture(name="other", becomes="constant" if ok else "refused", explanation="why", via=name),
        ),
        signature=(Argument(name="path", annotation=name),),
        returns=name,
        findings=(finding(name, "warning" if ok else "error"),),
    )


def contract(name: str) -> Contract:
    return Contract(
        name=name,
        function="stages/clean.py:clean",
        split="files",
        input=f"{name}/*.csv",
        workers=2,
        partition_strategy="one-file-per-partition",
        target_partitions=0,
        min_partitions_per_worker=2,
        reducer="custom",
        backend="pool",
        output=f"artifacts/{name}.json",
        notes=name,
        reduce=ReduceTable(function=name),
    )


def draft(name: str, *, ok: bool = True) -> StageDraft:
    found = extraction(name, ok=ok)
    return StageDraft(
        name=name,
        folder=Path("/folder"),
        extraction=found,
        contract=contract(name),
        contract_text=f"# {name}\nname = 'x'\n",
        before=None,
        plan=plan(name),
        findings=found.findings,
        changes={"stages/clean.py": "new", f"{name}.toml": "unchanged"} if ok else {},
    )


def written(name: str) -> WrittenStage:
    return WrittenStage(
        name=name,
        contract=contract(name),
        contract_path=Path("/folder/clean.parallel_stage.toml"),
        module_path=Path("/folder/stages/clean.py"),
        plan=plan(name),
        changed=("stages/clean.py", f"shared/{name}.npy"),
    )


def reducer_draft(name: str) -> ReducerDraft:
    return ReducerDraft(
        stage=name,
        folder=Path("/folder"),
        extraction=extraction(name),
        contract=contract(name),
        contract_text=name,
        before=contract(name),
        findings=(finding(name),),
        changes={"stages/clean_reduce.py": "new"},
    )


def causes_of(*failures: dict[str, Any]) -> list[Cause]:
    causes = Causes()
    for event in failures:
        cause = causes.add({**event, "t": 1_800_000_000.0, "final": True})
        if cause is not None:
            cause.where = f"line {event['cell_line']} of the cell"
    return list(causes)


def status(name: str, state: Any = "failed") -> RunStatus:
    failure = {
        "index": 3,
        "partition": "0" * 16,
        "described": f"{name}/3.csv",
        "error_type": name,
        "message": f"{name} went wrong",
        "traceback": f"Traceback:\n  {name}\n",
        "cell_line": 7,
        "source_line": name,
        "worker": name,
        "attempt": 1,
    }
    return RunStatus(
        run_id="20260801-120000-abcd",
        stage=name,
        run_dir=f"/folder/{name}",
        state=state,
        partitions=10,
        slots=2,
        runner="pool",
        finished=4,
        reused=1,
        failed=5,
        records=40,
        size_bytes=4000,
        started=1.0,
        elapsed_s=2.0,
        rate=2.0,
        remaining_s=None,
        workers={name: WorkerStatus(finished=4, tasks=2, busy_s=1.5, peak_memory_bytes=10**7, lost=name)},
        causes=causes_of(failure, {**failure, "index": 4}, {**failure, "index": 5, "message": "another"}),
        message=name,
    )


def report(name: str) -> TrialReport:
    return TrialReport(
        stage=name,
        partition="0" * 16,
        described=name,
        ok=False,
        seconds=0.5,
        load_seconds=0.1,
        peak_memory_bytes=10**7,
        records=1,
        size_bytes=10,
        preview=name,
        output=name,
        failure=Failure(
            index=0, partition="0", described=name, error_type=name, message=name, traceback=name
        ),
        reducer=(
            ReducerTrial(count=1, ok=True, records=1, artifact_bytes=5),
            ReducerTrial(count=0, ok=False, error=name, traceback=name),
        ),
    )


def summary(name: str) -> RunSummary:
    return RunSummary(
        run_id=name,
        stage=name,
        run_dir=name,
        state="stopped",
        submitted=1.0,
        seconds=2.0,
        partitions=3,
        finished=1,
        reused=1,
        failed=1,
        artifact=None,
        size_bytes=4,
        message=name,
    )


def result(name: str, folder: Path) -> StageResult:
    path = folder / "clean.json"
    path.write_text(json.dumps([{name: name, "n": 1}, {name: [name], "n": None}]), "utf-8")
    return StageResult(
        stage=name,
        run_id="20260801-120000-abcd",
        run_dir=folder,
        path=path,
        records_count=2,
        columns=(),
        size_bytes=10,
        partitions=2,
        reused=1,
        seconds=1.0,
    )


def explanation(name: str) -> Explanation:
    partitions = plan(name).partitions
    reasons = [
        Reason("reused", f"reused from run {name}", name),
        Reason("failed", f"failed last time: ValueError: {name}", name, "failed last time: ValueError"),
        Reason("stage", f"helper `{name}` changed"),
    ]
    return Explanation(name, partitions, reasons, array("l", [0, 1, 1, 2, 2]))


VIEWS: dict[str, Callable[[str, Path], View]] = {
    "explanation": lambda name, folder: ExplainView(explanation(name)),
    "stage": lambda name, folder: StageView(draft(name), written(name), note=name),
    "refused stage": lambda name, folder: StageView(draft(name, ok=False)),
    "reducer": lambda name, folder: ReducerView(reducer_draft(name), ("stages/clean_reduce.py",)),
    "plan": lambda name, folder: PlanView(plan(name), name),
    "large plan": lambda name, folder: PlanView(plan(name, 200, 40), name),
    "trial": lambda name, folder: TrialView(report(name)),
    "run": lambda name, folder: RunView(status(name), name, name),
    "merging": lambda name, folder: RunView(status(name, "reducing"), name),
    "runs": lambda name, folder: RunsView((summary(name),), 2),
    "result": lambda name, folder: ResultView(result(name, folder), name),
    "findings": lambda name, folder: FindingsView(name, (finding(name), finding(name, "error"))),
}


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("name", [PLAIN, *HOSTILE], ids=range(len(HOSTILE) + 1))
def test_names_are_shown_and_never_become_markup(kind: str, name: str, tmp_path: Path) -> None:
    page = Page(VIEWS[kind](name, tmp_path)._repr_mimebundle_()["text/html"])
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert "\x1b" not in page.text
    if name.isprintable():
        assert name.replace("`", "") in page.text.replace("`", "")


@pytest.mark.parametrize("kind", VIEWS)
def test_each_display_has_a_text_form_and_headings_with_a_scope(kind: str, tmp_path: Path) -> None:
    view = VIEWS[kind](PLAIN, tmp_path)
    bundle = view._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(view)
    assert PLAIN in bundle["text/plain"]
    assert "\x1b" not in VIEWS[kind](HOSTILE[4], tmp_path).text()
    page = Page(bundle["text/html"])
    assert all(scope in {"row", "col"} for scope in page.headings)


def test_a_stage_shows_its_three_parts_and_what_is_missing() -> None:
    page = Page(StageView(draft(PLAIN), written(PLAIN)).html())
    for part in ("Function", "Split", "Reducer", "ready", "clean(path: clean)", "5 partitions from 5 files"):
        assert part in page.text
    assert "missing" not in page.text
    refused = Page(StageView(draft(PLAIN, ok=False)).html()).text
    assert "the cell has 1 problem" in refused
    assert "not written" in refused
    open_draft = replace(draft(PLAIN), contract=replace(contract(PLAIN), reduce=ReduceTable()))
    assert "%%parallel_reduce clean" in Page(StageView(open_draft).html()).text


def test_files_are_told_with_what_was_done_to_them() -> None:
    page = Page(StageView(draft(PLAIN), written(PLAIN)).html())
    assert "stages/clean.py (new), clean.toml (unchanged), shared/clean.npy (new)" in page.text


def test_many_workers_and_partitions_are_counted_not_listed() -> None:
    view = PlanView(plan(PLAIN, 200, 40))
    page = Page(view.html())
    assert "… and 28 more workers" in page.text
    assert "… and 190 more partitions" in page.text
    assert len(view.html()) < 40_000


def test_a_plan_without_partitions_says_so() -> None:
    empty = replace(plan(PLAIN, 0), loads=(), findings=(finding(PLAIN, "error"),))
    page = Page(PlanView(empty).html())
    assert "nothing would run" in page.text
    assert "cannot run" in page.text
    assert "table" not in page.tags


def test_failures_are_grouped_by_cause_and_the_rest_is_counted() -> None:
    page = Page(RunView(status(PLAIN)).html())
    assert page.text.count("clean went wrong") == 1
    assert "line 7 of the cell: clean" in page.text
    assert "partition 3 (clean/3.csv), partition 4 (clean/3.csv)" in page.text
    assert "5 partitions failed, of 2 causes" in page.text


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("submitted", "starting"),
        ("running", "running"),
        ("reducing", "merging"),
        ("finished", "finished"),
        ("partial", "partial"),
        ("failed", "failed"),
        ("stopped", "stopped"),
        ("interrupted", "interrupted"),
    ],
)
def test_each_state_of_a_run_has_a_word(state: str, word: str) -> None:
    assert word in Page(RunView(RunStatus(run_id="r", stage="s", run_dir="d", state=state)).html()).text  # type: ignore[arg-type]  # a literal by parameter


def test_no_runs_and_no_findings_are_said() -> None:
    assert "There are no runs yet" in Page(RunsView(()).html()).text
    assert "nothing found" in Page(FindingsView("clean", ()).html()).text


def test_a_result_whose_file_is_gone_still_shows(tmp_path: Path) -> None:
    gone = result(PLAIN, tmp_path)
    gone.path.unlink()
    page = Page(ResultView(gone).html())
    assert "cannot be shown" in page.text
    assert "2 records" in page.text


@pytest.mark.parametrize(
    ("records", "shown", "hidden"),
    [
        ([1, "two", None], "two", "<table"),
        ([{"a": "x" * 500}], "x" * 79 + "…", "x" * 100),
        ([{f"c{n}": n for n in range(30)}], "… and 18 more columns", "c29"),
        ([], "", "<table"),
    ],
    ids=["plain values", "long text", "many columns", "nothing"],
)
def test_samples_stay_small(tmp_path: Path, records: list[Any], shown: str, hidden: str) -> None:
    found = replace(result(PLAIN, tmp_path), records_count=len(records))
    found.path.write_text(json.dumps(records), "utf-8")
    made = ResultView(found).html().partition("<details")[0]
    assert shown in made
    assert hidden not in made


@pytest.mark.parametrize(
    "text",
    [
        "def f(a):\n    return '<b>' if a < 1 else \"&\"  # <!-- x -->\n",
        "\n\n  indented, and not Python (\n",
        "x = '\u2028\x1b'\n",
        "",
    ],
)
def test_coloured_source_is_the_source(text: str) -> None:
    from jupyter_agilab.panel.columns import printable

    page = Page(source_html(text, "python"))
    assert page.text.strip("\n") == printable(text.strip("\n"), keep="\n")


def test_a_contract_is_coloured_too() -> None:
    page = Page(
        source_html(contract_text(replace(contract(PLAIN), reduce=ReduceTable(function="sum"))), "toml")
    )
    assert 'backend = "pool"' in page.text


def test_a_huge_source_is_not_coloured() -> None:
    assert "<span" not in source_html("x = 1\n" * 100_000, "python")
