"""The formats of input files that a contract may name, and the keys that say how they are read."""

from __future__ import annotations

FORMATS: tuple[str, ...] = (
    *("csv", "tsv", "jsonl", "json", "text", "parquet", "arrow", "fasta", "fastq", "sqlite"),
    *("npy", "hdf5", "netcdf", "zarr", "zip", "tar", "excel", "binary"),
)
"""The formats of files that are known here; other packages may bring more."""

FORMATS_GROUP = "jupyter_agilab.formats"
"""The group of entry points by which they do."""

READER_KEYS: tuple[str, ...] = (
    *("format", "delimiter", "quotechar", "encoding", "header", "columns"),
    *("table", "query", "key", "dataset"),
)
"""The keys of ``[partition]`` that say how a partition is read."""
