"""Reducers: they merge the partitions' results into the artifact; one per file, `registry` lists them."""
