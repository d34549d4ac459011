"""Doing: driver, journal, events, runners."""
