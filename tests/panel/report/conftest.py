"""Real runs in every state, with names and messages that try to break out of the page."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.panel.report.page import page_text
from jupyter_agilab.run.layout import RunDirectory, find_run
from jupyter_agilab.run.story.story import RunStory, tell

HOSTILE = "</script><img src=x onerror=alert(1)>&'\"<!--"

MODULE = """
import sys

HOSTILE = {hostile!r}


def work(i, name):
    if i % 10 == 3:
        print(HOSTILE, i)
        print(HOSTILE, "to stderr", file=sys.stderr)
        raise ValueError(HOSTILE)
    return {{"i": i, "name": name}}
"""


def write_stage(folder: Path, module: str, count: int, tables: str = "") -> Path:
    """Lay the files of a sweep named ``work``; gives its contract."""
    (folder / "stages").mkdir(parents=True, exist_ok=True)
    (folder / "stages/work.py").write_text(textwrap.dedent(module), "utf-8")
    (folder / "grid.json").write_text(json.dumps({"i": list(range(count)), "name": [HOSTILE]}), "utf-8")
    keys = {
        "schema": "agilab.parallel_stage.v1",
        "name": "work",
        "function": "stages/work.py:work",
        "split": "parameter-sweep",
        "input": "grid.json",
        "workers": 2,
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "min_partitions_per_worker": 2,
        "reducer": "concat-jsonl",
        "backend": "pool",
        "output": "artifacts/work.jsonl",
        "notes": HOSTILE,
    }
    path = folder / "work.parallel_stage.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    path.write_text("\n".join(lines) + "\n\n" + textwrap.dedent(tables), "utf-8")
    return path


def tame(text: str) -> str:
    """Make the module succeed on every partition."""
    return text.replace("raise ValueError(HOSTILE)", "pass")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDirectory]:
    """Give runs by how they ended; each in a folder of its own."""
    module = MODULE.format(hostile=HOSTILE)
    home = tmp_path_factory.mktemp("reports")
    finish = '[execution]\non_failure = "finish"\nretries = 1\n'

    def ran(name: str, text: str, tables: str = "", *, count: int = 20) -> RunDirectory:
        path = write_stage(home / name, text, count, tables)
        api.submit(path).wait(timeout_s=120)
        return find_run(home / name, "work")

    found = {"failed": ran("failed", module), "partial": ran("partial", module, finish)}
    ran("finished", module)
    # the second run of that folder: other code, another contract
    found["finished"] = ran("finished", tame(module), "[execution]\nseed = 5\n")
    for name in ("stopped", "interrupted", "running", "submitted"):
        shutil.copytree(home / "failed", home / name)
        found[name] = find_run(home / name, "work")
    cut_short(found["stopped"], {"state": "stopped"})
    cut_short(found["interrupted"], {"state": "running", "pid": 2**22 + 1})
    cut_short(found["running"], {"state": "running", "host": "another host"})
    for part in ("events.jsonl", "segments", "plan.json", "plan.jsonl", "logs"):
        gone = found["submitted"].path / part
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink(missing_ok=True)
    cut_short(found["submitted"], {"state": "submitted", "host": "another host", "environment": None})
    return found


def cut_short(run: RunDirectory, changes: dict[str, object]) -> None:
    """Make a run look as if it had ended, or not ended, otherwise."""
    manifest = json.loads(run.manifest.read_bytes())
    for name in ("ended", "message", "finished", "failed", "seconds"):
        manifest.pop(name, None)
    run.manifest.write_text(json.dumps({**manifest, **changes}), "utf-8")
    if run.events.exists():
        lines = run.events.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if '"run.ended"' not in line]
        # the driver was killed while it wrote
        run.events.write_text("".join(kept) + '{"v":1,"t":17', "utf-8")


@pytest.fixture(scope="session")
def stories(runs: dict[str, RunDirectory]) -> dict[str, RunStory]:
    return {name: tell(run) for name, run in runs.items()}


class Seen(HTMLParser):
    """A page as a browser reads it: elements with their attributes, texts, and the content of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts.append(data)
        elif self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="session")
def pages(stories: dict[str, RunStory]) -> dict[str, tuple[str, Seen]]:
    """Give each run's page, as text and as a browser sees it."""
    texts = {name: page_text(story) for name, story in stories.items()}
    return {name: (text, Seen(text)) for name, text in texts.items()}


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def seen() -> Callable[[str], Seen]:
    return Seen
