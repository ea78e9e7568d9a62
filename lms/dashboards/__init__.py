"""Read-only pages joined across rooms: participant, cohort, explanation, front page."""
