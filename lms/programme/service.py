"""The use cases of this room, by which other rooms enter it. None commits."""

from lms.programme.checks import Changed
from lms.programme.cohorts import add_cohort, assign_facilitator, set_targets, unassign_facilitator
from lms.programme.enrolment import NewEnrolment, enrol
from lms.programme.publishing import Published, publish, published
from lms.programme.timetable import NewSession, add_sessions

__all__ = [
    "Changed",
    "NewEnrolment",
    "NewSession",
    "Published",
    "add_cohort",
    "add_sessions",
    "assign_facilitator",
    "enrol",
    "publish",
    "published",
    "set_targets",
    "unassign_facilitator",
]
