"""From a loop that may run in parallel to a stage, and a notebook that calls it."""
