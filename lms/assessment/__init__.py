"""Scores that people give: entries in a grid, added and never overwritten."""
