"""How the plan of a workflow is made."""
