"""Clusters as answers tell of them: never with what is secret, nor where this user's own files lie."""
