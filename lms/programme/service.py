"""The use cases of this room, by which other rooms enter it. None commits."""

from lms.programme.calendars import end_calendar, renew_calendar, token_hash
from lms.programme.checks import Changed
from lms.programme.cohorts import add_cohort, assign_facilitator, rename_cohort, set_targets, unassign_facilitator
from lms.programme.enrolment import NewEnrolment, enrol
from lms.programme.publishing import Published, publish, published
from lms.programme.repeat_rules import Clash, Pattern, clashes, repeated
from lms.programme.repeat_rules import flaws as pattern_flaws
from lms.programme.session_rules import NewSession, local_moment
from lms.programme.sessions import cancel_session, change_session, restore_session
from lms.programme.timetable import add_sessions, problems_of_new

__all__ = [
    "Changed",
    "Clash",
    "NewEnrolment",
    "NewSession",
    "Pattern",
    "Published",
    "add_cohort",
    "add_sessions",
    "assign_facilitator",
    "cancel_session",
    "change_session",
    "clashes",
    "end_calendar",
    "enrol",
    "local_moment",
    "pattern_flaws",
    "problems_of_new",
    "publish",
    "published",
    "rename_cohort",
    "renew_calendar",
    "repeated",
    "restore_session",
    "set_targets",
    "token_hash",
    "unassign_facilitator",
]
