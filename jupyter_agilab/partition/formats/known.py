"""The formats that there are, by name, suffix and first bytes; none of them is imported for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_OURS = "jupyter_agilab.partition.formats."


@dataclass(frozen=True, slots=True)
class Known:
    """A format of ours.

    Attributes
    ----------
    name
        As ``[partition] format`` and a partition spell it.
    module
        The module of this package that has it, as ``FORMAT``.
    suffixes
        Those of its files, in small letters.
    meaning
        What its files are, with an article.
    is_text
        Whether its files are text, so that what looks like another format by its first bytes is one.
    is_archive
        Whether its files hold files: each of them is a partition wherever files may be cut.
    """

    name: str
    module: str
    suffixes: tuple[str, ...]
    meaning: str
    is_text: bool = False
    is_archive: bool = False


KNOWN: Final[tuple[Known, ...]] = (
    Known("csv", "delimited", (".csv",), "a CSV file", is_text=True),
    Known("tsv", "delimited", (".tsv", ".tab"), "a TSV file", is_text=True),
    Known("jsonl", "json_lines", (".jsonl", ".ndjson"), "a file of JSON lines", is_text=True),
    Known("json", "json_array", (".json",), "a JSON file", is_text=True),
    Known("text", "plain_text", (".txt", ".text", ".log"), "a text file", is_text=True),
    Known("parquet", "parquet", (".parquet", ".pq"), "a Parquet file"),
    Known("arrow", "arrow_ipc", (".arrow", ".feather", ".ipc", ".arrows"), "an Arrow file"),
    Known("fasta", "fasta", (".fasta", ".fa", ".fna", ".faa", ".ffn", ".frn"), "a FASTA file", is_text=True),
    Known("fastq", "fastq", (".fastq", ".fq"), "a FASTQ file", is_text=True),
    Known("sqlite", "sqlite", (".sqlite", ".sqlite3", ".db", ".db3"), "an SQLite database"),
    Known("npy", "npy", (".npy",), "a NumPy array"),
    Known("hdf5", "hdf5", (".h5", ".hdf5", ".he5"), "an HDF5 file"),
    Known("netcdf", "netcdf", (".nc", ".nc4", ".cdf"), "a NetCDF file"),
    Known("zarr", "zarr_store", (".zarr",), "a Zarr store"),
    Known("zip", "archives", (".zip",), "a zip archive", is_archive=True),
    Known("tar", "archives", (".tar", ".tgz", ".tbz", ".tbz2", ".txz"), "a tar archive", is_archive=True),
    Known("excel", "excel", (".xlsx", ".xlsm", ".xls", ".ods"), "a workbook"),
    Known("binary", "binary", (), "a file"),
)
"""In the order in which the documentation lists them."""

NEVER_CUT: Final = {
    **dict.fromkeys(
        (
            *(".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".svg", ".heic", ".ico"),
            *(".dcm", ".nii", ".fits", ".cr2", ".nef", ".dng"),
        ),
        "it is an image",
    ),
    ".pdf": "it is a PDF file",
    **dict.fromkeys((".doc", ".docx", ".odt", ".ppt", ".pptx", ".odp"), "it is an Office document"),
    **dict.fromkeys((".mp3", ".wav", ".flac", ".ogg", ".m4a"), "it is a sound file"),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm"), "it is a film"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), "it is a pickle"),
    ".npz": "it is an archive of NumPy arrays",
}
"""Why files of these suffixes are never cut."""

COMPRESSED_SUFFIXES: Final = {
    ".gz": "gzip",
    ".bgz": "gzip",
    ".bz2": "bzip2",
    ".xz": "xz",
    ".lzma": "lzma",
    ".zst": "zstd",
    ".zip": "zip",
}

_BY_NAME: Final = {known.name: known for known in KNOWN}
_BY_SUFFIX: Final = {suffix: known.name for known in KNOWN for suffix in known.suffixes}


def known_format(name: str) -> Known | None:
    """Give what is known of a format; None for one of somebody else's."""
    return _BY_NAME.get(name)


def format_of(source: str, declared: str | None = None) -> str:
    """Give a file's format by its name, ``binary`` where that does not tell.

    The suffix of a compression is looked through (``a.csv.gz`` is ``csv``, ``a.zip`` is ``zip``, ``a.tar.gz``
    is ``tar``). `declared` overrides the name.
    """
    return declared or _BY_SUFFIX.get(suffix_of(source), "binary")


def suffix_of(source: str) -> str:
    """Give the suffix that tells what a file holds, in small letters, below that of a compression."""
    name = source.rpartition("/")[2].lower()
    if "?" in name and "://" in source:
        name = name.partition("?")[0]
    last, stem = _last_suffix(name)
    if last not in COMPRESSED_SUFFIXES:
        return last
    inner, _ = _last_suffix(stem)
    return inner if inner in _BY_SUFFIX or inner in NEVER_CUT or last not in _BY_SUFFIX else last


def _last_suffix(name: str) -> tuple[str, str]:
    stem, _, suffix = name.rpartition(".")
    return (f".{suffix}", stem) if stem and suffix else ("", name)
