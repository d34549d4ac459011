"""What is in the folder tree: found once, then known by the folders' times of change."""
