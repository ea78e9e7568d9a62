"""What becomes of somebody who says “I am here”: a claim that stands or waits, or a refusal, which is kept as well.

The two unique indexes decide between claims that come at the same moment: one of each person and one of each device
stands at a session. Whoever closes check-in waits for the claims that have begun, so none is lost on the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.attendance import check_in_queries as queries
from lms.attendance import check_in_rules as rules
from lms.attendance.check_in_models import CheckInClaim
from lms.attendance.check_in_queries import Place
from lms.db import new_id
from lms.people import queries as people
from lms.people import service as accounts

SECOND_DEVICE, SHARED_DEVICE = "second_device", "shared_device"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimant:
    """Who claims, on which device (`device` is its name), and from which address."""

    organisation_id: int
    account_id: UUID
    participant_id: UUID
    device_id: UUID
    device: str
    address: str

    @property
    def holder(self) -> bytes:
        """For whom a ticket is."""
        return rules.holder(self.account_id, self.device_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of it: `state` is claimed, early, already (one stands) or refused, `why` the code of a refusal.

    `begins_at` is when check-in begins; `place` is None where it is not known at which session somebody meant to be.
    """

    state: str
    why: str = ""
    place: Place | None = None
    begins_at: datetime | None = None


def look(session: Session, *, who: Claimant, text: str, now: datetime) -> tuple[Place, str] | None:
    """The session of a token that is taken, and the ticket by which its bearer may claim within the next minutes.

    None for any other token. Writes nothing. One query.
    """
    found = _by_token(session, who, text, now, hold=False)
    if found.why or found.place is None:
        return None
    made = rules.ticket(
        found.place.secret,
        organisation_id=who.organisation_id,
        session_id=found.place.session_id,
        holder=who.holder,
        now=now,
    )
    return found.place, made


def turn_away(session: Session, *, who: Claimant, text: str, now: datetime) -> Outcome:
    """Keep that somebody came with a token which is not taken."""
    found = _by_token(session, who, text, now)
    if found.place is None:
        return _nowhere(found.why)
    return _refuse(session, who, found.place, "qr", found.why or "late_token", now)


def claim_by_token(session: Session, *, who: Claimant, text: str, now: datetime) -> Outcome:
    """Claim with a token or a ticket."""
    found = _by_token(session, who, text, now)
    if found.place is None:
        return _nowhere(found.why)
    if found.why:
        return _refuse(session, who, found.place, "qr", found.why, now)
    return _claim(session, who, found.place, "qr", now)


def claim_by_code(session: Session, *, who: Claimant, text: str, now: datetime) -> Outcome:
    """Claim with six digits at one of the sessions of somebody's cohorts at which check-in is open.

    Wrong ones count like a wrong password of this account's; raises TooMany while it may not try.
    """
    name = f"check-in {who.account_id}"
    accounts.count_try(session, organisation_id=who.organisation_id, name=name, now=now)
    places = queries.open_places(session, organisation_id=who.organisation_id, participant_id=who.participant_id)
    typed = rules.typed_code(text)
    right = [one for one in places if typed is not None and _is_code(typed, who, one, now)]
    if not right:
        return _refuse(session, who, places[0], "code", "wrong_code", now) if places else _nowhere("wrong_code")
    place = _place(session, who, right[0].session_id)
    found = _nowhere("wrong_code") if place is None else _claim(session, who, place, "code", now)
    # The code of a session at which one is checked in already opens no endless tries at that of another.
    if found.state in ("claimed", "early"):
        accounts.forget_failures(session, organisation_id=who.organisation_id, names=[name])
    return found


