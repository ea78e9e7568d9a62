"""What is told by mail of disputes: to those who can answer that one came, to its participant that it was answered."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.attendance.dispute_queries import Dispute
from lms.errors import N_
from lms.people import queries as people_queries
from lms.people import service as people
from lms.programme import queries as programmes

CAME = N_("A mark of session %(code)s is disputed")
CAME_BODY = N_("%(name)s disputes the mark of session %(code)s (%(cohort)s). Answer here:\n\n%(link)s\n")
ANSWERED = N_("An answer about session %(code)s")
ANSWERED_BODY = N_(
    "Dear %(name)s,\n\nthere is an answer to what you said about session %(code)s (%(cohort)s). Read it here:\n\n"
    "%(link)s\n"
)


def tell_staff(session: Session, *, organisation_id: int, dispute: Dispute, now: datetime) -> None:
    """A line to the facilitators of the person's group and of the session; without any, to the managers."""
    letter: dict[str, Any] = {
        "organisation_id": organisation_id,
        "subject": CAME,
        "body": CAME_BODY,
        "path": f"/cohorts/{dispute.cohort_code}/attendance/disputes/{dispute.id}",
        "name": dispute.name,
        "code": dispute.session_code,
        "cohort": dispute.cohort_code,
        "now": now,
    }
    addresses = _facilitators(session, organisation_id, dispute)
    if addresses:
        people.write_to(session, recipients=addresses, **letter)
    else:
        people.write_to_managers(session, **letter)


def tell_participant(session: Session, *, organisation_id: int, dispute: Dispute, now: datetime) -> None:
    """That there is an answer; what it is stands on the page."""
    people.write_to_participant(
        session,
        organisation_id=organisation_id,
        participant_id=dispute.participant_id,
        subject=ANSWERED,
        body=ANSWERED_BODY,
        path=f"/my/attendance/{dispute.session_id}",
        name=dispute.name,
        code=dispute.session_code,
        cohort=dispute.cohort_code,
        now=now,
    )


def _facilitators(session: Session, organisation_id: int, dispute: Dispute) -> list[str | None]:
    by_group = programmes.facilitators(session, organisation_id=organisation_id, cohort_id=dispute.cohort_id)
    named = programmes.facilitators_of_sessions(
        session, organisation_id=organisation_id, session_ids=[dispute.session_id]
    )
    ids = {one.account_id for one in by_group if one.group_id == dispute.group_id}
    ids |= {one.id for one in named.get(dispute.session_id, ())}
    found = people_queries.reachable(session, organisation_id=organisation_id, account_ids=sorted(ids))
    return [one.email for one in found if one.email is not None]
