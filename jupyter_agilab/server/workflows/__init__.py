"""Workflows as requests name them, and as answers tell of them."""