def _is_code(typed: str, who: Claimant, place: Place, now: datetime) -> bool:
    return rules.is_code(
        typed, secret=place.secret, organisation_id=who.organisation_id, session_id=place.session_id, now=now
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Meant:
    """The session that a token is for, None where there is none of this organisation's, and why it is not taken."""

    place: Place | None
    why: str


def _by_token(session: Session, who: Claimant, text: str, now: datetime, *, hold: bool = True) -> _Meant:
    sent = rules.read(text)
    if sent is None or sent.organisation_id != who.organisation_id:
        return _Meant(place=None, why="bad_token")
    place = _place(session, who, sent.session_id, hold=hold)
    if place is None:
        return _Meant(place=None, why="bad_token")
    return _Meant(place=place, why=rules.token_problem(sent, secret=place.secret, holder=who.holder, now=now))


def _place(session: Session, who: Claimant, session_id: UUID, *, hold: bool = True) -> Place | None:
    return queries.place(
        session,
        organisation_id=who.organisation_id,
        session_id=session_id,
        participant_id=who.participant_id,
        hold=hold,
    )


def _nowhere(why: str) -> Outcome:
    """Refused without a session at which it could be kept."""
    return Outcome(state="refused", why=why)


def _claim(session: Session, who: Claimant, place: Place, how: str, now: datetime) -> Outcome:
    state, why = rules.verdict(place.standing, place.rules, address=who.address, at=now)
    if state == "refused":
        return _refuse(session, who, place, how, why, now)
    if _add(session, who, place, how, now, state=state):
        return _told(state, "", place)
    return _met(session, who, place, how, now)


def _met(session: Session, who: Claimant, place: Place, how: str, now: datetime) -> Outcome:
    """Another claim stands in the way: this person's own, or that of somebody else with the same device."""
    standing = _standing(session, who, place)
    mine = next((one for one in standing if one.participant_id == who.participant_id), None)
    shared = [one for one in standing if one.participant_id != who.participant_id]
    for one in shared:
        one.flags = rules.with_flag(one.flags, SHARED_DEVICE)
    if mine is not None and mine.device_id != who.device_id:
        mine.flags = rules.with_flag(mine.flags, SECOND_DEVICE)
    why = "device_used" if shared else SECOND_DEVICE if mine and mine.device_id != who.device_id else ""
    if why:
        _keep(session, who, place, how, why, now)
    return _told("refused" if mine is None else "already", why, place)


def _refuse(session: Session, who: Claimant, place: Place, how: str, why: str, now: datetime) -> Outcome:
    """Keep a refusal; whoever has checked in already on this very device only looks once more."""
    if any(_is_same(one, who) for one in _standing(session, who, place)):
        return _told("already", "", place)
    _keep(session, who, place, how, why, now)
    return _told("refused", why, place)


def _is_same(claim: CheckInClaim, who: Claimant) -> bool:
    return (claim.participant_id, claim.device_id) == (who.participant_id, who.device_id)


def _standing(session: Session, who: Claimant, place: Place) -> Sequence[CheckInClaim]:
    return queries.standing_claims(
        session,
        organisation_id=who.organisation_id,
        session_id=place.session_id,
        participant_id=who.participant_id,
        device_id=who.device_id,
    )


def _told(state: str, why: str, place: Place) -> Outcome:
    begins_at = place.rules.check_in_window(place.standing.starts_at)[0]
    return Outcome(state=state, why=why, place=place, begins_at=begins_at)


def _keep(session: Session, who: Claimant, place: Place, how: str, why: str, now: datetime) -> None:
    """Keep a refusal, while somebody has few enough of them at this session; whoever counts waits for others."""
    people.lock_participants(session, organisation_id=who.organisation_id, participant_ids=[who.participant_id])
    kept = queries.refusals(
        session, organisation_id=who.organisation_id, session_id=place.session_id, participant_id=who.participant_id
    )
    if kept < rules.MOST_REFUSALS:
        _add(session, who, place, how, now, state="refused", why=why)


def _add(session: Session, who: Claimant, place: Place, how: str, now: datetime, *, state: str, why: str = "") -> bool:
    """Add a claim; False where one of this person's, or by this device, stands already."""
    values = {
        "organisation_id": who.organisation_id,
        "id": new_id(),
        "session_id": place.session_id,
        "participant_id": who.participant_id,
        "claimed_at": now,
        "how": how,
        "device_id": who.device_id,
        "device": who.device,
        "address": who.address,
        "state": state,
        "why": why,
        "flags": "",
    }
    return session.execute(_adding(session.get_bind().dialect.name), values).one_or_none() is not None


@cache
def _adding(dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Made once, since a crowd claims within a minute."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table: Any = CheckInClaim.__table__
    adding: Any = insert(table)
    found: postgresql.Insert | sqlite.Insert = adding.on_conflict_do_nothing().returning(table.c.id)
    return found
