"""Places: where calls run. One kind in each file."""
