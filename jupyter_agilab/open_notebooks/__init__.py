"""Notebooks as an editor has them, perhaps not saved: what a cell would become, how its stages stand.

Everything here looks at text and files. Nothing is imported, executed or written.
"""
