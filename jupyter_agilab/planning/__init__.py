"""From a contract to an immutable plan."""
