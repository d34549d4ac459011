"""Migration's findings against labelled cells of public notebooks: the table, and every disagreement.

Usage: ``python benchmarks/migration_labels.py LABELS.jsonl --notebooks FOLDER`` where FOLDER holds
``OWNER__NAME@COMMIT/PATH`` for each notebook; with ``--download`` what is missing is fetched from
raw.githubusercontent.com by repository, commit and path. Nothing of a notebook is run.

A label is one JSON object a line, with ``id, repo, path, commit, cell, sha, line, end_line, verdict``, kinds,
reducer and reasons. Rows of the reason ``too-small-to-matter`` are a matter of taste and are counted apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from jupyter_agilab.cells.notebook import Notebook, read_notebook
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings

SMALL = "too-small-to-matter"
TARGETS = {"precision": 0.98, "recall": 0.85, "reason": 0.85, "kind and reducer": 0.90}

Label = dict[str, Any]


def notebook_of(label: Label, folder: Path, *, download: bool) -> Path | None:
    """Give the file of a label's notebook, None where it is not to be had."""
    path: Path = folder / f"{label['repo'].replace('/', '__')}@{label['commit']}" / label["path"]
    if path.exists() or not download:
        return path if path.exists() else None
    quoted = urllib.parse.quote(f"{label['repo']}/{label['commit']}/{label['path']}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with urllib.request.urlopen(f"https://raw.githubusercontent.com/{quoted}", timeout=60) as answer:
            path.write_bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        print(f"{label['id']}: not fetched ({error})", file=sys.stderr)
        return None
    return path


def is_same(label: Label, notebook: Notebook, path: Path) -> bool:
    """Tell whether the notebook still holds what was labelled."""
    if label["cell"] is None:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12] == str(label["sha"])
    if label["cell"] >= len(notebook.cells):
        return False
    source = notebook.cells[label["cell"]].source
    return hashlib.sha256(source.encode()).hexdigest()[:12] == str(label["sha"])


def finding_for(label: Label, findings: NotebookFindings) -> LoopFinding | None:
    """Give the finding at a label's place: same first line, the same sort of form if there are several."""
    here = [
        loop
        for loop in findings.loops
        if loop.cell == label["cell"] and loop.line <= label["end_line"] and loop.end_line >= label["line"]
    ]
    exact = [loop for loop in here if loop.line == label["line"]] or here
    is_for = label["form"] in {"for", "while"}
    alike = [loop for loop in exact if (loop.form in {"for", "while"}) == is_for]
    chosen = alike or exact
    return chosen[0] if chosen else None


