"""What happened to the known people: short ways to record it."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.db import new_id
from lms.progress import service as progress
from lms.progress.rules import Evidence
from tests.world import NOW, START, World

MODULE_1, MODULE_2 = "https://mooc.example/modul/1", "https://mooc.example/modul/2"


def scored(
    world: World, name: str, score: str, *, module: str = MODULE_1, at: datetime = START + timedelta(days=2)
) -> UUID:
    """A statement by which somebody completed a module with a score; its id."""
    source_id, participant_id = new_id(), world.participant(name)
    evidence = Evidence(
        kind="module",
        unit=module,
        recorded_at=at,
        source="xapi",
        source_id=source_id,
        completed=True,
        score=Decimal(score),
        occurred_at=at,
    )
    with world.transaction() as session:
        progress.record(
            session,
            organisation_id=world.sukabumi,
            evidence=[progress.NewEvidence(participant_id=participant_id, evidence=evidence)],
            now=NOW,
        )
    return source_id


def marked(world: World, name: str, status: str, *, code: str = "S01", remark: str = "", minutes: int = 0) -> None:
    """A mark by the facilitator."""
    session_id, participant_id, account = world.session_id(code), world.participant(name), world.account("facilitator")
    mark = attendance.NewMark(participant_id=participant_id, status=status, minutes_late=minutes or None, remark=remark)
    with world.transaction() as session:
        attendance.take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[mark],
            recorded_by=account,
            source="register",
            now=NOW,
        )


def entered(world: World, name: str, score: str, *, remark: str = "") -> None:
    """A score for the project by the facilitator."""
    participant_id, account, cohort_id = world.participant(name), world.account("facilitator"), world.cohort
    entry = assessment.NewEntry(path="project", participant_id=participant_id, score=Decimal(score), remark=remark)
    with world.transaction() as session:
        assessment.enter(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort_id,
            entries=[entry],
            recorded_by=account,
            source="grid",
            now=NOW,
        )
