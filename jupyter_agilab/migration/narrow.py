"""A stage held to the first items of its loop, in a copy of its folder that is thrown away afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from jupyter_agilab.contract.dump import write_contract
from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.loop_steps import ITEMS_SUFFIX

T = TypeVar("T")


def first_items(stage: str, items: Iterable[T], count: int) -> list[T]:
    """Give the first `count` items, and make the contract's input these."""
    listed = list(islice(items, count))
    path = contract_path(stage).resolve()
    contract = load_contract(path)
    folder = path.parent
    if contract.split == "files":
        name = f"{stage}.first.manifest.json"
        (folder / name).write_text(json.dumps([os.path.normpath(str(item)) for item in listed]), "utf-8")
        write_contract(path, replace(contract, input=name))
    elif not contract.input.endswith(ITEMS_SUFFIX):
        from jupyter_agilab.loop_steps import grid_sets
        from jupyter_agilab.partition.sweep_file import read_sweep_file

        file = read_sweep_file(contract.input, folder)
        sets = list(islice(grid_sets(file.grid), count)) if file.sets is None else file.sets[:count]
        (folder / contract.input).write_text(json.dumps(sets), "utf-8")
    return listed
