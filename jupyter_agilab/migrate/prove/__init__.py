"""Whether the iterations of a loop are independent, by following data through its body; nothing is run."""
