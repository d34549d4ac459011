"""What is told to browsers while they listen: nothing is looked at when nobody does."""
