"""Modules that are copied, as they are, into what is exported: they import nothing of this package."""
