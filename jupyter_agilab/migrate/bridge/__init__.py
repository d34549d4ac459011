"""Notebooks to AGILAB and back: cells become rows of ``lab_stages.toml``, and rows become cells."""
