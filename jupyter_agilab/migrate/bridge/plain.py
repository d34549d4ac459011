"""A cell's text as AGILAB can run it: plain Python, without magics, that needs no notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupyter_agilab.cells import python_source
from jupyter_agilab.diagnostics import Finding

_OURS = re.compile(r"^(?P<indent>[ \t]*)%parallel_(?P<verb>\w+)[ \t]*(?P<rest>.*)$", re.M)
_STAGE = re.compile(r"\s*%%parallel_stage[ \t]+(\w[\w.-]*)")
_REDUCE = re.compile(r"\s*%%parallel_reduce\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCell:
    """What a cell becomes.

    ``code`` is empty where nothing is left to run. ``stage`` names the stage whose contract the code runs.
    """

    code: str
    stage: str | None = None
    findings: tuple[Finding, ...] = ()


def plain_cell(source: str, label: str) -> PlainCell:
    """Make a cell's text plain Python; `label` names the cell in findings.

    A stage cell becomes a call that runs the stage's contract: its function is in the stage's module. What
    cannot be said in plain Python is an error among the findings.
    """
    if _REDUCE.match(source):
        return PlainCell(code="")
    if stage := _STAGE.match(source):
        return PlainCell(code=run_code(stage[1]), stage=stage[1])
    text = _OURS.sub(_own_magic, source)
    if text == source and not re.search(r"^\s*[%!?]|\?\s*$|=\s*[%!]", source, re.M):
        return PlainCell(code=source)
    made = python_source(text)
    findings = tuple(
        Finding(
            code="agilab.ipython-syntax",
            message=each.message,
            severity="error" if each.action == "refused" else "info",
            cell=label,
            line=each.line,
            hint=each.hint,
        )
        for each in made.translations
    )
    if not made.translations:
        # nothing is left that is not Python
        return PlainCell(code=text if text == source else text.strip("\n"))
    gone = {each.line for each in made.translations if each.action == "dropped" and not each.python}
    lines = made.text.split("\n")
    kept = [line for number, line in enumerate(lines, start=1) if line.strip() or number not in gone]
    code = "\n".join(kept).strip("\n")
    return PlainCell(code=code if code.strip() else "", findings=findings)


def run_code(stage: str) -> str:
    """Give the code that runs a stage: it needs its contract and nothing else."""
    name = re.sub(r"\W", "_", stage)
    return f'from jupyter_agilab import run\n\n{name} = run("{stage}.parallel_stage.toml")\n'


def _own_magic(found: re.Match[str]) -> str:
    words = found["rest"].split()
    if found["verb"] == "run" and words and not words[0].startswith("-"):
        return f'{found["indent"]}from jupyter_agilab import run; run("{words[0]}.parallel_stage.toml")'
    if found["verb"] in {"plan", "trial", "runs", "attach", "explain", "report", "logs", "debug", "stop"}:
        return f"{found['indent']}pass" if found["indent"] else ""
    return found[0]
