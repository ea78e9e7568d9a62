"""Leave of the known people, asked for and decided about as the pages do it."""

from datetime import date
from uuid import UUID

from lms.attendance import queries as attendance
from lms.attendance.rules import PastMark
from lms.leave import queries, rules, service
from lms.leave.queries import Request
from tests.world import NOW, World

SECRET = "demam berdarah, rawat inap"
PDF = b"%PDF-1.4 " + SECRET.encode() + b" %%EOF"


def ask(
    world: World,
    who: str = "Ani",
    *,
    first: date = date(2026, 3, 12),
    last: date = date(2026, 3, 13),
    note: str = "",
    document: rules.Document | None = None,
) -> UUID:
    """A request for these days, as `dinas luar`."""
    organisation_id, cohort_id, participant_id = world.sukabumi, world.cohort, world.participant(who)
    with world.transaction() as session:
        return service.ask(
            session,
            organisation_id=organisation_id,
            cohort_id=cohort_id,
            participant_id=participant_id,
            status="dinas luar",
            period=rules.whole_days(first, last, time_zone="Asia/Jakarta"),
            note=note,
            document=document,
            asked_by=None,
            now=NOW,
        )


def approve(world: World, request_id: UUID) -> int:
    organisation_id, manager = world.sukabumi, world.account("manager")
    with world.transaction() as session:
        return service.approve(
            session, organisation_id=organisation_id, request_id=request_id, decided_by=manager, now=NOW
        )


def withdraw(world: World, request_id: UUID, reason: str = "Ternyata hadir.") -> int:
    organisation_id, manager = world.sukabumi, world.account("manager")
    with world.transaction() as session:
        return service.withdraw_approval(
            session,
            organisation_id=organisation_id,
            request_id=request_id,
            withdrawn_by=manager,
            reason=reason,
            now=NOW,
        )


def follow(world: World) -> int:
    organisation_id, cohort_id = world.sukabumi, world.cohort
    with world.transaction() as session:
        return service.follow(session, organisation_id=organisation_id, cohort_id=cohort_id, now=NOW)


def one(world: World, request_id: UUID) -> Request:
    with world.reading() as session:
        return queries.request(session, organisation_id=world.sukabumi, request_id=request_id)


def marks(world: World, code: str, who: str = "Ani") -> list[PastMark]:
    session_id, participant_id = world.session_id(code), world.participant(who)
    with world.reading() as session:
        return list(
            attendance.mark_history(
                session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
            )
        )
