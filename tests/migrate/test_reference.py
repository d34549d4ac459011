"""The reference of migration: every rule's code is there, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_rule_is_explained() -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "jupyter_agilab/migrate").rglob("*.py"))
    page = (ROOT / "docs/reference/migration-rules.md").read_text("utf-8")
    told = set(re.findall(r"`(migrate\.[a-z-]+)`", page))
    assert told == set(re.findall(r'"(migrate\.[a-z-]+)"', text))
