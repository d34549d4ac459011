"""The files that a contract's ``input`` names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.content_digests import ContentDigests
from jupyter_agilab.partition.manifest import manifest_path, read_manifest
from jupyter_agilab.partition.matching import match_files
from jupyter_agilab.partition.near_misses import no_input
from jupyter_agilab.partition.source import InputFile, unreadable
from jupyter_agilab.partition.stores import FOLDER_SUFFIX, is_url, look_at


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input files, sorted by name, and what was seen while looking for them.

    ``listing`` is the pattern or the manifest that named them.
    """

    files: tuple[InputFile, ...]
    findings: tuple[Finding, ...]
    listing: str


def find_inputs(contract: Contract, folder: Path) -> Inputs:
    """Find the input files of a stage by a pattern or a manifest; no file is opened.

    No match is a finding (``plan.no-input``). The stage's own artifact is left out, with a warning, so that a
    second run does not read what the first one wrote.

    Raises
    ------
    PlanError
        The manifest cannot be used, or a file vanished meanwhile.
    """
    manifest = manifest_path(contract.input)
    if manifest:
        matches = read_manifest(manifest, folder)
    elif is_url(contract.input):
        from jupyter_agilab.partition.remote_matching import match_urls

        matches = match_urls(contract.input)
    else:
        matches = match_files(contract.input, folder)
    findings = list(matches.findings)
    files: list[InputFile] = []
    digests = ContentDigests.of_folder(folder) if contract.partition.fingerprint == "content" else None
    own = os.path.realpath(folder / artifact_path(contract))
    own_name = own.rpartition(os.sep)[2]
    stats = matches.stats
    for source in matches.sources:
        if source.endswith(own_name) and os.path.realpath(folder / source) == own:
            findings.append(_left_out(source))
            continue
        stat = stats.get(source)
        if stat is not None:
            files.append(InputFile(source, *stat, digests))
            continue
        try:
            seen = matches.seen.get(source) or look_at(source, folder)
        except OSError as error:
            raise unreadable(source, error) from error
        # of a store, and of a folder, the version or the times have to do
        counted = None if seen.version or is_url(source) or source.endswith(FOLDER_SUFFIX) else digests
        files.append(InputFile(source, seen.size, seen.mtime_ns, counted, seen.version))
    if not files:
        findings.append(_empty_manifest(manifest) if manifest else no_input(contract.input, folder))
    return Inputs(tuple(files), tuple(findings), manifest or contract.input)


def _left_out(source: str) -> Finding:
    return Finding(
        code="plan.output-is-input",
        message=f"{source} is what this stage writes, so it is not used as input",
        severity="warning",
        key="output",
        path=source,
        hint="write `output` outside the folder that `input` matches",
    )


def _empty_manifest(path: str) -> Finding:
    return Finding(
        code="plan.no-input",
        message=f"the manifest {path} lists no files",
        level="environment",
        key="input",
        path=path,
    )
