"""Registers and marks: who was at which session, and how that came to be known."""
