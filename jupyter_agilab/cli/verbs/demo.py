"""``jupyter agilab demo``."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_agilab.cli.verb import OutsideVerb


def _execute(arguments: Sequence[str]) -> int:
    from jupyter_agilab.demo import run_demo

    return run_demo(list(arguments))


VERB = OutsideVerb(name="demo", summary="run the example notebooks on real data", execute=_execute)
