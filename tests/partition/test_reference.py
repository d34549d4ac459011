"""The reference page names what the code says, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs/reference/splitting.md").read_text("utf-8")


def test_every_finding_is_explained(page) -> None:
    codes = re.compile(
        r'(?:code(?:: str )?=\s*|_finding\(\s*|self\.tell\(\s*)"((?:plan|partition|binding)\.[a-z-]+)"'
    )
    files = {"plan.json", "plan.jsonl"}
    text = "".join(
        path.read_text("utf-8")
        for package in ("partition", "planning")
        for path in (ROOT / "jupyter_agilab" / package).glob("*.py")
    )
    told = set(re.findall(r"`((?:plan|partition|binding)\.[a-z-]+)`", page)) - files
    assert told == set(codes.findall(text))


def test_suffixes_are_those_of_the_code(page) -> None:
    from jupyter_agilab.partition.formats import _FORMATS

    table = page[page.index("| format | by its name") : page.index("`format` in `[partition]` overrides")]
    assert set(re.findall(r"`(\.[a-z]+)`", table)) == set(_FORMATS)
