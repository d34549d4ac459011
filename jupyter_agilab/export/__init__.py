"""Ways out: what a contract becomes for AGILAB, for a batch system, and for plain Python."""
