"""Where the run took place, and what of that is new since the run before."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_agilab.panel.figures import moment
from jupyter_agilab.panel.markup import Markup, code, element, joined, table
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.run.story.story import RunStory

_NAMES = {
    "git": "git revision",
    "python": "Python",
    "executable": "interpreter",
    "platform": "system",
    "host": "host",
    "cores": "cores",
    "jupyter_agilab": "jupyter-agilab",
}


def part(story: RunStory) -> Part:
    """Give interpreter, packages, host, git revision and where the files are."""
    manifest = story.manifest
    found = dict(manifest.get("environment") or {})
    packages = found.pop("packages", None) or {}
    before = {
        change.name: change.before or "none"
        for change in (story.previous.environment if story.previous else ())
    }
    named = [(name, found[name]) for name in _NAMES if found.get(name) is not None]
    rows = [
        ["run", code(story.run.run_id), ""],
        ["submitted", moment(float(manifest.get("submitted", 0.0))), ""],
        ["files", code(story.run.path.relative_to(story.run.path.parents[3])), ""],
        *([_NAMES[name], code(value), before.get(name, "")] for name, value in named),
    ]
    if "git" not in dict(named):
        none = "the contract's folder is in no git repository" if found else "not known"
        rows.append(["git revision", none, before.get("git", "")])
    libraries = [[name, code(value), before.get(name, "")] for name, value in packages.items()]
    gone = [name for name in before if name not in packages and name not in _NAMES]
    libraries += [[name, "none", before[name]] for name in gone]
    parts = [
        element("div", _table("Run and machine", rows), _table("Libraries", libraries), class_="columns")
    ]
    if not found:
        parts.append(
            element("p", "The run ended before its driver took note of its surroundings.", class_="soft")
        )
    count = f"{len(before):,} changed" if before else ""
    return Part(id="environment", title="Environment", body=joined(parts), count=count)


def _table(caption: str, rows: Sequence[Sequence[object]]) -> Markup | None:
    if not rows:
        return None
    head = ["", "This run", "The run before"]
    if not any(row[2] for row in rows):
        head, rows = head[:2], [row[:2] for row in rows]
    return table(caption, head, rows, row_heads=True)
