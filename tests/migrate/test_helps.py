"""What helps, as the reference has it and as front ends tell it, is the same."""

from __future__ import annotations

import re
from pathlib import Path

from jupyter_agilab.migrate.helps import HELPS

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "migration-rules.md"


def test_the_reference_and_the_front_ends_say_the_same() -> None:
    told = {}
    for line in DOCS.read_text("utf-8").splitlines():
        if not line.startswith("| `migrate."):
            continue
        rules, _, helps = (part.strip() for part in line.strip("|").split("|"))
        told.update({rule: helps for rule in re.findall(r"`(migrate\.[\w-]+)`", rules) if helps})
    assert told == HELPS
