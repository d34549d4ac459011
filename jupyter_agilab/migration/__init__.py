"""Migrating notebooks: what could be converted, the rewritten notebook, its files, and the way back."""

from jupyter_agilab.migration.apply import Applied, apply, remove_stages, undo, write_stages
from jupyter_agilab.migration.model import FORMS, Converted, Form, NotConverted, NotebookMigration
from jupyter_agilab.migration.prepare import migrate, migrate_folder, parse_place

__all__ = [
    "FORMS",
    "Applied",
    "Converted",
    "Form",
    "NotConverted",
    "NotebookMigration",
    "apply",
    "migrate",
    "migrate_folder",
    "parse_place",
    "remove_stages",
    "undo",
    "write_stages",
]
