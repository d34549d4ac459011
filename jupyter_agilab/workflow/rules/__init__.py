"""The rules of a workflow's text, one subject per file.

A rule is a generator that takes a `Subject` and gives `Remark` objects; it looks at the workflow's values
only, never at files and never at code.
"""

from collections.abc import Callable, Iterator

from jupyter_agilab.workflow.rules.cycles import cycles_and_parts
from jupyter_agilab.workflow.rules.flags import flags
from jupyter_agilab.workflow.rules.groups import groups
from jupyter_agilab.workflow.rules.inputs import inputs
from jupyter_agilab.workflow.rules.names import names
from jupyter_agilab.workflow.rules.references import references
from jupyter_agilab.workflow.rules.unknown import unknown_keys
from jupyter_agilab.workflow.rules.values import amounts, values
from jupyter_agilab.workflow.subject import Remark, Subject

RULES: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    values,
    amounts,
    names,
    references,
    inputs,
    cycles_and_parts,
    groups,
    flags,
    unknown_keys,
)
"""Every rule, in the order in which remarks about the same line are told."""
