"""From a notebook cell to a module that a person would have written; nothing of the user's is run."""
