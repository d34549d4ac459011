"""The published JSON Schema and the check say the same."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator

from jupyter_agilab.workflow.keys import SECTIONS, keys_of
from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.schema import SCHEMA_FILE, json_schema, schema_text

A = '[stages.A]\ncontract = "a"\n'
B = A + '[stages.B]\ncontract = "b"\n'
OF_ONE_VALUE = frozenset(("workflow.value", "workflow.missing-key", "workflow.not-a-table", "workflow.name"))

TEXTS = {
    "good": B + 'input = "A"',
    "good inputs": B + 'input = ["A", { x = "A.artifact" }]\ncombine = "product"',
    "good by parameter": B + 'input = { x = "A" }',
    "good claims": A + '[stages.A.resources]\ncpus = 0.5\nmemory = "256M"\nwalltime = "1-00:03:00"\nlic = 1',
    "good group": "[groups.g]\nreplicas = 2\nsetup = 's.py:f'\n" + A + "group = 'g'",
    "good without a group": "[groups.g]\n" + A + "group = ''",
    "good place": A + "[execution]\nworkers = 'auto'\nbackend = 'dask'\ncluster = 'c'\non_failure = 'stop'",
    "no contract": "[stages.A]",
    "contract": "[stages.A]\ncontract = ''",
    "input": B + "input = 3",
    "input of a dot": B + "input = 'A.b'",
    "input of nothing": B + "input = {}",
    "after": B + "after = 'A'",
    "combine": B + "combine = 'both'",
    "when": A + "when = 'a b'",
    "group": A + "group = 'a b'",
    "replicas": A + "replicas = 0",
    "cpus": A + "[stages.A.resources]\ncpus = 0",
    "gpus": A + "[stages.A.resources]\ngpus = -1",
    "memory": A + "[stages.A.resources]\nmemory = '256'",
    "walltime": A + "[stages.A.resources]\nwalltime = '01:30'",
    "named": A + "[stages.A.resources]\nlic = 'one'",
    "resources": A + "resources = 3",
    "setup": "[groups.g]\nsetup = 'f'\n" + A + "group = 'g'",
    "a stage's name": '[stages."a b"]\ncontract = "a"',
    "a flag": "[flags]\nf = 1\n" + A,
    "workers": A + "[execution]\nworkers = 0",
    "backend": A + "[execution]\nbackend = 'slurm'",
    "on_failure": A + "[execution]\non_failure = 'go'",
}


def test_the_published_file_is_what_the_model_gives():
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()


def test_it_is_a_schema():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", TEXTS)
def test_valid_is_what_has_no_wrong_value(name, head):
    text = head + TEXTS[name]
    valid = Draft202012Validator(json_schema()).is_valid(json.loads(json.dumps(tomllib.loads(text))))
    wrong = {each.code for each in check_text(text).findings if each.severity == "error"} & OF_ONE_VALUE
    assert valid == (not wrong) == name.startswith("good")


@pytest.mark.parametrize("text", ['name = "w"\n' + A, 'schema = "agilab.workflow.v1"\n' + A, "x = 3"])
def test_the_head_is_required(text):
    assert not Draft202012Validator(json_schema()).is_valid(tomllib.loads(text))
    assert not check_text(text).ok


def test_every_key_has_a_description():
    schema = json_schema()
    stage = schema["properties"]["stages"]["additionalProperties"]["properties"]
    places = {
        "": schema["properties"],
        "stages": stage,
        "groups": schema["properties"]["groups"]["additionalProperties"]["properties"],
        "resources": stage["resources"]["properties"],
        "execution": schema["properties"]["execution"]["properties"],
    }
    assert places.keys() == SECTIONS.keys()
    for section, properties in places.items():
        for key in keys_of(section):
            assert properties[key.name]["description"] == key.about.text
            if "default" in properties[key.name]:
                Draft202012Validator(properties[key.name]).validate(properties[key.name]["default"])


def test_unknown_keys_are_left_to_the_check(head):
    data = tomllib.loads(f"{head}x-form = 1\n{A}owner = 'me'\n[x]\ny = 1")
    Draft202012Validator(json_schema()).validate(data)
