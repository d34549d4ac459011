"""What the run was asked to do, and what of that is new since the run before."""

from __future__ import annotations

from jupyter_agilab.panel.contract_rows import contract_rows
from jupyter_agilab.panel.figures import counted, moment
from jupyter_agilab.panel.markup import Markup, code, details, element, joined, table
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.source_html import source_html
from jupyter_agilab.panel.text import STATES
from jupyter_agilab.run.story.previous import Previous, TextChange
from jupyter_agilab.run.story.story import RunStory

_SHOWN_DIFF_LINES = 400


def part(story: RunStory) -> Part:
    """Give the contract and the code as they were frozen, and their differences."""
    text = str((story.manifest.get("contract") or {}).get("text", ""))
    declared = contract_rows(story.contract) if story.contract else []
    rows = [[name, value] for name, value in declared if value]
    body = joined(
        [
            _changes(story.previous),
            table("What was declared", ["Key", "Value"], rows, row_heads=True, caption_shown=False)
            if rows
            else element("p", "The frozen contract cannot be read."),
            details("The contract as it was at submit", source_html(text, "toml")) if text else None,
            *(
                details(joined(["The code as it was at submit: ", code(name)]), source_html(source, "python"))
                for name, source in story.sources.items()
            ),
        ]
    )
    count = len(_texts(story.previous)) + len(story.previous.settings) if story.previous else 0
    return Part(id="contract", title="Contract", body=body, count=f"{count:,} changed" if count else "")


def _changes(previous: Previous | None) -> Markup:
    if previous is None:
        return element(
            "p", "This is the first run of the stage that is known here, so there is nothing to compare."
        )
    state = STATES.get(previous.state, previous.state or "state unknown")
    before = joined(
        [
            "the run before (",
            code(previous.run_id),
            f", {moment(previous.submitted)}, {state})",
        ]
    )
    if previous.is_same:
        return element("p", "Contract, code and settings are the same as in ", before, ".")
    texts = _texts(previous)
    parts: list[object] = [element("p", "What is new since ", before, ":")]
    parts += [_text_change(change) for change in texts]
    if previous.settings:
        rows = [[change.name, change.before or "none", change.now or "none"] for change in previous.settings]
        head = ["Setting of the run", "Before", "Now"]
        parts.append(table("Settings", head, rows, row_heads=True, caption_shown=False))
    if not previous.code:
        parts.append(element("p", "The code is the same.", class_="soft"))
    elif previous.contract is None:
        parts.append(element("p", "The contract is the same.", class_="soft"))
    return joined(parts)


def _texts(previous: Previous | None) -> list[TextChange]:
    if previous is None:
        return []
    return [*([previous.contract] if previous.contract else []), *previous.code]


def _text_change(change: TextChange) -> Markup:
    if change.kind == "removed":
        return element("p", code(change.name), " is not there any more.")
    added = sum(line.startswith("+") for line in change.lines)
    removed = sum(line.startswith("-") for line in change.lines)
    what = "new" if change.kind == "added" else f"{counted(added, 'line')} added, {removed:,} removed"
    title = joined([code(change.name), f": {what}"])
    if not change.lines:
        return element("p", code(change.name), ": changed; too long to be compared line by line.")
    return details(title, _diff(change.lines), is_open=change.kind == "changed")


def _diff(lines: tuple[str, ...]) -> Markup:
    kinds = {"+": "add", "-": "del", "@": "at"}
    shown = [element("span", line or " ", class_=kinds.get(line[:1])) for line in lines[:_SHOWN_DIFF_LINES]]
    more = len(lines) - len(shown)
    if more > 0:
        shown.append(element("span", f"… and {counted(more, 'more line')}", class_="at"))
    return element("pre", *shown, class_="diff", tabindex="0", role="region", aria_label="Differences")
