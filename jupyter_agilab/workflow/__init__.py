"""Workflows: several stages joined into one graph, and how it is checked, planned and run."""
