"""Tables in a staged form: read once, written by group, so that each partition finds its own rows."""
