"""The published JSON Schema and the check say the same."""

from __future__ import annotations

import json
import tomllib

from jsonschema import Draft202012Validator

from jupyter_agilab.contract.keys import all_keys, tables
from jupyter_agilab.contract.load import check_text
from jupyter_agilab.contract.schema import SCHEMA_FILE, json_schema, schema_text


def test_the_published_file_is_what_the_model_gives():
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()


def test_it_is_a_schema():
    Draft202012Validator.check_schema(json_schema())


def test_valid_is_what_has_no_error(json_case):
    data = json.loads(json.dumps(tomllib.loads(json_case.text)))
    valid = Draft202012Validator(json_schema()).is_valid(data)
    assert valid == (check_text(json_case.text).ok or json_case.schema.startswith("valid"))


def test_every_key_has_a_description_and_a_type():
    schema = json_schema()
    for key in all_keys():
        properties = schema["properties"]
        found = properties[key.table]["properties"][key.name] if key.table else properties[key.name]
        assert found["description"] == key.about.text
        assert "type" in found or "anyOf" in found
        if key.default not in {None, ()}:
            assert found["default"] == key.default
    for table in tables().values():
        assert schema["properties"][table.name]["description"] == table.text


def test_every_default_is_valid():
    """A form that fills in the defaults must not make a contract wrong."""
    schema = json_schema()
    for table in tables().values():
        for key in table.keys:
            found = schema["properties"][table.name]["properties"][key.name]
            if "default" in found:
                Draft202012Validator(found).validate(found["default"])


def test_unknown_keys_are_left_to_the_check(base):
    data = {**tomllib.loads(base), "owner": 1, "x-form": {"a": 1}, "execution": {"retry": 1}}
    Draft202012Validator(json_schema()).validate(data)
