"""Appeals: against a mark or a score, within a window, answered by a person; everything dated and kept."""
