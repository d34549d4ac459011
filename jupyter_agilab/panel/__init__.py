"""Displays of stages, plans and runs."""
