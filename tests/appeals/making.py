"""Appeals of the known people, made as the pages do it. Ani's mark at S01 is the facilitator's."""

from datetime import datetime, timedelta
from uuid import UUID

from lms.appeals import queries, service
from lms.appeals.queries import Appeal
from lms.attendance.rules import NewMark
from lms.attendance.service import take_register
from tests.world import NOW, World

OPENS, CLOSES = NOW - timedelta(days=1), NOW + timedelta(days=3)
SECRET = "saya duduk di baris depan"


def mark(world: World, status: str, *, by: str = "facilitator", who: str = "Ani", at: datetime = NOW) -> None:
    session_id, participant_id, recorded_by = world.session_id("S01"), world.participant(who), world.account(by)
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=participant_id, status=status)],
            recorded_by=recorded_by,
            source="register",
            now=at,
        )


def window(
    world: World, opens_at: datetime = OPENS, closes_at: datetime = CLOSES, *, reason: str = "", at: datetime = NOW
) -> bool:
    cohort_id, manager = world.cohort, world.account("manager")
    with world.transaction() as session:
        return service.set_window(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort_id,
            opens_at=opens_at,
            closes_at=closes_at,
            reason=reason,
            set_by=manager,
            now=at,
        )


def appeal(
    world: World, *, who: str = "Ani", kind: str = "session", unit: str = "", text: str = SECRET, at: datetime = NOW
) -> UUID:
    cohort_id, participant_id = world.cohort, world.participant(who)
    unit = unit or str(world.session_id("S01"))
    with world.transaction() as session:
        return service.appeal(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort_id,
            participant_id=participant_id,
            kind=kind,
            unit=unit,
            text=text,
            now=at,
        )


def answer(
    world: World,
    appeal_id: UUID,
    outcome: str,
    *,
    by: str = "manager",
    text: str = "Sudah diperiksa.",
    at: datetime = NOW,
) -> None:
    answered_by = world.account("facilitator" if by.startswith("facilitator") else by, name=by)
    with world.transaction() as session:
        service.answer(
            session,
            organisation_id=world.sukabumi,
            appeal_id=appeal_id,
            outcome=outcome,
            text=text,
            answered_by=answered_by,
            manages=by == "manager",
            now=at,
        )


def one(world: World, appeal_id: UUID) -> Appeal:
    with world.reading() as session:
        return queries.appeal(session, organisation_id=world.sukabumi, appeal_id=appeal_id)


def open_count(world: World) -> int:
    with world.reading() as session:
        return queries.open_count(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
