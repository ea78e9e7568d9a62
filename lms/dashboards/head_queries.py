"""Which cohort a page is about, with its programme, and whether its figures are still right. Part of `queries`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, select
from sqlalchemy.orm import Session

from lms.errors import N_, NotFound
from lms.programme import queries as programmes
from lms.programme.models import Cohort, CohortTarget, ProgrammeVersion
from lms.programme.rules import Programme, components
from lms.progress.models import ResultRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A cohort with its programme. `targets` are figures by a component's path, the whole's by an empty one."""

    id: UUID
    code: str
    name: str
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str
    programme: Programme
    targets: dict[str, Decimal]
    is_stale: bool

    @property
    def components(self) -> list[tuple[str, str]]:
        """(path, title) of every component, a parent before its own."""
        return [(one.path, one.title) for one in components(self.programme)]

    @property
    def titles(self) -> dict[str, str]:
        """Titles of components by path."""
        return dict(self.components)


def head(session: Session, *, organisation_id: int, code: str, now: datetime) -> Head:
    """The cohort, its programme and targets, and whether the clock has made a result of it wrong.

    One query. Raises NotFound.
    """
    rows = session.execute(_heads(organisation_id, now).where(Cohort.code == code)).all()
    if not rows:
        raise NotFound(N_("There is no cohort %(code)s."), code=code)
    cohort: Cohort = rows[0][0]
    return Head(
        id=cohort.id,
        code=cohort.code,
        name=cohort.name,
        starts_at=cohort.starts_at,
        ends_at=cohort.ends_at,
        time_zone=cohort.time_zone,
        programme=programmes.parsed(rows[0].content),
        targets={row.path: row.figure for row in rows if row.path is not None},
        is_stale=rows[0].is_stale,
    )


def _heads(organisation_id: int, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Cohort,
            ProgrammeVersion.content,
            CohortTarget.path,
            CohortTarget.figure,
            _stale(now).label("is_stale"),
        )
        .join(
            ProgrammeVersion,
            and_(
                ProgrammeVersion.organisation_id == Cohort.organisation_id,
                ProgrammeVersion.id == Cohort.programme_version_id,
            ),
        )
        .outerjoin(
            CohortTarget,
            and_(CohortTarget.organisation_id == Cohort.organisation_id, CohortTarget.cohort_id == Cohort.id),
        )
        .where(Cohort.organisation_id == organisation_id)
    )


def _stale(now: datetime) -> ColumnElement[bool]:
    of_cohort = and_(ResultRow.organisation_id == Cohort.organisation_id, ResultRow.cohort_id == Cohort.id)
    return select(literal(1)).where(of_cohort, ResultRow.valid_until <= now).correlate(Cohort).exists()
