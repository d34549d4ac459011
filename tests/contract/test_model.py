from __future__ import annotations

from dataclasses import fields, replace

import pytest

from jupyter_agilab.contract.keys import all_keys, tables, top_level
from jupyter_agilab.contract.load import check_text
from jupyter_agilab.contract.model import SPLITS, STRATEGIES, STRATEGIES_OF_SPLIT, Contract, PartitionTable


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_strategy_in_use_fits_the_split(base, split, strategy):
    contract = replace(check_text(base).contract, split=split, partition_strategy=strategy)
    fitting = STRATEGIES_OF_SPLIT[split]
    assert contract.strategy_in_use in fitting
    if strategy in fitting:
        assert contract.strategy_in_use == strategy


def test_rows_are_counted_where_they_are_asked_for(base):
    contract = replace(check_text(base).contract, partition=PartitionTable(rows=100))
    assert contract.strategy_in_use == "row-chunks"
    whole = replace(contract, partition_strategy="one-file-per-partition")
    assert whole.strategy_in_use == "one-file-per-partition"


@pytest.mark.parametrize(
    ("function", "module", "name"),
    [
        ("stages/clean.py:clean", "stages/clean.py", "clean"),
        ("C:/x.py:f", "C:/x.py", "f"),
        ("package.module:run", "package.module", "run"),
    ],
)
def test_the_parts_of_function(base, function, module, name):
    contract = replace(check_text(base).contract, function=function)
    assert (contract.module, contract.function_name) == (module, name)


def test_the_table_of_keys_has_every_field_of_the_model():
    assert [key.name for key in top_level()] == [
        "schema",
        "name",
        "function",
        "split",
        "input",
        "workers",
        "partition_strategy",
        "target_partitions",
        "min_partitions_per_worker",
        "reducer",
        "backend",
        "output",
        "notes",
    ]
    assert {key.name for key in top_level()} | set(tables()) == {field.name for field in fields(Contract)}
    for table in tables().values():
        if table.cls is not None:
            assert {*table.names, *([table.rest] if table.rest else [])} == {
                f.name for f in fields(table.cls)
            }


def test_every_key_says_what_it_is_for():
    for key in all_keys():
        assert key.about.text.endswith(".")
        assert key.kind.rule.startswith(("must be ", "must use "))
