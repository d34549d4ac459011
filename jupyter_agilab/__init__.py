"""Turn a notebook cell into a parallel stage: a readable function, a reviewable contract, a run that survives."""

__version__ = "0.1.0"
