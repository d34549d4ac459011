"""Clusters by name: the places where the dask runner works, and how each of them is started."""
