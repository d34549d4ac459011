"""``[partition]``: keys that the split does not read, and keys that need each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jupyter_agilab.contract.keys import tables
from jupyter_agilab.contract.subject import Remark, Subject


def partition_keys(subject: Subject) -> Iterator[Remark]:
    """Tell keys without effect, rules without columns, and names that stand in two zipped groups."""
    split = subject.get("split")
    by = subject.get("partition", "by") or "rows"
    held = subject.table("partition")
    for key in tables()["partition"].keys:
        if key.name not in held or split is None:
            continue
        about = key.about
        if split not in about.splits:
            readers = " or ".join(about.splits)
            yield Remark(
                "contract.unread-key",
                key.path,
                f"partition.{key.name} is read only for split = {readers!r}; here split is {split!r}",
                "take the line out, or change split",
                "warning",
            )
        elif about.by and by not in about.by and subject.get("partition", key.name) is not None:
            yield Remark(
                "contract.unread-key",
                key.path,
                f"partition.{key.name} is read only for by = {about.by[0]!r}; here by is {by!r}",
                "take the line out, or change by",
                "warning",
            )
    if split in {None, "data-partitions"} and by in {"groups", "dates", "keys"}:
        if "columns" not in held or subject.data["partition"]["columns"] == []:
            yield Remark(
                "contract.partition-columns",
                ("partition", "columns"),
                f"partition.columns must name the columns that by = {by!r} looks at; there are none",
                f'write columns = ["NAME"] below by = "{by}"',
                absent="columns" not in held,
            )
        columns = subject.get("partition", "columns") or ()
        if by == "dates" and len(columns) > 1:
            yield Remark(
                "contract.partition-columns",
                ("partition", "columns"),
                f"partition.columns must name one column for by = 'dates'; there are {len(columns)}",
                "name the column that has the dates",
            )
        period = next(key for key in tables()["partition"].keys if key.name == "period")
        if by == "dates" and "period" not in held:
            yield Remark(
                "contract.partition-period",
                ("partition", "period"),
                f"partition.period {period.kind.rule} for by = 'dates'; there is none",
                'write period = "month" below by = "dates"',
                absent=True,
            )
    groups = subject.get("partition", "zip") or ()
    for name, count in Counter(name for group in groups for name in group).items():
        if count > 1:
            yield Remark(
                "contract.partition-zip",
                ("partition", "zip"),
                f"partition.zip must hold each name once; {name!r} stands in it {count} times",
            )
