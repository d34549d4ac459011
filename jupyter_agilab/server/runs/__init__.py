"""Runs as requests name and change them, and as answers tell of them."""
