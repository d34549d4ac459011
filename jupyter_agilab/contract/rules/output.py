"""The artifact must not land on a file that the author needs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from jupyter_agilab.contract.artifact import names_a_contract, usual_artifact
from jupyter_agilab.contract.subject import Remark, Subject


def artifact_place(subject: Subject) -> Iterator[Remark]:
    """Tell outputs that name the contract, the module, the notebook, the input or a folder."""
    output = subject.get("output")
    if output is None:
        return
    if names_a_contract(output, subject.file_name):
        instead = usual_artifact(
            subject.get("name") or "NAME",
            subject.get("reducer") or "collect-json",
            subject.get("reduce", "function"),
        )
        yield Remark(
            "contract.output-is-contract",
            ("output",),
            f"output must name the artifact; {output!r} is a contract, and the artifact goes to {instead!r}",
            f'write output = "{instead}"',
            "warning",
        )
        return
    if output.endswith(("/", "\\")) or posixpath.basename(output.replace("\\", "/")) in {".", ".."}:
        yield Remark(
            "contract.output-overwrites",
            ("output",),
            f"output must name a file; {output!r} is a folder",
            "add a name",
        )
        return
    taken = {
        "the stage's module": (subject.get("function") or "").rpartition(":")[0],
        "the reducer's module": (subject.get("reduce", "function") or "").rpartition(":")[0],
        "the notebook": subject.get("source", "notebook") or "",
        "the input": subject.get("input") or "",
    }
    for what, path in taken.items():
        if path and _plain(path) == _plain(output):
            yield Remark(
                "contract.output-overwrites",
                ("output",),
                f"output must not overwrite another file; {output!r} is {what}",
                "write output to a name of its own, such as artifacts/NAME.json",
            )
            return


def _plain(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))
