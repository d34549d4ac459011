"""Keeping notebooks in step: with the stages made of their cells, and with an agreed set of findings."""
