"""Checking in, for the tests of it: who opens, who comes with which phone, and what is on record afterwards."""

from datetime import datetime, timedelta
from uuid import UUID

import time_machine
from sqlalchemy import select

from lms.attendance import check_in_claiming as claiming
from lms.attendance import check_in_queries as queries
from lms.attendance import check_in_rules as rules
from lms.attendance import check_in_service as service
from lms.attendance.check_in_claiming import Claimant, Outcome
from lms.attendance.check_in_models import CheckInClaim
from lms.attendance.register_models import AttendanceRules
from tests.world import NOW, World

PHONES = {name: UUID(int=number) for number, name in enumerate(("Ani", "Budi", "Citra", "Dedi", "spare"), start=1)}


def later(minutes: int = 0, seconds: int = 0) -> datetime:
    """A moment so long after S01 begins."""
    return NOW + timedelta(minutes=minutes, seconds=seconds)


def opened(world: World, code: str = "S01", *, at: datetime = NOW) -> bytes:
    """Open check-in at a session; returns its secret."""
    session_id, opened_by = world.session_id(code), world.account("manager")
    with world.transaction() as session:
        service.open_check_in(
            session, organisation_id=world.sukabumi, session_id=session_id, opened_by=opened_by, now=at
        )
    with world.reading() as session:
        found = queries.opened(session, organisation_id=world.sukabumi, session_id=session_id)
    assert found is not None
    return found.secret


def closed(world: World, code: str = "S01", *, at: datetime = NOW) -> None:
    session_id = world.session_id(code)
    with world.transaction() as session:
        service.close_check_in(session, organisation_id=world.sukabumi, session_id=session_id, now=at)


def token(world: World, secret: bytes, code: str = "S01", *, at: datetime = NOW) -> str:
    """What the QR holds at this moment."""
    return rules.token(secret, organisation_id=world.sukabumi, session_id=world.session_id(code), now=at)


def digits(world: World, secret: bytes, code: str = "S01", *, at: datetime = NOW) -> str:
    return rules.code(secret, organisation_id=world.sukabumi, session_id=world.session_id(code), now=at)


def claimant(world: World, name: str, *, phone: str = "", address: str = "10.0.0.7") -> Claimant:
    """Somebody with their own phone, or with another one."""
    return Claimant(
        organisation_id=world.sukabumi,
        account_id=world.account("participant", name=name),
        participant_id=world.participant(name),
        device_id=PHONES[phone or name],
        device="Chrome, Android",
        address=address,
    )


def claim(world: World, who: Claimant, text: str, *, at: datetime = NOW) -> Outcome:
    with world.transaction() as session:
        return claiming.claim_by_token(session, who=who, text=text, now=at)


def type_in(world: World, who: Claimant, text: str, *, at: datetime = NOW) -> Outcome:
    with world.transaction() as session:
        return claiming.claim_by_code(session, who=who, text=text, now=at)


def on_record(world: World, name: str, code: str = "S01") -> list[tuple[str, str, str]]:
    """Somebody's claims at a session, oldest first: state, why, flags."""
    mine = (CheckInClaim.session_id == world.session_id(code), CheckInClaim.participant_id == world.participant(name))
    with world.reading() as session:
        found = session.scalars(select(CheckInClaim).where(*mine).order_by(CheckInClaim.claimed_at, CheckInClaim.id))
        return [(one.state, one.why, one.flags) for one in found]


def with_rules(world: World, **values: object) -> None:
    """Set rules of the cohort."""
    cohort_id = world.cohort
    with world.transaction() as session:
        session.add(AttendanceRules(organisation_id=world.sukabumi, cohort_id=cohort_id, **values))


def at(moment: datetime) -> time_machine.travel:
    """The clock at this moment, standing still."""
    return time_machine.travel(moment, tick=False)
