"""The report of a run: one HTML file that needs nothing else, for any browser, any time later."""
