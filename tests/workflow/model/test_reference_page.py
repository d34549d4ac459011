"""The reference page says of every key what the model says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_agilab.contract.render import render_value
from jupyter_agilab.workflow.keys import FLAGS_TEXT, SECTIONS, keys_of
from jupyter_agilab.workflow.load import check_text

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "workflow-toml.md").read_text("utf-8")
KEYS = [key for section in SECTIONS for key in keys_of(section)]


def row(key):
    """Give the row of the page's table for a key."""
    if key.required:
        default = "must be given"
    else:
        default = "" if key.default is None else f"`{render_value(key.default)}`"
    takes = key.kind.rule.removeprefix("must be ").removeprefix("must use ")
    takes = re.sub(r"^one of: (.*)", lambda found: "`" + "`, `".join(found[1].split(", ")) + "`", takes)
    takes = re.sub(r"'([^']*)'", r"`\1`", takes)
    return f"| `{key.name}` | {takes} | {default} | {key.about.text} |"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.section}.{key.name}")
def test_every_key_has_its_row(key):
    assert row(key) in PAGE


def test_tables_are_explained():
    assert FLAGS_TEXT in PAGE
    assert SECTIONS["resources"] in PAGE


def test_every_code_is_explained_and_no_other():
    package = ROOT / "jupyter_agilab" / "workflow"
    # the journal of a run has events of such names too
    sources = [path for path in package.rglob("*.py") if "running" not in path.parts]
    codes = {
        code for path in sources for code in re.findall(r'"(workflow\.[a-z-]+)"', path.read_text("utf-8"))
    }
    # written in pieces, as for contracts
    codes |= {"workflow.unreadable", "workflow.malformed"}
    told = set(re.findall(r"^\| `(workflow\.[a-z-]+)` \|", PAGE, re.MULTILINE))
    assert told == codes


def test_the_example_is_right():
    (example,) = re.findall(r"```toml\n(schema = .*?)```", PAGE, re.DOTALL)
    assert check_text(example).findings == ()
