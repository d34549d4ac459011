"""Formats of input files, one per file; `known` lists them, `load` imports the one in hand."""
