"""Programmes and their versions; cohorts with their groups, timetable and enrolment."""
