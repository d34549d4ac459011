"""What a cell must not do to become a partition function, one condition per file."""

from jupyter_agilab.extract.rules.asks_user import asks_user
from jupyter_agilab.extract.rules.asynchronous import asynchronous
from jupyter_agilab.extract.rules.captured_writes import captured_writes
from jupyter_agilab.extract.rules.carried_state import carried_state
from jupyter_agilab.extract.rules.first_rows import first_rows
from jupyter_agilab.extract.rules.fixed_outputs import fixed_outputs
from jupyter_agilab.extract.rules.fixed_seed import fixed_seed
from jupyter_agilab.extract.rules.global_statement import global_statement
from jupyter_agilab.extract.rules.hidden_names import hidden_names
from jupyter_agilab.extract.rules.machine_paths import machine_paths
from jupyter_agilab.extract.rules.magics import magics
from jupyter_agilab.extract.rules.main_guard import main_guard
from jupyter_agilab.extract.rules.return_statement import return_statement
from jupyter_agilab.extract.rules.unseeded_random import unseeded_random
from jupyter_agilab.extract.rules.yields import yields
from jupyter_agilab.extract.unit import Rule

RULES: tuple[Rule, ...] = (
    magics,
    asks_user,
    asynchronous,
    yields,
    return_statement,
    global_statement,
    main_guard,
    hidden_names,
    carried_state,
    captured_writes,
    fixed_outputs,
    unseeded_random,
    fixed_seed,
    machine_paths,
    first_rows,
)
"""Asked about the cell and about each function copied from another cell, in this order."""

__all__ = ["RULES"]
