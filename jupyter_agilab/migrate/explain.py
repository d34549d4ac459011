"""Makes the finding of a candidate: the verdict in words, with names, places and assumptions."""

from __future__ import annotations

import ast
from typing import Any

from jupyter_agilab.migrate.explain_change import replaced_counter, suggested_change
from jupyter_agilab.migrate.find.candidate import Candidate
from jupyter_agilab.migrate.finding import LoopFinding, LoopOutput
from jupyter_agilab.migrate.prove.captured import captures_of
from jupyter_agilab.migrate.prove.choose_reducer import choose_reducer
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.items import count_items
from jupyter_agilab.migrate.prove.obstacle import Obstacle
from jupyter_agilab.migrate.prove.outputs import outputs_of
from jupyter_agilab.migrate.prove.program import CodeCell
from jupyter_agilab.migrate.prove.split_kind import split_kind

_DONE = {
    "append": "appends to {}",
    "extend": "extends {}",
    "item": "sets an entry of {}",
    "column": "sets a row or column of {}",
    "concat": "joins a part to {}",
    "add": "adds to {}",
    "count": "counts in {}",
    "text": "adds text to {}",
    "min": "keeps the smallest in {}",
    "max": "keeps the largest in {}",
    "best": "keeps the best in {}",
    "any": "sets the flag {}",
    "all": "clears the flag {}",
    "set": "adds to the set {}",
    "update": "updates {}",
    "last": "leaves its last value in {}",
}


def finding_of(facts: Facts, found: list[Obstacle], cell: CodeCell) -> LoopFinding:
    """Make the finding; the first obstacle decides, unless a small change takes all of them away."""
    candidate = facts.candidate
    change = suggested_change(facts, found, cell)
    outputs = outputs_of(facts)
    counter = replaced_counter(facts, change)
    if counter:
        files = [event for event in facts.record.of("write") if counter in event.name and not event.varies]
        outputs = tuple(output for output in outputs if output.name != counter) + tuple(
            LoopOutput(name=event.name, how="file", value=event.name, line=getattr(event.node, "lineno", 0))
            for event in files
        )
    kind = split_kind(facts)
    decides = found[0] if found and not change else None
    assumptions = tuple(dict.fromkeys(facts.record.assumptions.values()))
    common: dict[str, Any] = {
        "cell": cell.index,
        "cell_id": cell.id,
        "line": candidate.line,
        "end_line": candidate.end_line,
        "form": candidate.form,
        "kind": kind,
        "variables": facts.variables,
        "iterable": ast.unparse(candidate.iterable) if candidate.iterable is not None else "",
        "items": count_items(facts.scene, candidate.iterable),
        "captures": captures_of(facts),
        "outputs": outputs,
        "in_function": candidate.context.in_function,
        "gain": _gain(facts),
    }
    if decides is None:
        return LoopFinding(
            **common,
            verdict="convert",
            rule="migrate.convert-after-change" if change else "migrate.convert",
            reducer=choose_reducer(facts, outputs),
            message=_converts(facts, outputs, changed=bool(change)),
            names=tuple(dict.fromkeys(output.name for output in outputs if output.name)),
            assumptions=(*assumptions, *_of_files(outputs)),
            change=change,
        )
    return LoopFinding(
        **common,
        verdict="refuse",
        rule=decides.code,
        reason=decides.reason,
        message=_refuses(decides, found),
        names=decides.names,
        reason_line=decides.line,
        reason_cell=decides.cell,
        assumptions=assumptions if decides.reason == "too-small-to-matter" else (),
    )


def not_understood(candidate: Candidate, cell: CodeCell) -> LoopFinding:
    """Make the finding of a candidate that is nested too deeply to be followed."""
    return LoopFinding(
        cell=cell.index,
        cell_id=cell.id,
        line=candidate.line,
        end_line=candidate.end_line,
        form=candidate.form,
        verdict="refuse",
        rule="migrate.too-deep",
        reason="not-understood",
        message="the code is nested too deeply to be followed",
        reason_line=candidate.line,
        in_function=candidate.context.in_function,
    )


def _converts(facts: Facts, outputs: tuple[LoopOutput, ...], *, changed: bool) -> str:
    ways: list[str] = []
    for output in outputs:
        if output.how == "file":
            text = "writes a file of its own"
        elif output.how in {"print", "value"}:
            continue
        else:
            text = _DONE[output.how].format(f"`{output.name}`")
        if text not in ways:
            ways.append(text)
    does = f"each one {_listed(ways)}" if ways else "each one only gives its own result"
    start = "after the change below, no iteration" if changed else "no iteration"
    return f"{start} needs another one: {does}"


def _listed(parts: list[str]) -> str:
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _refuses(decides: Obstacle, found: list[Obstacle]) -> str:
    others = {each.reason for each in found} - {decides.reason, "too-small-to-matter"}
    if not others:
        return decides.message
    return f"{decides.message} (also: {', '.join(sorted(others))})"


def _of_files(outputs: tuple[LoopOutput, ...]) -> tuple[str, ...]:
    names = [output.name for output in outputs if output.how == "file"]
    return tuple(f"assumes that `{name[:60]}` is another file for each item" for name in names)


def _gain(facts: Facts) -> str:
    dear = list(dict.fromkeys(facts.record.dear))
    if not dear:
        return "none: steps are tiny"
    shown = ", ".join(f"`{name}`" for name in dear[:3])
    more = f" and {len(dear) - 3} more" if len(dear) > 3 else ""
    return f"each item calls {shown}{more}"
