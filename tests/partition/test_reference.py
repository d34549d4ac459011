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
        for package in ("partition", "planning", "run")
        for path in (ROOT / "jupyter_agilab" / package).rglob("*.py")
    )
    told = set(re.findall(r"`((?:plan|partition|binding)\.[a-z-]+)`", page)) - files
    assert told == set(codes.findall(text))


def test_suffixes_are_those_of_the_code() -> None:
    from jupyter_agilab.partition.formats.known import KNOWN

    page = (ROOT / "docs/reference/formats.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z0-9]+)` \| ([^|]*) \|", page, re.MULTILINE)
    told = {
        name: tuple(re.findall(r"`(\.[a-z0-9]+)`", suffixes)) for name, suffixes in rows if name != "format"
    }
    assert told == {known.name: known.suffixes for known in KNOWN}
