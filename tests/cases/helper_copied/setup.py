import pandas as pd


# Degrees Fahrenheit to Celsius.
def celsius(fahrenheit):
    """Convert a temperature."""
    return (fahrenheit - 32) / 1.8
