"""A workflow as people see it: its graph, its plan, its run; as text, as static HTML, as lines in a log."""
