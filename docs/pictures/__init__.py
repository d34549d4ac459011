"""How the pictures of the documentation are drawn."""
