"""What keeps a loop from becoming a stage, one condition per file."""

from jupyter_agilab.migrate.prove.obstacle import Rule
from jupyter_agilab.migrate.prove.rules.aliased_result import aliased_result
from jupyter_agilab.migrate.prove.rules.asks_person import asks_person
from jupyter_agilab.migrate.prove.rules.asynchronous import asynchronous
from jupyter_agilab.migrate.prove.rules.captured_handle import captured_handle
from jupyter_agilab.migrate.prove.rules.carried_name import carried_name
from jupyter_agilab.migrate.prove.rules.changes_shared import changes_shared
from jupyter_agilab.migrate.prove.rules.defines_for_later import defines_for_later
from jupyter_agilab.migrate.prove.rules.early_exit import early_exit
from jupyter_agilab.migrate.prove.rules.form_obstacle import form_obstacle
from jupyter_agilab.migrate.prove.rules.global_state import global_state
from jupyter_agilab.migrate.prove.rules.inside_context import inside_context
from jupyter_agilab.migrate.prove.rules.ipython_in_body import ipython_in_body
from jupyter_agilab.migrate.prove.rules.mixed_gathering import mixed_gathering
from jupyter_agilab.migrate.prove.rules.random_state import random_state
from jupyter_agilab.migrate.prove.rules.reads_result import reads_result
from jupyter_agilab.migrate.prove.rules.same_file import same_file
from jupyter_agilab.migrate.prove.rules.shared_plot import shared_plot
from jupyter_agilab.migrate.prove.rules.too_small import too_small
from jupyter_agilab.migrate.prove.rules.unpicklable import unpicklable

RULES: tuple[Rule, ...] = (
    ipython_in_body,
    asks_person,
    form_obstacle,
    carried_name,
    reads_result,
    aliased_result,
    random_state,
    changes_shared,
    shared_plot,
    same_file,
    global_state,
    inside_context,
    early_exit,
    unpicklable,
    captured_handle,
    asynchronous,
    mixed_gathering,
    defines_for_later,
    too_small,
)
"""All are asked; `jupyter_agilab.migrate.prove.judge` picks the obstacle that decides."""

__all__ = ["RULES"]
