"""Documents as an editor has them: read, checked, edited, completed, planned and tried.

``GET agilab/document?path`` reads a file. The others take its text as it stands in the editor, saved or not.
Only ``POST agilab/document/trial`` runs anything: one partition, asked for by number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from jupyter_agilab import api
from jupyter_agilab.contract.complete import completions
from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.errors import UsageError
from jupyter_agilab.panel.widgets.work_plan_file import read_pins, work_plan_path
from jupyter_agilab.planning.plan_json import partition_json, plan_json
from jupyter_agilab.server.documents.document import (
    MOST_CHANGES,
    MOST_CHARACTERS,
    Document,
    edited,
    look_at,
    read_document,
)
from jupyter_agilab.server.documents.kinds import kind_of
from jupyter_agilab.server.fields import Fields
from jupyter_agilab.server.handlers import Action, AgilabHandler

_MOST_PARTITIONS = 1000
_LONGEST_WAIT_S = 20.0


class DocumentHandler(AgilabHandler):
    """What the routes share: a file that may have another text in the editor."""

    def file_and_text(self, body: Fields) -> tuple[Path, str]:
        """Give the file and the text that were sent; the file need not be there yet."""
        return self.path_of(body.text("path"), must_exist=False), body.text("text", most=MOST_CHARACTERS)

    def told_document(self, path: Path, document: Document) -> dict[str, Any]:
        """Give a document as answers have it."""
        told = document.to_json()
        return {"path": self.told(path), **told, "findings": self.plain(told["findings"])}


class ReadRoute(DocumentHandler):
    """A file: its text, values and findings."""

    async def on_get(self) -> dict[str, Any]:
        """Read it; with ``thorough`` the files, module and function that it names are looked for."""
        query = self.query("path", "thorough")
        path = self.path_of(query.text("path"), "file")
        if query.flag("thorough"):
            await self.may_look_at(path)
        document = await self.work(read_document, path, is_thorough=query.flag("thorough"))
        return self.told_document(path, document)


class CheckRoute(DocumentHandler):
    """A text: its values and findings."""

    async def on_post(self) -> dict[str, Any]:
        """Check it; nothing is written."""
        body = self.body("path", "text", "thorough")
        path, text = self.file_and_text(body)
        if body.flag("thorough"):
            await self.may_look_at(path, text)
        document = await self.work(look_at, path, text, is_thorough=body.flag("thorough"))
        return self.told_document(path, document)


class EditRoute(DocumentHandler):
    """A text after changes to some values."""

    async def on_post(self) -> dict[str, Any]:
        """Change it; nothing is written, comments and order stay."""
        body = self.body("path", "text", "changes")
        path, text = self.file_and_text(body)
        changes = body.items("changes", most=MOST_CHANGES)
        return self.told_document(path, await self.work(edited, path, text, changes))


class CompleteRoute(DocumentHandler):
    """What could be typed next."""

    async def on_post(self) -> dict[str, Any]:
        """Give keys, tables and values for a place, 0-based in code points."""
        body = self.body("path", "text", "line", "column")
        path, text = self.file_and_text(body)
        schema = kind_of(path).schema()
        found = completions(text, body.whole("line"), body.whole("column"), schema)
        return {"start": found.start, "stop": found.stop, "items": [asdict(each) for each in found.items]}


class PlanRoute(DocumentHandler):
    """What a run would do."""

    async def on_post(self) -> dict[str, Any]:
        """Plan a contract, saved or with the text that came; at most so many partitions are listed."""
        body = self.body("path", "text", "workers", "cores", "first", "count")
        path = self.path_of(body.text("path"), must_exist="text" not in body)
        text = body.text("text", None, most=MOST_CHARACTERS)
        await self.may_look_at(path, text)
        planned = await self.work(
            _planned,
            path,
            text,
            workers=body.whole("workers", None, low=1, high=100_000),
            cores=body.whole("cores", None, low=1, high=100_000),
            first=body.whole("first", 0),
            count=body.whole("count", 100, high=_MOST_PARTITIONS),
        )
        return {**planned, "findings": self.plain(planned["findings"])}


def _planned(
    path: Path, text: str | None, *, workers: int | None, cores: int | None, first: int, count: int
) -> dict[str, Any]:
    if kind_of(path).name != "contract":
        raise UsageError(f"{path.name} is no contract", hint="a workflow is planned by agilab/workflow/plan")
    plan = api.plan(path, text=text, workers=workers, cores=cores)
    stop = min(first + count, plan.partition_count)
    pairs = zip(plan.partitions[first:stop], islice(plan.workers, first, stop), strict=True)
    return {
        **plan_json(plan, partitions=False),
        "rule": plan.rule,
        "loads": plan.loads[:_MOST_PARTITIONS],
        "first": first,
        "partitions": [partition_json(partition, worker) for partition, worker in pairs],
    }


class PinsRoute(DocumentHandler):
    """Partitions that somebody pinned to workers: a run of all keeps to them where it is told their file."""

    async def on_get(self) -> dict[str, Any]:
        """Give how many there are, and their file; those of another plan do not count."""
        path = self.path_of(self.query("path").text("path"), "file")
        await self.may_look_at(path)
        count, work_plan = await self.work(_pins, path)
        return {"path": self.told(path), "count": count, "work_plan": self.told(work_plan) if count else ""}


def _pins(path: Path) -> tuple[int, Path]:
    contract = read_contract(path).contract
    if contract is None:
        return 0, path
    work_plan = work_plan_path(path.parent, contract.name)
    # mostly there are none, and to plan takes time
    return (len(read_pins(work_plan, api.plan(path))) if work_plan.is_file() else 0), work_plan


class TrialRoute(DocumentHandler):
    """One partition, really run."""

    actions: ClassVar[Mapping[str, Action]] = {"post": "execute", "delete": "execute"}

    async def on_post(self) -> dict[str, Any]:
        """Start a trial of a saved contract; answers after some seconds, ended or not."""
        body = self.body("path", "partition", "sizes", "wait_s")
        path = self.path_of(body.text("path"), "file")
        if kind_of(path).name != "contract":
            raise UsageError(f"{path.name} is no contract")
        trial = await self.state.trials.start(path, body.whole("partition", 0), sizes=body.flag("sizes"))
        return await self._answer(trial.id, body.number("wait_s", 5.0, high=_LONGEST_WAIT_S))

    async def on_get(self) -> dict[str, Any]:
        """Say how a trial is doing, after waiting for its end for a while."""
        query = self.query("id", "wait_s")
        return await self._answer(query.text("id"), query.number("wait_s", 0.0, high=_LONGEST_WAIT_S))

    async def on_delete(self) -> dict[str, Any]:
        """End a trial."""
        trial = self.state.trials.of(self.query("id").text("id"))
        await self.state.trials.stop(trial)
        return {"path": self.told(trial.path), **self.plain(trial.to_json())}

    async def _answer(self, name: str, wait_s: float) -> dict[str, Any]:
        trial = self.state.trials.of(name)
        if not self.root.holds(trial.path):
            raise FileNotFoundError("there is no such trial")
        with suppress(TimeoutError):
            await asyncio.wait_for(trial.is_ended.wait(), wait_s)
        return {"path": self.told(trial.path), **self.plain(trial.to_json())}


ROUTES = (
    (r"document", ReadRoute),
    (r"document/check", CheckRoute),
    (r"document/edit", EditRoute),
    (r"document/complete", CompleteRoute),
    (r"document/plan", PlanRoute),
    (r"document/pins", PinsRoute),
    (r"document/trial", TrialRoute),
)
