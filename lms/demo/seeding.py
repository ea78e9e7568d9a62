"""Brings the story in through the services, as its people would. Each step is whole or not there at all.

So a demo that was interrupted goes on where it stopped, and one that is complete stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.demo.people import GROUPS
from lms.demo.rules import RUNNING, ZONE, todays_meeting
from lms.demo.values import Attended, Batch, Meeting, Person, Scored
from lms.people import queries as people_queries
from lms.people import service as people
from lms.people.rules import ADMIN, AUDITOR, FACILITATOR, MANAGER, PARTICIPANT
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.rules import Module, modules, parse_programme
from lms.progress import service as progress

T = TypeVar("T")
SLUG, NAME = "sukabumi-contoh", "Kota Sukabumi (contoh)"
PASSWORD = "contoh saja bukan rahasia"  # noqa: S105  (it is printed: the demo has no secrets)
PROGRAMME = (Path(__file__).parent / "programme.toml").read_text(encoding="utf-8")
PROGRAMME_CODE = "latsar-contoh"
ENTRANTS = 6
"""How many of the running batch can sign in: the first few, among whom is somebody of every kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Staff:
    """Somebody of the staff; `groups` are those that a facilitator marks, in every batch."""

    role: str
    name: str
    email: str
    groups: Sequence[str] = ()


STAFF = (
    Staff(role=ADMIN, name="Admin Contoh", email="admin@sukabumi.example"),
    Staff(role=MANAGER, name="Penyelenggara Contoh", email="manager@sukabumi.example"),
    Staff(role=FACILITATOR, name="Fasilitator Satu", email="facilitator@sukabumi.example", groups=GROUPS[:2]),
    Staff(role=FACILITATOR, name="Fasilitator Dua", email="facilitator2@sukabumi.example", groups=GROUPS[2:]),
    Staff(role=AUDITOR, name="Pengawas Contoh", email="auditor@sukabumi.example"),
)


def programme_modules() -> tuple[Module, ...]:
    """The modules of the demo's programme."""
    return tuple(modules(parse_programme(PROGRAMME)))


def add_house(session: Session, *, slug: str = SLUG, name: str = NAME, now: datetime) -> int:
    """The organisation with its staff and its programme, whose id is returned; as it is, if it is there."""
    known = next((one.id for one in people_queries.organisations(session) if one.slug == slug), None)
    if known is not None:
        return known
    organisation_id = people.add_organisation(session, slug=slug, name=name, now=now)
    for one in STAFF:
        people.add_account(
            session,
            organisation_id=organisation_id,
            role=one.role,
            name=one.name,
            email=one.email,
            password=PASSWORD,
            now=now,
        )
    programme.publish(session, organisation_id=organisation_id, text=PROGRAMME, published_by=None, now=now)
    return organisation_id


def began(session: Session, *, organisation_id: int) -> datetime | None:
    """When the running batch that is there began; None if it is not there yet.

    That is when its first session began: the start of the cohort may have been changed since, and what the MOOC sent
    would be sent again with other dates.
    """
    found = programmes.find_cohort(session, organisation_id=organisation_id, code=RUNNING)
    if found is None:
        return None
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=found.id)
    return min((one.starts_at for one in timetable), default=found.starts_at)


def is_of_story(session: Session, *, organisation_id: int, batch: Batch) -> bool:
    """Whether the batch that is there, if it is, holds the people that this one tells of."""
    found = programmes.find_cohort(session, organisation_id=organisation_id, code=batch.code)
    if found is None:
        return True
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=found.id)
    return {person.identifier for person in batch.people} <= {one.identifier for one in roster}


def add_batch(session: Session, *, organisation_id: int, batch: Batch, now: datetime) -> bool:
    """A batch with all that happened to it in classrooms; returns False, and does nothing, if it is there."""
    if programmes.find_cohort(session, organisation_id=organisation_id, code=batch.code) is not None:
        return False
    cohort_id = _add_cohort(session, organisation_id, batch, now)
    ids = _enrol(session, organisation_id, cohort_id, batch, now)
    _add_meetings(session, organisation_id, cohort_id, batch.meetings, now)
    marked_by = _assign(session, organisation_id, batch, now)
    _take_registers(session, organisation_id, cohort_id, batch, ids, marked_by)
    _enter_scores(session, organisation_id, cohort_id, batch, ids, marked_by)
    # Each mark was folded as of its own day.
    progress.refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    return True


def add_entrants(session: Session, *, organisation_id: int, batch: Batch, now: datetime) -> None:
    """Accounts for the first few people of a batch."""
    first = batch.people[:ENTRANTS]
    ids = people_queries.participants_by_identifier(
        session, organisation_id=organisation_id, identifiers=[person.identifier for person in first]
    )
    for person in first:
        people.add_account(
            session,
            organisation_id=organisation_id,
            role=PARTICIPANT,
            name=person.name,
            participant_id=ids[person.identifier],
            password=PASSWORD,
            now=now,
        )


