"""The rules beyond AGILAB's checker, one subject per file.

A rule is a generator that takes a `Subject` and gives `Remark` objects; it looks at the contract's text only,
never at files and never at code.
"""

from collections.abc import Callable, Iterator

from jupyter_agilab.contract.rules.execution import idle_settings
from jupyter_agilab.contract.rules.names import function_reference, stage_name
from jupyter_agilab.contract.rules.output import artifact_place
from jupyter_agilab.contract.rules.partition import partition_keys
from jupyter_agilab.contract.rules.paths import paths
from jupyter_agilab.contract.rules.place import place_of_the_run
from jupyter_agilab.contract.rules.reduce import reducer_function
from jupyter_agilab.contract.rules.secrets import secrets
from jupyter_agilab.contract.rules.strategy import strategy_fits_split
from jupyter_agilab.contract.rules.unknown import unknown_keys
from jupyter_agilab.contract.rules.values import (
    booleans,
    integer_range,
    names_of_arguments,
    notes_text,
    table_values,
)
from jupyter_agilab.contract.subject import Remark, Subject

RULES: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    booleans,
    notes_text,
    stage_name,
    function_reference,
    strategy_fits_split,
    partition_keys,
    reducer_function,
    artifact_place,
    table_values,
    names_of_arguments,
    integer_range,
    idle_settings,
    unknown_keys,
    place_of_the_run,
    paths,
    secrets,
)
"""Every rule, in the order in which remarks about the same line are told."""
