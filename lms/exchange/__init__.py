"""The files people bring and take: participants, sessions, attendance, assessments, statements; results."""
