"""Notebooks as files: read, rewritten with all else byte for byte as it was, and restored."""
