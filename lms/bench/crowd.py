"""A session at which a crowd is expected: everybody with an account, signed in on a phone of their own."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.attendance import check_in_queries, check_in_service
from lms.attendance import queries as registers
from lms.attendance.check_in_models import CheckInClaim
from lms.attendance.rules import Origin
from lms.bench.building import add_house
from lms.db import reading, retrying
from lms.demo.rules import ZONE
from lms.demo.seeding import PROGRAMME_CODE
from lms.people import service as people
from lms.people import sign_in
from lms.people.rules import PARTICIPANT
from lms.programme import queries as programmes
from lms.programme import service as programme

COHORT, SESSION = "RAMAI", "AULA"
AT_A_TIME = 200
"""Accounts that one transaction adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """The session with the secret of its tokens, and a cookie header of each phone."""

    organisation_id: int
    session_id: UUID
    secret: bytes
    phones: Sequence[str]


def gather(app: Flask, *, size: int, now: datetime, told: Callable[[int], None]) -> Crowd:
    """A session that begins in five minutes, with check-in open. `told` hears how many further people there are."""
    organisation_id = add_house(now=now)
    cohort_id = retrying(partial(_enrol, organisation_id=organisation_id, size=size, now=now))
    roster = programmes.roster(reading(), organisation_id=organisation_id, cohort_id=cohort_id)
    cookies: list[str] = []
    for start in range(0, size, AT_A_TIME):
        some = [(person.participant_id, person.name) for person in roster[start : start + AT_A_TIME]]
        ids = retrying(partial(_admit, organisation_id=organisation_id, people_of=some, now=now))
        cookies += [_phone(app, one) for one in ids]
        told(len(some))
    session_id = registers.session_id_of(
        reading(), organisation_id=organisation_id, cohort_code=COHORT, session_code=SESSION
    )
    retrying(partial(_open, organisation_id=organisation_id, session_id=session_id, now=now))
    opened = check_in_queries.opened(reading(), organisation_id=organisation_id, session_id=session_id)
    reading().rollback()
    if opened is None:
        raise AssertionError("check-in was opened")
    return Crowd(organisation_id=organisation_id, session_id=session_id, secret=opened.secret, phones=cookies)


def _enrol(session: Session, *, organisation_id: int, size: int, now: datetime) -> UUID:
    cohort_id = programme.add_cohort(
        session,
        organisation_id=organisation_id,
        programme_code=PROGRAMME_CODE,
        code=COHORT,
        name="Aula yang ramai",
        starts_at=now - timedelta(days=1),
        ends_at=None,
        time_zone=ZONE,
        targets={},
        now=now,
    )
    rows = [
        programme.NewEnrolment(
            identifier=f"{199001012026030000 + number}",
            name=f"Peserta {number:04}",
            email="",
            group="",
            category="",
            unit="",
        )
        for number in range(1, size + 1)
    ]
    programme.enrol(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=now)
    begins = now + timedelta(minutes=5)
    meeting = programme.NewSession(
        code=SESSION,
        title="Pembukaan",
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        jp=Decimal(3),
        group="",
    )
    programme.add_sessions(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=[meeting], now=now)
    return cohort_id


def _admit(
    session: Session, *, organisation_id: int, people_of: Sequence[tuple[UUID, str]], now: datetime
) -> list[str]:
    """What the sign-in cookies of new accounts say."""
    about: dict[str, Any] = {"organisation_id": organisation_id}
    accounts = [
        people.add_account(session, **about, role=PARTICIPANT, name=name, participant_id=participant_id, now=now)
        for participant_id, name in people_of
    ]
    return [sign_in.cookie_id(session, **about, account_id=one) for one in accounts]


def _phone(app: Flask, cookie_id: str) -> str:
    """The cookies of a phone that is signed in and has been here before."""
    interface: Any = app.session_interface
    held = {"_user_id": cookie_id, "_fresh": True, "csrf_token": secrets.token_hex(20)}
    signed = interface.get_signing_serializer(app).dumps(held)
    return f"padu={signed}; padu_device={uuid4()}"


def _open(session: Session, *, organisation_id: int, session_id: UUID, now: datetime) -> None:
    check_in_service.open_check_in(
        session, organisation_id=organisation_id, session_id=session_id, opened_by=None, now=now
    )


def kept(crowd: Crowd) -> int:
    """How many people have a claim on record that stands."""
    found = reading().scalar(
        select(func.count())
        .select_from(CheckInClaim)
        .where(
            CheckInClaim.organisation_id == crowd.organisation_id,
            CheckInClaim.session_id == crowd.session_id,
            CheckInClaim.state == "claimed",
        )
    )
    reading().rollback()
    return found or 0


def accept(crowd: Crowd, *, now: datetime) -> int:
    """Accept all claims; returns how many people have a mark then."""
    done = retrying(
        lambda session: check_in_service.accept(
            session,
            organisation_id=crowd.organisation_id,
            session_id=crowd.session_id,
            origin=Origin(source=check_in_service.SOURCE),
            now=now,
        )
    )
    return done.added
