"""Proof that a stage gives what its loop gave: both are run on some items, and compared."""
