"""Contracts, workflows and clusters files as an editor has them: read, checked, edited and tried."""
