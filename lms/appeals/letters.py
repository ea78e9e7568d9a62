"""What is told by mail of appeals. No letter says what somebody has written: that stands on the page alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.appeals import queries, rules
from lms.appeals.queries import Appeal
from lms.errors import N_
from lms.people import queries as people_queries
from lms.people import service as people
from lms.programme import queries as programmes


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """Marked templates of a subject and a body."""

    subject: str
    body: str


CAME = Letter(
    subject=N_("An appeal about %(title)s"),
    body=N_("%(name)s (%(cohort)s) appeals about %(title)s. Answer here:\n\n%(link)s\n"),
)
ADDED = Letter(
    subject=N_("More about an appeal: %(title)s"),
    body=N_("%(name)s (%(cohort)s) has added to the appeal about %(title)s. Read it here:\n\n%(link)s\n"),
)
ANSWERED = Letter(
    subject=N_("An answer to your appeal about %(title)s"),
    body=N_(
        "Dear %(name)s,\n\nthere is an answer to your appeal about %(title)s (%(cohort)s). Read it here:\n\n%(link)s\n"
    ),
)
ASKED = Letter(
    subject=N_("A question about your appeal: %(title)s"),
    body=N_(
        "Dear %(name)s,\n\nbefore your appeal about %(title)s (%(cohort)s) is decided, there is a question for you. "
        "Answer it here:\n\n%(link)s\n"
    ),
)


def tell_staff(session: Session, *, organisation_id: int, appeal_id: UUID, letter: Letter, now: datetime) -> None:
    """A line to the facilitators of the person's group; to the managers where none of them may reject it, too."""
    appeal = queries.appeal(session, organisation_id=organisation_id, appeal_id=appeal_id)
    told = _told(letter, appeal, f"/cohorts/{appeal.cohort_code}/appeals/{appeal.id}", now)
    found = _facilitators(session, organisation_id, appeal)
    people.write_to(session, organisation_id=organisation_id, recipients=found.values(), **told)
    if not found.keys() - {appeal.stood_by}:
        people.write_to_managers(session, organisation_id=organisation_id, **told)


def tell_participant(session: Session, *, organisation_id: int, appeal: Appeal, outcome: str, now: datetime) -> None:
    """That there is an answer, or a question; what it is stands on the page."""
    people.write_to_participant(
        session,
        organisation_id=organisation_id,
        participant_id=appeal.participant_id,
        **_told(ASKED if outcome == rules.ASKED_BACK else ANSWERED, appeal, f"/my/appeals/{appeal.id}", now),
    )


def _told(letter: Letter, appeal: Appeal, path: str, now: datetime) -> dict[str, Any]:
    return {
        "subject": letter.subject,
        "body": letter.body,
        "path": path,
        "name": appeal.name,
        "title": appeal.title,
        "cohort": appeal.cohort_code,
        "now": now,
    }


def _facilitators(session: Session, organisation_id: int, appeal: Appeal) -> dict[UUID, str]:
    """The addresses of those who mark the person's group, by account. Two queries."""
    by_group = programmes.facilitators(session, organisation_id=organisation_id, cohort_id=appeal.cohort_id)
    ids = sorted({one.account_id for one in by_group if one.group_id == appeal.group_id})
    found = people_queries.reachable(session, organisation_id=organisation_id, account_ids=ids)
    return {one.id: one.email for one in found if one.email is not None}
