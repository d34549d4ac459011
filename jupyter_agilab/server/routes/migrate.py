"""``agilab/migrate/``: loops of notebooks found, judged, converted, verified and taken back.

Only `verify` runs anything: the notebook's code, in a process of its own and in copies of its folder.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from jupyter_agilab.cells import Notebook
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import AgilabError, OutputError, UsageError
from jupyter_agilab.extract.names import bytes_digest
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import NotebookFindings
from jupyter_agilab.migrate.notebooks.files import notebooks_in
from jupyter_agilab.migrate.notebooks.files import read as read_notebook_file
from jupyter_agilab.migration import (
    FORMS,
    NotebookMigration,
    apply,
    migrate,
    remove_stages,
    undo,
    write_stages,
)
from jupyter_agilab.open_notebooks.typed import notebook_bytes
from jupyter_agilab.server.fields import Fields
from jupyter_agilab.server.handlers import Action, AgilabHandler
from jupyter_agilab.server.loops_told import finding_told, loop_told
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.typed_cells import typed_of
from jupyter_agilab.server.verifying import Verifications

_MOST_NOTEBOOKS = 200
_LONGEST_S = 15.0
_LARGEST_BYTES = 50 * 1024**2
_MOST_TEXT = 200_000
_MOST_LOOPS = 2_000


class FindingsRoute(AgilabHandler):
    """The loops of a notebook, or of all notebooks of a folder."""

    actions: ClassVar[dict[str, Action]] = {"post": "read"}

    async def on_post(self) -> dict[str, Any]:
        """Give the loops of each notebook, ranked by what they may gain.

        A folder is looked at for some seconds; ``next`` is what to give as ``after`` to go on, and null where
        all was looked at.
        """
        body = self.body("path", "cells", "after")
        if "cells" in body:
            path = self.path_of(body.text("path"), must_exist=False)
            found = await self.work(find_loops, typed_of(body, path))
            return {"notebooks": [_found(path, found, self.root)], "next": None, "looked_at": 1}
        path = self.path_of(body.text("path"))
        after = body.text("after", "")
        return await self.long_work(_look, path, after, self.root)


class PreviewRoute(AgilabHandler):
    """What converting would do."""

    actions: ClassVar[dict[str, Action]] = {"post": "read"}

    async def on_post(self) -> dict[str, Any]:
        """Give each cell before and after, the files that would be written, and what is left as it is."""
        body = self.body("path", "cells", "form", "only")
        migration = await self.work(_migration, *_asked(self, body))
        return _preview(migration, self.root)


class ApplyRoute(AgilabHandler):
    """Convert."""

    async def on_post(self) -> dict[str, Any]:
        """Write the stages and the notebook; with ``cells``, the stages alone: the editor writes its cells.

        ``digest`` is that of the preview. Writing over the notebook needs ``overwrite``; its bytes are kept.
        """
        body = self.body("path", "cells", "form", "only", "digest", "overwrite", "to")
        path, form, only, opened = _asked(self, body)
        digest = body.text("digest", "", most=100)
        to = body.text("to", "")
        target = self.path_of(to, must_exist=False) if to else None
        if opened is None and target is None and not body.flag("overwrite"):
            raise OutputError(
                f"converting writes over {self.told(path)}",
                hint="say so with `overwrite`: its bytes are kept",
            )
        done = await self.long_work(_apply, path, form, only, opened, digest, target, self.root)
        self.state.nudge()
        return done


class UndoRoute(AgilabHandler):
    """Take a conversion back."""

    async def on_post(self) -> dict[str, Any]:
        """Restore the notebook; with ``files``, only take away the files of an editor's conversion."""
        body = self.body("path", "files", "force")
        path = self.path_of(body.text("path"), must_exist="files" not in body)
        if "files" in body:
            files = _digests(body)
            for name in files:
                self.path_of("/".join(filter(None, (self.told(path.parent), name))), must_exist=False)
            done = await self.work(remove_stages, path, files)
        else:
            done = await self.work(undo, path, force=body.flag("force"))
        self.state.nudge()
        return {"path": self.told(path), "removed": list(done.removed), "kept": list(done.kept)}


