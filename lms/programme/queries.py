"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with what is found."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.db import among
from lms.errors import N_, NotFound
from lms.programme.calendar_queries import CalendarReader, calendar_made_at, calendar_reader, calendar_sessions
from lms.programme.cohort_queries import (
    SESSION_STATE,
    count,
    enrolments_of,
    facilitated,
    facilitator_accounts,
    facilitators,
    group_ids,
    groups,
    groups_of,
    how_many,
    own_group_ids,
    roster,
    same,
    timetable,
    timetables,
)
from lms.programme.draft_queries import Draft, DraftEntry, draft, draft_entries, draft_text
from lms.programme.models import Cohort, CohortGroup, CohortTarget, Enrolment, ProgrammeModule, ProgrammeVersion
from lms.programme.move_queries import Move, moves
from lms.programme.rows import (
    CohortEntry,
    CohortInfo,
    Enrolled,
    EnrolmentOf,
    Facilitates,
    FacilitatorAccount,
    Group,
    SessionChangeInfo,
    TimetableSession,
    Version,
    VersionEntry,
)
from lms.programme.rules import Programme, parse_programme
from lms.programme.session_queries import (
    facilitators_of_sessions,
    session_changes,
    session_facilitators,
    sessions_facilitated,
)

__all__ = [
    "SESSION_STATE",
    "CalendarReader",
    "CohortEntry",
    "CohortInfo",
    "Draft",
    "DraftEntry",
    "Enrolled",
    "EnrolmentOf",
    "Facilitates",
    "FacilitatorAccount",
    "Group",
    "Move",
    "SessionChangeInfo",
    "TimetableSession",
    "Version",
    "VersionEntry",
    "calendar_made_at",
    "calendar_reader",
    "calendar_sessions",
    "cohort_by_code",
    "cohort_by_id",
    "cohorts",
    "cohorts_by_id",
    "draft",
    "draft_entries",
    "draft_text",
    "enrolments_of",
    "facilitator_accounts",
    "facilitators",
    "facilitators_of_sessions",
    "find_cohort",
    "find_version",
    "group_ids",
    "groups",
    "groups_of",
    "how_many",
    "known_modules",
    "lock_cohort",
    "moves",
    "own_group_ids",
    "programme_of",
    "programmes_of",
    "roster",
    "session_changes",
    "session_facilitators",
    "sessions_facilitated",
    "timetable",
    "timetables",
    "version",
    "version_numbers",
    "versions",
]

# A version never changes, so its parsed file may be kept by its text.
parsed = lru_cache(maxsize=128)(parse_programme)


# Programmes


def versions(session: Session, *, organisation_id: int) -> list[VersionEntry]:
    """Every published version, by code, the newest first. One query."""
    running = count(Cohort, Cohort.programme_version_id == ProgrammeVersion.id, organisation_id)
    rows = session.execute(
        select(
            ProgrammeVersion.id,
            ProgrammeVersion.code,
            ProgrammeVersion.version,
            ProgrammeVersion.title,
            ProgrammeVersion.published_at,
            running.label("cohorts"),
        )
        .where(ProgrammeVersion.organisation_id == organisation_id)
        .order_by(ProgrammeVersion.code, ProgrammeVersion.version.desc())
    )
    return [VersionEntry(**row._asdict()) for row in rows]


def version(session: Session, *, organisation_id: int, code: str, version: int | None = None) -> Version:
    """One version of a programme, the newest without a number; raises NotFound. One query."""
    found = find_version(session, organisation_id=organisation_id, code=code, version=version)
    if found is None and version is None:
        raise NotFound(N_("There is no programme %(code)s."), code=code)
    if found is None:
        raise NotFound(N_("There is no version %(version)s of programme %(code)s."), code=code, version=version)
    return found


def find_version(session: Session, *, organisation_id: int, code: str, version: int | None = None) -> Version | None:
    """One version of a programme, the newest without a number, or None. One query."""
    wanted = select(*(getattr(ProgrammeVersion, name) for name in Version.__dataclass_fields__))
    wanted = wanted.where(ProgrammeVersion.organisation_id == organisation_id, ProgrammeVersion.code == code)
    if version is not None:
        wanted = wanted.where(ProgrammeVersion.version == version)
    row = session.execute(wanted.order_by(ProgrammeVersion.version.desc()).limit(1)).one_or_none()
    return None if row is None else Version(**row._asdict())


def version_numbers(session: Session, *, organisation_id: int, code: str) -> list[int]:
    """The numbers of a programme's versions, the newest first; none of a programme that is not there. One query."""
    wanted = select(ProgrammeVersion.version).where(
        ProgrammeVersion.organisation_id == organisation_id, ProgrammeVersion.code == code
    )
    return list(session.scalars(wanted.order_by(ProgrammeVersion.version.desc())))


