"""What is known of calls: what they change, what they give, and whether they can take long.

The tables are by the full name of a function (``numpy.mean``) and by the name of a method. What is in no
table is judged by what can be seen of the call, and becomes a named assumption of the finding.
"""

from jupyter_agilab.migrate.know.functions import function_known
from jupyter_agilab.migrate.know.known import Effect, Known
from jupyter_agilab.migrate.know.methods import method_known

__all__ = ["Effect", "Known", "function_known", "method_known"]