class VerifyRoute(AgilabHandler):
    """Run loops and stages, and compare what they give."""

    actions: ClassVar[dict[str, Action]] = {"post": "execute", "delete": "execute"}

    async def on_post(self) -> dict[str, Any]:
        """Start a verification, which runs the notebook's code; gives its id."""
        body = self.body("path", "only", "form", "sample", "tolerance", "digest")
        path, form, only, _ = _asked(self, body)
        sample = body.whole("sample", 3, low=0, high=1_000_000)
        tolerance = body.number("tolerance", 0.0, low=0.0, high=1e6)
        digest = body.text("digest", "", most=100)
        if digest and digest != bytes_digest(await self.work(_readable(path).read_bytes)):
            raise _changed(self.told(path))
        job = self.verifications.start(path, form, only, sample or None, tolerance)
        return job.to_json(self.root)

    async def on_get(self) -> dict[str, Any]:
        """Give how far a verification is, and its result."""
        return self.verifications.job(self.query("job").text("job", most=64)).to_json(self.root)

    async def on_delete(self) -> dict[str, Any]:
        """Stop a verification."""
        job = self.verifications.job(self.query("job").text("job", most=64))
        await self.work(job.stop)
        return job.to_json(self.root)

    @property
    def verifications(self) -> Verifications:
        """Those of this server."""
        return self.state.kept(Verifications)


Asked = tuple[Path, str, tuple[tuple[int, int], ...], tuple[Notebook, bytes] | None]


def _asked(handler: AgilabHandler, body: Fields) -> Asked:
    """Read what all requests about converting say."""
    has_cells = "cells" in body
    path = handler.path_of(body.text("path"), None if has_cells else "file", must_exist=not has_cells)
    form = body.choice("form", FORMS, "magic")
    only = []
    for each in body.objects("only", [], most=_MOST_LOOPS):
        place = Fields(each, ("cell", "line"))
        only.append((place.whole("cell", high=100_000), place.whole("line", low=1, high=1_000_000)))
    opened = None
    if has_cells:
        notebook = typed_of(body, path)
        opened = (notebook, notebook_bytes(notebook))
    return path, form, tuple(only), opened


def _look(path: Path, after: str, root: Root) -> dict[str, Any]:
    if path.is_file():
        return {"notebooks": [_read(path, root)], "next": None, "looked_at": 1}
    started = time.monotonic()
    notebooks: list[dict[str, Any]] = []
    looked_at, last, is_new = 0, after, not after
    for each in notebooks_in(path):
        name = root.told(each)
        if not is_new or not name or not root.holds(each):
            is_new = is_new or name == after
            continue
        if looked_at >= _MOST_NOTEBOOKS or time.monotonic() - started > _LONGEST_S:
            return {"notebooks": notebooks, "next": last, "looked_at": looked_at}
        looked_at += 1
        last = name
        try:
            told = _read(each, root)
        except (AgilabError, OSError) as error:
            told = {"path": name, "loops": [], "problems": [_unreadable(error, root)]}
        if told["loops"] or told["problems"]:
            notebooks.append(told)
    return {"notebooks": notebooks, "next": None, "looked_at": looked_at}


def _unreadable(error: Exception, root: Root) -> dict[str, Any]:
    message = error.message if isinstance(error, AgilabError) else "the notebook cannot be read"
    return finding_told(Finding(code="notebook.unreadable", message=message), root)