def programme_of(session: Session, *, organisation_id: int, version_id: UUID) -> Programme:
    """What a published version says. One query."""
    return programmes_of(session, organisation_id=organisation_id, version_ids=[version_id])[version_id]


def programmes_of(session: Session, *, organisation_id: int, version_ids: Collection[UUID]) -> dict[UUID, Programme]:
    """What several published versions say, by their ids. One query."""
    rows = session.execute(
        select(ProgrammeVersion.id, ProgrammeVersion.content).where(
            ProgrammeVersion.organisation_id == organisation_id, ProgrammeVersion.id.in_(version_ids)
        )
    )
    return {row.id: parsed(row.content) for row in rows}


def known_modules(session: Session, *, organisation_id: int, iris: Collection[str]) -> set[str]:
    """Those of the IRIs that are modules of a published version. One query."""
    wanted = select(ProgrammeModule.iri).where(
        ProgrammeModule.organisation_id == organisation_id, among(session, ProgrammeModule.iri, iris)
    )
    return set(session.scalars(wanted))


# Cohorts


def cohorts(session: Session, *, organisation_id: int, facilitator_id: UUID | None = None) -> list[CohortEntry]:
    """Every cohort, the one that starts last first; with a facilitator, those in which they mark a group. One query."""
    people = count(Enrolment, Enrolment.cohort_id == Cohort.id, organisation_id)
    wanted = (
        select(
            Cohort.id,
            Cohort.code,
            Cohort.name,
            ProgrammeVersion.code.label("programme_code"),
            ProgrammeVersion.version.label("programme_version"),
            ProgrammeVersion.title.label("programme_title"),
            Cohort.starts_at,
            Cohort.ends_at,
            Cohort.time_zone,
            people.label("participants"),
        )
        .join(ProgrammeVersion, same(ProgrammeVersion, Cohort, id="programme_version_id"))
        .where(Cohort.organisation_id == organisation_id)
        .order_by(Cohort.starts_at.desc(), Cohort.code)
    )
    if facilitator_id is not None:
        wanted = wanted.where(Cohort.id.in_(facilitated(organisation_id, facilitator_id, CohortGroup.cohort_id)))
    return [CohortEntry(**row._asdict()) for row in session.execute(wanted)]


def cohort_by_code(session: Session, *, organisation_id: int, code: str) -> CohortInfo:
    """The cohort with this code; raises NotFound. Two queries."""
    found = find_cohort(session, organisation_id=organisation_id, code=code)
    if found is None:
        raise NotFound(N_("There is no cohort %(code)s."), code=code)
    return found


def find_cohort(session: Session, *, organisation_id: int, code: str) -> CohortInfo | None:
    """The cohort with this code, or None. Two queries."""
    return next(iter(_cohorts(session, organisation_id, Cohort.code == code)), None)


def cohort_by_id(session: Session, *, organisation_id: int, cohort_id: UUID) -> CohortInfo:
    """The cohort with this id; raises NotFound. Two queries."""
    found = _cohorts(session, organisation_id, Cohort.id == cohort_id)
    if not found:
        raise NotFound(N_("There is no such cohort."))
    return found[0]


def cohorts_by_id(session: Session, *, organisation_id: int, cohort_ids: Collection[UUID]) -> dict[UUID, CohortInfo]:
    """Several cohorts by their ids; ids that are none are left out. Two queries."""
    return {found.id: found for found in _cohorts(session, organisation_id, Cohort.id.in_(cohort_ids))}


def lock_cohort(session: Session, *, organisation_id: int, cohort_id: UUID) -> None:
    """Let nobody else change this cohort until the transaction ends; raises NotFound. One query."""
    wanted = select(Cohort.id).where(Cohort.organisation_id == organisation_id, Cohort.id == cohort_id)
    if session.execute(wanted.with_for_update(key_share=True)).one_or_none() is None:
        raise NotFound(N_("There is no such cohort."))


def _cohorts(session: Session, organisation_id: int, which: Any) -> list[CohortInfo]:
    columns = [getattr(Cohort, name) for name in CohortInfo.__dataclass_fields__ if name != "targets"]
    rows = session.execute(select(*columns).where(Cohort.organisation_id == organisation_id, which)).all()
    targets: dict[UUID, dict[str, Any]] = {row.id: {} for row in rows}
    wanted = select(CohortTarget.cohort_id, CohortTarget.path, CohortTarget.figure).where(
        CohortTarget.organisation_id == organisation_id, CohortTarget.cohort_id.in_(targets)
    )
    for target in session.execute(wanted.order_by(CohortTarget.path)):
        targets[target.cohort_id][target.path] = target.figure
    return [CohortInfo(**row._asdict(), targets=targets[row.id]) for row in rows]