class Score:
    """Counts over a set of labels."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.told: list[str] = []

    def add(self, label: Label, findings: NotebookFindings) -> None:
        """Compare one label."""
        if label["verdict"] == "none":
            self._none(label, findings)
            return
        loop = finding_for(label, findings)
        verdict = loop.verdict if loop is not None else "not found"
        if label["reason"] == SMALL:
            self.counts[f"small: {verdict}"] += 1
            if verdict == "convert":
                self._tell(label, loop, "label: too small")
            return
        self.counts[f"{label['verdict']} as {verdict}"] += 1
        if loop is None or loop.verdict != label["verdict"]:
            self._tell(label, loop, f"label: {label['verdict']} {label['reason'] or ''}")
        elif loop.verdict == "convert":
            self._conversion(label, loop)
        else:
            allowed = {label["reason"], (label["reason_alt"] or {}).get("reason")}
            self.counts["reason right" if loop.reason in allowed else "reason wrong"] += 1
            if loop.reason not in allowed:
                self._tell(label, loop, f"label: {label['reason']}")

    def _conversion(self, label: Label, loop: LoopFinding) -> None:
        kind = loop.kind in {label["kind"], label["kind_alt"]}
        reducer = loop.reducer == label["reducer"]
        self.counts["kind right" if kind else "kind wrong"] += 1
        self.counts["reducer right" if reducer else "reducer wrong"] += 1
        if not (kind and reducer):
            self._tell(label, loop, f"label: {label['kind']}, {label['reducer']}")

    def _none(self, label: Label, findings: NotebookFindings) -> None:
        if label["cell"] is None:
            converted = [loop for loop in findings.loops if loop.verdict == "convert"]
        else:
            loop = finding_for(label, findings)
            converted = [loop] if loop is not None and loop.verdict == "convert" else []
        self.counts["none: convert" if converted else "none: right"] += 1
        for loop in converted[:1]:
            self._tell(label, loop, "label: nothing to convert")

    def _tell(self, label: Label, loop: LoopFinding | None, expected: str) -> None:
        doubt = " (doubt)" if label["doubt"] else ""
        found = "nothing found"
        if loop is not None:
            found = f"{loop.verdict} {loop.kind} {loop.reducer or loop.reason}: {loop.message[:100]}"
        self.told.append(
            f"{label['id']}{doubt} {label['repo']} {label['path'].rpartition('/')[2]} cell {label['cell']} "
            f"line {label['line']}: {expected}; found: {found}"
        )

    def ratio(self, right: str, *others: str) -> float:
        """Give the share of `right` in all of these counts; 1 where there are none."""
        total = sum(self.counts[name] for name in (right, *others))
        return self.counts[right] / total if total else 1.0

    def table(self, title: str) -> bool:
        """Print the figures; tells whether all targets are met."""
        counts = self.counts
        kinds = counts["kind right"] + counts["reducer right"]
        several = kinds + counts["kind wrong"] + counts["reducer wrong"]
        figures = {
            "precision": self.ratio("convert as convert", "refuse as convert", "none: convert"),
            "recall": self.ratio("convert as convert", "convert as refuse", "convert as not found"),
            "reason": self.ratio("reason right", "reason wrong"),
            "kind and reducer": kinds / several if several else 1.0,
        }
        print(f"\n{title}")
        for name, figure in figures.items():
            verdict = "met" if figure >= TARGETS[name] else "NOT MET"
            print(f"  {name:18} {figure:6.3f}   at least {TARGETS[name]:.2f}   {verdict}")
        print(f"  kind               {self.ratio('kind right', 'kind wrong'):6.3f}")
        print(f"  reducer            {self.ratio('reducer right', 'reducer wrong'):6.3f}")
        print(
            f"  none rows          {counts['none: right']} right, {counts['none: convert']} wrongly convert"
        )
        print(f"  counts             {dict(sorted(counts.items()))}")
        return (
            all(figures[name] >= target for name, target in TARGETS.items()) and not counts["none: convert"]
        )


def main() -> int:
    """Compare all labels; returns 0 where all targets are met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", type=Path, help="the labels, one JSON object a line")
    parser.add_argument("--notebooks", type=Path, required=True, help="folder of OWNER__NAME@COMMIT/PATH")
    parser.add_argument("--download", action="store_true", help="fetch notebooks that are not in the folder")
    options = parser.parse_args()
    labels: list[Label] = [
        json.loads(line) for line in options.labels.read_text("utf-8").splitlines() if line
    ]
    every, sure = Score(), Score()
    known: dict[Path, tuple[Notebook, NotebookFindings]] = {}
    missing = changed = cells = 0
    seconds = 0.0
    for label in labels:
        path = notebook_of(label, options.notebooks, download=options.download)
        if path is None:
            missing += 1
            continue
        if path not in known:
            notebook = read_notebook(path)
            started = time.process_time()
            known[path] = notebook, find_loops(notebook)
            seconds += time.process_time() - started
            cells += len(notebook.code_cells)
        notebook, findings = known[path]
        if not is_same(label, notebook, path):
            changed += 1
            continue
        every.add(label, findings)
        if not label["doubt"]:
            sure.add(label, findings)
    print(f"{len(labels)} labels, {missing} notebooks not there, {changed} with other content")
    print(f"{cells} code cells in {seconds:.1f} s: {seconds / max(cells, 1) * 1000:.1f} s for 1,000")
    every.table("All rows")
    good = sure.table("Without the rows marked as doubtful")
    print("\nDisagreements")
    for line in every.told:
        print(f"  {line}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
