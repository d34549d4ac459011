"""The documentation: links lead somewhere, examples in TOML and JSON are well formed."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), *REPOSITORY.glob("benchmarks/*.md")]
)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def name(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def examples(page: Path) -> list[tuple[str, str]]:
    return [
        (language, "\n".join(line.removeprefix(indent) for line in text.split("\n")))
        for indent, language, text in FENCE.findall(page.read_text("utf-8"))
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_examples_are_well_formed(page: Path) -> None:
    readers = {"toml": tomllib.loads, "json": json.loads}
    for language, text in examples(page):
        if language in readers:
            readers[language](text)


def test_every_page_can_be_reached_from_the_index() -> None:
    docs = REPOSITORY / "docs"
    seen: set[Path] = set()
    waiting = [docs / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link).resolve()
            waiting += sorted(target.glob("*.md")) if target.is_dir() else [target] * (target.suffix == ".md")
    assert set(docs.rglob("*.md")) <= seen
