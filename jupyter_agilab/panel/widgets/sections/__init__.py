"""The parts of the panel's stepper, one per module."""
