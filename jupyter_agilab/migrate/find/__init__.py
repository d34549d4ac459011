"""The forms in which notebooks do the same for several items, one per file."""

from jupyter_agilab.migrate.find.candidate import Candidate, Context
from jupyter_agilab.migrate.find.comprehension import comprehension
from jupyter_agilab.migrate.find.for_loop import for_loop
from jupyter_agilab.migrate.find.form import Form
from jupyter_agilab.migrate.find.grouped_apply import grouped_apply
from jupyter_agilab.migrate.find.joblib_parallel import joblib_parallel
from jupyter_agilab.migrate.find.mapped import mapped
from jupyter_agilab.migrate.find.parallel_apply import parallel_apply
from jupyter_agilab.migrate.find.pool_map import pool_map
from jupyter_agilab.migrate.find.while_loop import while_loop

FORMS: tuple[Form, ...] = (
    for_loop,
    while_loop,
    joblib_parallel,
    pool_map,
    grouped_apply,
    parallel_apply,
    mapped,
    comprehension,
)
"""Asked about each statement and expression, in this order; the first that knows it wins."""

__all__ = ["FORMS", "Candidate", "Context"]
