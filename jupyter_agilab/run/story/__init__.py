"""What happened in a run, read from its directory into plain data that any display can show."""
