"""Decisions: what people decide at the end of a cohort, on what grounds and from which figures."""
