"""The reference page says of every key what the model says."""

import re
from pathlib import Path

import pytest

from jupyter_agilab.contract.render import render_value
from jupyter_agilab.run.clusters.keys import COMMON, keys_of
from jupyter_agilab.run.clusters.model import KINDS

PAGE = (Path(__file__).parents[3] / "docs/reference/clusters-toml.md").read_text("utf-8")


def row(key):
    """Give the row of the page's table for a key."""
    if key.required:
        default = "must be given"
    else:
        default = "" if key.default in {None, ()} else f"`{render_value(key.default)}`"
    takes = key.kind.rule.removeprefix("must be ")
    takes = re.sub(r"^one of: (.*)", lambda found: "`" + "`, `".join(found[1].split(", ")) + "`", takes)
    takes = re.sub(r"'([^']*)'", r"`\1`", takes)
    where = " Only in your own file." if key.about.is_secret else ""
    return f"| `{key.name}` | {takes} | {default} | {key.about.text}{where} |"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_its_row_in_the_section_of_its_kind(kind):
    section = next(
        part for part in PAGE.split("\n## ")[1:] if f'`kind = "{kind}"`' in part.partition("\n")[0]
    )
    common = PAGE.partition("\n## All kinds\n")[2].partition("\n## ")[0]
    for name, key in keys_of(kind).items():
        assert row(key) in (common if name in COMMON else section)
