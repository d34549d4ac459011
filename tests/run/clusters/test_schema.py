"""The published schema of clusters.toml is what the model says."""

import json
import tomllib

import jsonschema
import pytest

from jupyter_agilab.run.clusters.keys import COMMON, keys_of
from jupyter_agilab.run.clusters.model import KINDS
from jupyter_agilab.run.clusters.schema import SCHEMA_FILE, json_schema, schema_text


def test_the_published_file_is_up_to_date():
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described_and_every_kind_has_the_common_ones(kind):
    keys = keys_of(kind)
    assert set(COMMON) <= set(keys)
    assert all(key.about.text.endswith((".", ".)")) for key in keys.values())


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ('[a]\nkind = "local"\nworkers = 2\n', True),
        ('[a]\nkind = "ssh"\nhosts = { x = 1 }\n', True),
        ('[a]\npassword = "x"\n', True),
        ('[a]\nkind = "local"\nqueue = "x"\n', False),
        ('[a]\nkind = "ssh"\nhosts = { x = 0 }\n', False),
        ('[a]\nkind = "slurm"\nwalltime = "soon"\n', False),
        ("a = 1\n", False),
    ],
)
def test_the_schema_says_what_the_check_says(text, is_right):
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert validator.is_valid(tomllib.loads(text)) == is_right
