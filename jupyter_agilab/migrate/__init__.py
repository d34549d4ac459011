"""Finding loops in notebooks that can become stages, proving that they may, and converting them."""
