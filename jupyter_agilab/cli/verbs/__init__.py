"""The verbs of the command line, one per file."""

from jupyter_agilab.cli.verb import OutsideVerb, Verb
from jupyter_agilab.cli.verbs import attach, check, demo, new, plan, run, runs, stop, trial

VERBS: tuple[Verb | OutsideVerb, ...] = (
    new.VERB,
    check.VERB,
    plan.VERB,
    trial.VERB,
    run.VERB,
    runs.VERB,
    attach.VERB,
    stop.VERB,
    demo.VERB,
)
"""In the order in which a person meets them."""
