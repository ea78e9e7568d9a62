"""Small makers of programmes, cohorts and evidence: a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from lms.programme.rules import AttendanceStatus, Component, Module, Predicate, Programme
from lms.progress.rules import (
    Cohort,
    ComponentResult,
    Evidence,
    Result,
    Session,
    UnitResult,
    assessment_unit,
    flattened,
    result,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
COHORT_ID = UUID(int=7)
IRI = "https://mooc.example/modul/1"

STATUSES = (
    AttendanceStatus(code="hadir", title="Hadir"),
    AttendanceStatus(code="terlambat", title="Terlambat", weight=Decimal("0.5")),
    AttendanceStatus(code="alpa", title="Alpa", weight=Decimal(0), absent=True),
    AttendanceStatus(code="dinas", title="Dinas", weight=Decimal(0), excluded=True),
)
PREDICATES = (
    Predicate(name="Baik", at_least=Decimal("80.01")),
    Predicate(name="Cukup", at_least=Decimal("70.01")),
    Predicate(name="Kurang", at_least=Decimal(0)),
)

_ids = count(1)


def day(days: float, hours: float = 0) -> datetime:
    """A moment so long after the cohort's start."""
    return START + timedelta(days=days, hours=hours)


def a_module(number: int = 1, **given: Any) -> Module:
    return Module(**{"iri": f"https://mooc.example/modul/{number}", "title": f"Modul {number}"} | given)


def modules_part(*modules: Module, key: str = "mooc", weight: int | str = 100) -> Component:
    return Component(key=key, path=key, title=key, weight=Decimal(weight), kind="modules", modules=modules)


def attendance_part(weight: int | str = 0) -> Component:
    return Component(key="hadir", path="hadir", title="hadir", weight=Decimal(weight), kind="attendance")


def assessment_part(key: str = "ujian", weight: int | str = 100) -> Component:
    return Component(key=key, path=key, title=key, weight=Decimal(weight), kind="assessment")


def parent_part(key: str, weight: int | str, *parts: Component) -> Component:
    """A parent whose leaves get their whole path."""
    inside = tuple(
        Component(key=p.key, path=f"{key}.{p.key}", title=p.title, weight=p.weight, kind=p.kind, modules=p.modules)
        for p in parts
    )
    return Component(key=key, path=key, title=key, weight=Decimal(weight), components=inside)


def a_programme(*parts: Component, **given: Any) -> Programme:
    standard = {
        "code": "contoh",
        "title": "Contoh",
        "version": 1,
        "pass_mark": Decimal("70.01"),
        "components": parts,
        "statuses": STATUSES,
        "predicates": PREDICATES,
    }
    return Programme(**standard | given)


def a_session(number: int = 1, **given: Any) -> Session:
    """Session `number` starts so many days after the cohort and is worth 3 JP."""
    standard = {
        "id": UUID(int=1000 + number),
        "code": f"S{number}",
        "title": f"Sesi {number}",
        "starts_at": day(number),
        "ends_at": day(number, 2),
        "jp": Decimal(3),
    }
    return Session(**standard | given)


def a_cohort(*sessions: Session, **given: Any) -> Cohort:
    standard = {"id": COHORT_ID, "starts_at": START, "time_zone": "Asia/Jakarta", "sessions": sessions}
    return Cohort(**standard | given)


def said(at: datetime | None = None, score: int | str | None = None, *, number: int = 1, **given: Any) -> Evidence:
    """What a statement says of module `number`, one day after the start unless told."""
    standard = {
        "kind": "module",
        "unit": f"https://mooc.example/modul/{number}",
        "recorded_at": day(90),
        "source": "xapi",
        "source_id": UUID(int=next(_ids)),
        "occurred_at": day(1) if at is None else at,
        "score": None if score is None else Decimal(score),
    }
    return Evidence(**standard | given)


def marked(session: Session, status: str | None, *, recorded: float = 90, **given: Any) -> Evidence:
    standard = {
        "kind": "session",
        "unit": str(session.id),
        "recorded_at": day(recorded),
        "source": "mark",
        "source_id": UUID(int=next(_ids)),
        "status": status,
    }
    return Evidence(**standard | given)


def entered(score: int | str | None, *, path: str = "ujian", recorded: float = 90, **given: Any) -> Evidence:
    standard = {
        "kind": "assessment",
        "unit": assessment_unit(COHORT_ID, path),
        "recorded_at": day(recorded),
        "source": "assessment",
        "source_id": UUID(int=next(_ids)),
        "score": None if score is None else Decimal(score),
    }
    return Evidence(**standard | given)


def fold(
    programme: Programme,
    *evidence: Evidence,
    cohort: Cohort | None = None,
    group: str | None = None,
    as_of: datetime | None = None,
) -> Result:
    """The result a hundred days after the start unless told."""
    return result(evidence, programme, cohort or a_cohort(), group, day(100) if as_of is None else as_of)


def part(found: Result, path: str) -> ComponentResult:
    return next(one for one in flattened(found.components) if one.path == path)


def only_unit(found: Result) -> UnitResult:
    (unit,) = (unit for one in flattened(found.components) for unit in one.units)
    return unit


def whys(found: Result) -> list[str]:
    """Why each piece of evidence of the only unit does not count, in order; empty where it does."""
    return [weighed.why for weighed in only_unit(found).evidence]
