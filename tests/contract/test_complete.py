"""What could be typed next: from the schema alone, in texts that need not be valid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.contract.complete import Completions, completions
from jupyter_agilab.contract.schema import json_schema
from jupyter_agilab.run.clusters.schema import json_schema as clusters_schema

SCHEMA = json_schema()


def at(text: str, schema: dict[str, Any] = SCHEMA) -> Completions:
    """Complete at the mark ``|``."""
    before, _, after = text.partition("|")
    line = before.count("\n")
    return completions(before + after, line, len(before.rpartition("\n")[2]), schema)


def labels(text: str, schema: dict[str, Any] = SCHEMA) -> list[str]:
    return [each.label for each in at(text, schema).items]


def test_keys_of_the_top_level_without_those_that_are_there() -> None:
    found = labels('schema = "x"\nname = "a"\n|')
    assert found[0] == "function"
    assert "schema" not in found
    assert "name" not in found
    assert "execution" not in found  # a table is written as [execution]


def test_a_key_brings_its_equals_sign_and_what_it_is_for() -> None:
    (item,) = at("spl|").items
    assert (item.label, item.text, item.kind) == ("split", "split = ", "key")
    assert "partition" in item.about
    assert at("spl|").start == 0


def test_keys_of_a_table() -> None:
    found = labels("[execution]\npool = 'threads'\nre|")
    assert found == ["retries", "retry_wait_s"]


def test_tables_are_offered_behind_a_bracket() -> None:
    found = at("[execution]\n[|")
    names = [each.label for each in found.items]
    assert "partition" in names
    assert "execution" not in names
    assert next(each for each in found.items if each.label == "shared").text == "shared]"


@pytest.mark.parametrize("typed", ["split = |", 'split = "|', 'split = "|"', "split = '|", "split=|"])
def test_values_take_the_place_of_what_was_typed(typed: str) -> None:
    found = at(typed)
    text = typed.replace("|", "")
    written = {text[: found.start] + each.text + text[found.stop :] for each in found.items}
    head = typed.partition("=")[0] + ("= " if "= " in typed else "=")
    assert written == {f'{head}"{name}"' for name in ("files", "data-partitions", "parameter-sweep")}


def test_values_of_several_kinds() -> None:
    assert labels("workers = |") == ["auto"]
    assert labels("[partition]\nheader = |") == ["true", "false"]
    assert labels('[partition]\nheader = "|') == []
    assert labels('[partition]\nby = "g|') == ["groups"]


@pytest.mark.parametrize("typed", ['name = "a" |', "# a comment |", 'split = "files"|', "x = [1, |", "]|"])
def test_nothing_is_offered_where_nothing_is_known(typed: str) -> None:
    assert at(typed).items == ()


def test_a_kind_of_cluster_decides_its_keys() -> None:
    schema = clusters_schema()
    assert "slurm" in labels('[a]\nkind = "|', schema)
    keys = labels('[b]\nkind = "local"\n\n[a]\nkind = "ssh"\n|', schema)
    assert "hosts" in keys
    assert "queue" not in keys
    assert "kind" not in keys
    assert "hosts" not in labels('[a]\nkind = "local"\n|', schema)


@given(st.text(alphabet="[]=\"'.# \n\rab1splitwkex", max_size=60), st.integers(-1, 9), st.integers(-1, 70))
def test_any_text_has_an_answer(text: str, line: int, column: int) -> None:
    found = completions(text, line, column, SCHEMA)
    assert 0 <= found.start <= found.stop
