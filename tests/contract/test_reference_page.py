"""The reference page says of every key what the model says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_agilab.contract.keys import all_keys, tables, top_level
from jupyter_agilab.contract.load import check_text
from jupyter_agilab.contract.render import render_value
from jupyter_agilab.contract.sizes import UNITS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "contract.md").read_text("utf-8")


def row(key):
    """Give the row of the page's table for a key."""
    if key.required:
        default = "must be given"
    else:
        default = "" if key.default in {None, ()} else f"`{render_value(key.default)}`"
    takes = key.kind.rule.removeprefix("must be ").removeprefix("must use ")
    takes = re.sub(r"^one of: (.*)", lambda found: "`" + "`, `".join(found[1].split(", ")) + "`", takes)
    takes = re.sub(r"'([^']*)'", r"`\1`", takes)
    return f"| `{key.name}` | {takes} | {default} | {key.about.text} |"


@pytest.mark.parametrize("key", list(all_keys()), ids=lambda key: ".".join(key.path))
def test_every_key_has_its_row(key):
    assert row(key) in PAGE


def test_shared_items_have_their_rows():
    for key in tables()["shared"].item:
        assert row(key) in PAGE


def test_tables_are_explained():
    for table in tables().values():
        assert f"\n## `[{table.name}]`\n\n{table.text}" in PAGE


def test_keys_stand_in_agilabs_order():
    places = [PAGE.index(f"| `{key.name}` |") for key in top_level()]
    assert places == sorted(places)


def test_every_code_is_explained(all_cases):
    codes = {found.code for case in all_cases for found in check_text(case.text).findings}
    codes |= {"contract.unreadable", "contract.file-name", "contract.not-toml"}
    for code in codes:
        assert f"| `{code}` |" in PAGE


def test_every_unit_is_named():
    for unit in UNITS:
        assert f"`{unit}`" in PAGE


def test_the_example_is_right():
    (example,) = re.findall(r"```toml\n(schema = .*?)```", PAGE, re.DOTALL)
    assert check_text(example).findings == ()