def add_todays_meeting(session: Session, *, organisation_id: int, now: datetime) -> bool:
    """A meeting today, for whoever tries the demo to mark; returns whether it is new."""
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=RUNNING)
    meeting = todays_meeting(now)
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort.id)
    if any(one.code == meeting.code for one in timetable):
        return False
    _add_meetings(session, organisation_id, cohort.id, [meeting], now)
    progress.refold(session, organisation_id=organisation_id, cohort_id=cohort.id, now=now)
    return True


def _add_cohort(session: Session, organisation_id: int, batch: Batch, now: datetime) -> UUID:
    return programme.add_cohort(
        session,
        organisation_id=organisation_id,
        programme_code=PROGRAMME_CODE,
        code=batch.code,
        name=batch.name,
        starts_at=batch.starts_at,
        ends_at=batch.ends_at,
        time_zone=ZONE,
        targets=batch.targets,
        now=now,
    )


def _enrol(session: Session, organisation_id: int, cohort_id: UUID, batch: Batch, now: datetime) -> dict[str, UUID]:
    """The ids of the batch's people by identifier."""
    rows = [_enrolment(person) for person in batch.people]
    programme.enrol(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=now)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return {person.identifier: person.participant_id for person in roster}


def _enrolment(person: Person) -> programme.NewEnrolment:
    return programme.NewEnrolment(
        identifier=person.identifier,
        name=person.name,
        email=person.email,
        group=person.group,
        category=person.category,
        unit=person.unit,
    )


def _add_meetings(
    session: Session, organisation_id: int, cohort_id: UUID, meetings: Iterable[Meeting], now: datetime
) -> None:
    rows = [
        programme.NewSession(
            code=one.code,
            title=one.title,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            jp=one.jp,
            group=one.group,
            room="Aula" if one.group is None else f"Ruang {one.group}",
        )
        for one in meetings
    ]
    programme.add_sessions(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=now)


def _assign(session: Session, organisation_id: int, batch: Batch, now: datetime) -> dict[str, UUID]:
    """Give the facilitators their groups, and return who marks whom: accounts by the identifier of a participant."""
    known = programmes.facilitator_accounts(session, organisation_id=organisation_id)
    accounts = {account.email: account.id for account in known}
    has = {person.group for person in batch.people}
    by_group: dict[str, UUID] = {}
    for one in STAFF:
        if one.email not in accounts:
            continue
        groups = [group for group in one.groups if group in has]
        by_group |= dict.fromkeys(groups, accounts[one.email])
        programme.assign_facilitator(
            session,
            organisation_id=organisation_id,
            account_id=accounts[one.email],
            groups=[f"{batch.code}/{group}" for group in groups],
            now=now,
        )
    return {person.identifier: by_group[person.group] for person in batch.people if person.group in by_group}


def _take_registers(
    session: Session,
    organisation_id: int,
    cohort_id: UUID,
    batch: Batch,
    ids: Mapping[str, UUID],
    marked_by: Mapping[str, UUID],
) -> None:
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    meetings = {one.code: one for one in timetable}
    registers = _grouped((one, (one.meeting, marked_by.get(one.identifier))) for one in batch.attended)
    for (code, account), rows in registers.items():
        attendance.take_register(
            session,
            organisation_id=organisation_id,
            session_id=meetings[code].id,
            marks=[_mark(one, ids) for one in rows],
            recorded_by=account,
            source="register",
            now=meetings[code].ends_at,
        )


def _mark(one: Attended, ids: Mapping[str, UUID]) -> attendance.NewMark:
    return attendance.NewMark(
        participant_id=ids[one.identifier], status=one.status, minutes_late=one.minutes_late, remark=one.remark
    )


def _enter_scores(
    session: Session,
    organisation_id: int,
    cohort_id: UUID,
    batch: Batch,
    ids: Mapping[str, UUID],
    marked_by: Mapping[str, UUID],
) -> None:
    grids = _grouped((one, (one.given_at, marked_by.get(one.identifier))) for one in batch.scored)
    for (given_at, account), rows in grids.items():
        assessment.enter(
            session,
            organisation_id=organisation_id,
            cohort_id=cohort_id,
            entries=[_entry(one, ids) for one in rows],
            recorded_by=account,
            source="grid",
            now=given_at,
        )


def _entry(one: Scored, ids: Mapping[str, UUID]) -> assessment.NewEntry:
    return assessment.NewEntry(path=one.path, participant_id=ids[one.identifier], score=one.score)


K = TypeVar("K")


def _grouped(pairs: Iterable[tuple[T, K]]) -> dict[K, list[T]]:
    """What belongs to each key, keys and things in the order in which they come."""
    found: dict[K, list[T]] = defaultdict(list)
    for thing, key in pairs:
        found[key].append(thing)
    return found
