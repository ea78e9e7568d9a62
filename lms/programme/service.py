"""The use cases of this room, by which other rooms enter it. None commits."""

from lms.programme.calendars import end_calendar, renew_calendar, token_hash
from lms.programme.checks import Changed
from lms.programme.cohorts import (
    add_cohort,
    assign_facilitator,
    change_dates,
    rename_cohort,
    set_targets,
    unassign_facilitator,
    zone_choices,
)
from lms.programme.date_rules import CHANGED_MEANWHILE, Dates, dates_flaws, dates_of, why_flaws
from lms.programme.drafts import ChangedMeanwhile, add_draft, change_draft, discard_draft, publish_draft
from lms.programme.enrolment import NewEnrolment, enrol
from lms.programme.groups import add_groups, remove_group, rename_group
from lms.programme.moves import change_version
from lms.programme.publishing import Published, publish, published
from lms.programme.repeat_rules import Clash, Pattern, clashes, repeated
from lms.programme.repeat_rules import flaws as pattern_flaws
from lms.programme.session_rules import NewSession, local_moment
from lms.programme.sessions import cancel_session, change_session, restore_session
from lms.programme.timetable import add_sessions, problems_of_new

__all__ = [
    "CHANGED_MEANWHILE",
    "Changed",
    "ChangedMeanwhile",
    "Clash",
    "Dates",
    "NewEnrolment",
    "NewSession",
    "Pattern",
    "Published",
    "add_cohort",
    "add_draft",
    "add_groups",
    "add_sessions",
    "assign_facilitator",
    "cancel_session",
    "change_dates",
    "change_draft",
    "change_session",
    "change_version",
    "clashes",
    "dates_flaws",
    "dates_of",
    "discard_draft",
    "end_calendar",
    "enrol",
    "local_moment",
    "pattern_flaws",
    "problems_of_new",
    "publish",
    "publish_draft",
    "published",
    "remove_group",
    "rename_cohort",
    "rename_group",
    "renew_calendar",
    "repeated",
    "restore_session",
    "set_targets",
    "token_hash",
    "unassign_facilitator",
    "why_flaws",
    "zone_choices",
]
