"""Ways of splitting an input, one per file; `registry` lists them. Workers read partitions with `read`."""
