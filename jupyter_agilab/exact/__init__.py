"""Values as JSON that gives back the same values with the same types.

A stage's results are stored as JSON, where a tuple becomes a list, and numpy's numbers become Python's.
What a migrated loop gives back must not change like that, so its values are packed: what JSON holds exactly
stays as it is, everything else becomes a table with the key ``$``, which names the type.
"""

from jupyter_agilab.exact.pack import pack
from jupyter_agilab.exact.unpack import unpack

__all__ = ["pack", "unpack"]
