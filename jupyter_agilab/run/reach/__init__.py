"""What a function uses of the author's own code; read from text, nothing is imported."""
