"""Why partitions will run or not, as plain text: a few groups with their counts, or one line for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import WIDTH, clip, printable, wrapped
from jupyter_agilab.panel.figures import counted

if TYPE_CHECKING:
    from jupyter_agilab.run.reasons import Explanation, Group, ReasonKind

SHOWN_GROUPS = 12
"""Groups that a display lists; the rest is counted."""


def verdict(explanation: Explanation) -> str:
    """Say in a sentence how much will run."""
    count, reused = len(explanation), explanation.reused
    if not count:
        return "there are no partitions"
    if reused == count:
        return f"nothing will run: all {counted(count, 'result')} can be taken over"
    if not reused:
        return f"all {counted(count, 'partition')} will run" if count > 1 else "the only partition will run"
    taken = f"{counted(reused, 'result')} can be taken over"
    return f"{count - reused:,} of {counted(count, 'partition')} will run, {taken}"


def chosen_groups(
    explanation: Explanation, kinds: Iterable[ReasonKind] | None = None
) -> tuple[list[Group], int]:
    """Give the groups to show, and how many more there are."""
    wanted = None if kinds is None else frozenset(kinds)
    groups = [group for group in explanation.groups() if wanted is None or group.kind in wanted]
    return groups[:SHOWN_GROUPS], max(0, len(groups) - SHOWN_GROUPS)


def reason_of(group: Group) -> str:
    """Give what a group has in common, with the first partition's own figures."""
    if not group.example:
        return group.text
    return group.example if group.count == 1 else f"{group.text} (the first: {group.example})"


def named_partitions(explanation: Explanation, group: Group) -> str:
    """Name the first partitions of a group, and count the others."""
    shown = [f"{index:,} ({explanation.partitions[index].describe()})" for index in group.first[:3]]
    more = group.count - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def explain_text(
    explanation: Explanation, width: int | None = None, kinds: Iterable[ReasonKind] | None = None
) -> str:
    """Give the reasons in groups: how many partitions, why, which ones; `kinds` leaves out all others."""
    width = width or WIDTH
    lines = wrapped(f"{explanation.stage}: {verdict(explanation)}", width, hanging="    ")
    groups, more = chosen_groups(explanation, kinds)
    if kinds is not None and not groups:
        lines.append("nothing has changed since the results were made")
    places = max((len(f"{group.count:,}") for group in groups), default=0)
    margin = " " * (places + 4)
    for group in groups:
        lines += [
            "",
            *wrapped(reason_of(group), width, indent=f"  {group.count:>{places},}  ", hanging=margin),
        ]
        lines.append(clip(margin + printable(named_partitions(explanation, group)), width))
    if more:
        lines += ["", f"  ... and {counted(more, 'more reason')}"]
    return "\n".join(lines)


def explain_lines(explanation: Explanation, kinds: Iterable[ReasonKind] | None = None) -> Iterator[str]:
    """Give every partition on a line of its own, one after another: number, id, reason, what it is."""
    places = len(f"{max(0, len(explanation) - 1):,}")
    for line in explanation.lines(kinds):
        head = f"{line['index']:>{places},}  {line['id']}"
        yield printable(f"{head}  {line['reason']}  [{line['partition']}]")
