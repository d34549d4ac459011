"""Workflows run: one driver, and one runner for all stages."""