def _read(path: Path, root: Root) -> dict[str, Any]:
    notebook = read_notebook_file(_readable(path))
    if errors_in(notebook.findings):
        return _found(path, NotebookFindings(path=str(path), problems=notebook.findings), root)
    return _found(path, find_loops(notebook), root)


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path.name} is no file that can be read")
    if path.stat().st_size > _LARGEST_BYTES:
        raise UsageError(f"{path.name} is larger than {_LARGEST_BYTES >> 20} MiB, it is not looked at")
    return path


def _found(path: Path, found: NotebookFindings, root: Root) -> dict[str, Any]:
    return {
        "path": root.told(path),
        "loops": [loop_told(loop) for loop in found.loops[:_MOST_LOOPS]],
        "problems": [finding_told(each, root) for each in found.problems[:_MOST_LOOPS]],
    }


def _migration(
    path: Path,
    form: str,
    only: tuple[tuple[int, int], ...],
    opened: tuple[Notebook, bytes] | None,
) -> NotebookMigration:
    if opened is None:
        _readable(path)
    return migrate(path, form=form, only=only, opened=opened)  # type: ignore[arg-type]  # one of FORMS


def _preview(migration: NotebookMigration, root: Root) -> dict[str, Any]:
    old = {cell.index: cell for cell in migration.notebook.cells}
    return {
        "path": root.told(migration.path),
        "digest": bytes_digest(migration.before),
        "cells": [
            {
                "cell": index,
                "id": old[index].id,
                "before": old[index].source[:_MOST_TEXT],
                "after": [{"source": each.source[:_MOST_TEXT], "keeps": each.keeps} for each in new],
            }
            for index, new in sorted(migration.cells.items())
        ],
        "files": _files(migration),
        "converted": [
            {"cell": each.finding.cell, "line": each.finding.line, "stage": each.name}
            for each in migration.converted
        ],
        "left": [
            {"cell": each.finding.cell, "line": each.finding.line, "reason": each.reason}
            for each in migration.left
        ],
        "problems": [finding_told(each, root) for each in migration.problems],
    }


def _files(migration: NotebookMigration) -> list[dict[str, Any]]:
    files = []
    for each in migration.converted:
        extraction = each.draft.extraction
        texts = [
            (extraction.module_path, extraction.module_text or ""),
            (each.draft.contract_path.name, each.draft.contract_text),
        ]
        if each.grid is not None:
            texts.insert(0, (each.draft.contract.input, each.grid))
        files += [{"path": name, "text": text[:_MOST_TEXT]} for name, text in texts]
    return files


def _apply(
    path: Path,
    form: str,
    only: tuple[tuple[int, int], ...],
    opened: tuple[Notebook, bytes] | None,
    digest: str,
    target: Path | None,
    root: Root,
) -> dict[str, Any]:
    migration = _migration(path, form, only, opened)
    if digest and digest != bytes_digest(migration.before):
        raise _changed(root.told(path))
    told = _preview(migration, root)
    if not migration.converted:
        return {**told, "written": {}, "notebook": None}
    for each in told["files"]:
        if not root.holds(path.parent / each["path"]):
            raise UsageError(f"{each['path']} would be written outside of the folder that is shown here")
    if opened is not None:
        return {**told, "written": write_stages(migration), "notebook": None}
    applied = apply(migration, to=target)
    written: Mapping[str, str] = dict.fromkeys(applied.files if applied else (), "")
    return {**told, "written": written, "notebook": root.told(applied.notebook) if applied else None}


def _digests(body: Fields) -> dict[str, str]:
    files = body.table("files")
    if len(files) > _MOST_LOOPS or not all(isinstance(each, str) for each in files.values()):
        raise UsageError("files must be an object of paths and digests")
    return files


def _changed(name: str) -> OutputError:
    return OutputError(f"{name} has changed since it was looked at", hint="look at it again")


ROUTES = (
    (r"migrate/findings", FindingsRoute),
    (r"migrate/preview", PreviewRoute),
    (r"migrate/apply", ApplyRoute),
    (r"migrate/undo", UndoRoute),
    (r"migrate/verify", VerifyRoute),
)
