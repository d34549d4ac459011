"""Tables whose rows are put together by what stands in them: groups, dates and keys have this in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.staged.build import FORMS, UNIT_DIGESTS, UNITS, staged
from jupyter_agilab.partition.staged.store import read_groups, stored_order, unpacked
from jupyter_agilab.partition.staged.table import Table, refused
from jupyter_agilab.partition.staged.units import Rule
from jupyter_agilab.partition.types import Partition, digest_of
from jupyter_agilab.partition.ways import Cut, refuse_too_many
from jupyter_agilab.partition.whole_files import FileSurvey

_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class StagedGroup:
    """One group of a staged table.

    Attributes
    ----------
    label
        What people know it by.
    first, stop
        The half-open range of its units, in the order of the staged table.
    rows, size
        How many rows it has, and their bytes.
    digest
        Of its rows, in order.
    bounds
        First day and first day after it, of a calendar bin.
    """

    label: str
    first: int
    stop: int
    rows: int
    size: int
    digest: str
    bounds: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Bundling:
    """Which groups make a partition each, as half-open ranges, and what is to be told about that."""

    ranges: Sequence[tuple[int, int]]
    rule: str
    shortfall: str = ""
    findings: tuple[Finding, ...] = ()


class GroupedSurvey(FileSurvey):
    """Files that are one table, to be cut by what stands in its rows.

    Parameters
    ----------
    rule_for
        Gives the rule for a number of partitions that is wished for.
    bundle
        Puts groups into that number of partitions.
    """

    def __init__(
        self,
        contract: Contract,
        folder: Path,
        rule_for: Callable[[int], Rule],
        bundle: Callable[[Sequence[StagedGroup], int], Bundling],
    ) -> None:
        super().__init__(contract, folder)
        self._folder = folder
        self._rule_for = rule_for
        self._bundle = bundle

    def can_split(self) -> bool:
        """Whether there can be several partitions: there can, of any table."""
        return bool(self._format)

    @cached_property
    def _format(self) -> str:
        """The format of all files.

        Raises
        ------
        PlanError
            They are of several, or of one whose rows cannot be grouped.
        """
        formats: dict[str, None] = {}
        for file in self.inputs.files:
            if not self.cutters.is_costly(file):
                reason = self.cutters.of(file)
                found = self.cutters.format_of(file)
                if isinstance(reason, str) and found in {"csv", "tsv"}:
                    raise refused(file, reason)
            formats[self.cutters.format_of(file)] = None
            found = self.cutters.format_of(file)
            if found not in FORMS:
                raise refused(file, f"its format is {found}; those of {', '.join(FORMS)} can be grouped")
        if len(formats) > 1:
            raise refused(self.inputs.files[-1], f"the files are of several formats: {', '.join(formats)}")
        return next(iter(formats))

    def cut(self, wanted: int) -> Cut:
        """Stage the table, and put its groups into partitions."""
        files = self.inputs.files
        source = files[0].source if len(files) == 1 else self.inputs.listing
        rule = self._rule_for(wanted)
        table = Table(
            files=files,
            format=self._format,
            source=source,
            folder=self._folder,
            options=self.table,
            rule=rule,
        )
        directory, header = staged(table)
        groups = [StagedGroup(*entry) for entry in read_groups(directory)]
        bundling = self._bundle(groups, wanted)
        refuse_too_many(len(bundling.ranges), "target_partitions")
        partitions = _partitions(table, directory, header, groups, bundling.ranges)
        return Cut(
            partitions=partitions,
            weights=[partition.weight for partition in partitions],
            shortfall=bundling.shortfall,
            findings=(*self.cutters.findings, *bundling.findings),
            rule=f"{self.described}: {bundling.rule}",
        )


def _partitions(
    table: Table,
    directory: Path,
    header: dict[str, Any],
    groups: Sequence[StagedGroup],
    ranges: Sequence[tuple[int, int]],
) -> list[Partition]:
    bounds = [(groups[first].first, groups[stop - 1].stop) for first, stop in ranges]
    digests = (directory / UNIT_DIGESTS).read_bytes()
    places = unpacked("I", (directory / UNITS).read_bytes())
    # by their places in the staged table
    ordered = bytearray(len(digests))
    for unit, place in enumerate(places):
        ordered[_DIGEST_BYTES * place : _DIGEST_BYTES * (place + 1)] = digests[
            _DIGEST_BYTES * unit : _DIGEST_BYTES * (unit + 1)
        ]
    mixtures = _mixtures(directory, bounds, places, digests)
    about = digest_of(
        [header.get(name) for name in ("head", "types", "schema_bytes", "lacking", "definition")]
    )
    total_size = sum(file.size for file in table.files)
    total = max(1, sum(group.size for group in groups))
    found: list[Partition] = []
    for index, ((first, stop), (begin, end)) in enumerate(zip(ranges, bounds, strict=True)):
        members = groups[first:stop]
        units = blake2b(ordered[_DIGEST_BYTES * begin : _DIGEST_BYTES * end], digest_size=16).hexdigest()
        identity = digest_of("rows", table.source, table.rule.identity, units)
        content = [group.digest for group in members]
        detail: dict[str, Any] = {
            "label": _label(members),
            "rows": sum(group.rows for group in members),
            "staged": directory.name,
        }
        if members[0].bounds is not None:
            detail["bounds"] = list(members[0].bounds)
        found.append(
            Partition(
                index,
                identity,
                "rows",
                table.source,
                begin,
                end,
                0,
                table.format,
                None,
                sum(group.size for group in members) * total_size / total,
                digest_of(identity, about, content, mixtures.get(index, "")),
                detail,
            )
        )
    return found


def _label(members: Sequence[StagedGroup]) -> str:
    if len(members) == 1:
        return members[0].label
    return f"{len(members):,} groups: {members[0].label} to {members[-1].label}"


def _mixtures(
    directory: Path, bounds: Sequence[tuple[int, int]], places: Sequence[int], digests: bytes
) -> dict[int, str]:
    """Give, of each partition with several units, a digest of the order in which their rows take turns."""
    mixed = [number for number, (first, stop) in enumerate(bounds) if stop - first > 1]
    if not mixed:
        return {}
    import numpy as np

    owner = np.full(len(places), -1, dtype=np.int64)
    for number in mixed:
        first, stop = bounds[number]
        owner[first:stop] = number
    owner = owner[np.array(places, dtype=np.int64)]
    names = np.frombuffer(digests, dtype="<u8")
    hashers = {number: blake2b(digest_size=16) for number in mixed}
    for page in stored_order(directory):
        units = np.frombuffer(page, dtype="<u4")
        owners = owner[units]
        order = np.argsort(owners, kind="stable")
        found, starts = np.unique(owners[order], return_index=True)
        for number, part in zip(found.tolist(), np.split(names[units[order]], starts[1:]), strict=True):
            if number >= 0:
                hashers[number].update(part.tobytes())
    return {number: hasher.hexdigest() for number, hasher in hashers.items()}


def note(*, code: str, message: str, key: str) -> Finding:
    """Give a note of a plan."""
    return Finding(code=code, message=message, level="environment", severity="info", key=key)
