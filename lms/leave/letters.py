"""What people are told by mail. No letter says why somebody asks for leave."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.errors import N_
from lms.leave import rules
from lms.leave.queries import Request
from lms.people import service as people

CAME_IN = N_("A request for leave: %(code)s")
CAME_IN_BODY = N_("%(name)s (%(cohort)s) asks for leave, %(code)s: %(link)s\n")
DECIDED = {
    rules.APPROVED: N_("Your leave %(code)s was approved"),
    rules.REFUSED: N_("Your leave %(code)s was refused"),
    rules.WITHDRAWN: N_("Your leave %(code)s was withdrawn"),
}
DECIDED_BODY = N_("Dear %(name)s,\n\nthere is a decision about your leave %(code)s. Read it here:\n\n%(link)s\n")


def tell_managers(session: Session, *, organisation_id: int, request: Request, now: datetime) -> None:
    """A line to the programme managers; to the administrators where there is none. Two queries at most."""
    people.write_to_managers(
        session,
        organisation_id=organisation_id,
        subject=CAME_IN,
        body=CAME_IN_BODY,
        path=f"/cohorts/{request.cohort_code}/leave/{request.id}",
        name=request.name,
        cohort=request.cohort_code,
        code=request.code,
        now=now,
    )


def tell_participant(session: Session, *, organisation_id: int, request: Request, now: datetime) -> None:
    """That there is a decision. What it is stands in the subject; its reason on the page alone. One query."""
    people.write_to_participant(
        session,
        organisation_id=organisation_id,
        participant_id=request.participant_id,
        subject=DECIDED[request.state],
        body=DECIDED_BODY,
        path=f"/my/leave/{request.id}",
        name=request.name,
        code=request.code,
        now=now,
    )
