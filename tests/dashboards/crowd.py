"""A cohort of many invented people, with figures that tie, differ by a hundredth, or are not there."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from lms.db import db
from lms.programme import service as programme
from lms.programme.models import Enrolment
from lms.progress import service as progress
from lms.progress.models import ComponentRow, ResultRow
from tests.world import START, World

NAMES = (
    "Ani",
    "ani",
    "ANI",
    "Budi",
    "b u d i",
    "Budi-2",
    "Citra_",
    "%",
    "Dédé",
    "dede",
    "Élise",
    "Zaenal",
    "Óscar",
    "_",
)
FIGURES = (None, Decimal("0.00"), Decimal("70.00"), Decimal("70.01"), Decimal("9.99"), Decimal("100.00"))
STATUSES = ("in_progress", "review", "eligible")
REASONS = ("", "absence.days", "absence.days module.closed", "pass.below", "module.closed")


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """What a test knows of one person of the crowd."""

    participant_id: UUID
    identifier: str
    name: str
    group: str
    category: str
    position: int
    status: str
    reasons: str
    of_all: Decimal | None
    completion: Decimal | None
    mooc: Decimal | None


def add_cohort(world: World, code: str, size: int) -> UUID:
    """A cohort of so many people in groups A, B and none, folded."""
    _ = world.programme
    with world.transaction() as session:
        cohort = programme.add_cohort(
            session,
            organisation_id=world.sukabumi,
            programme_code="contoh",
            code=code,
            name=f"Angkatan {code}",
            starts_at=START,
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={},
            now=START,
        )
        rows = [
            programme.NewEnrolment(
                identifier=f"{code}-{number:05}",
                name=f"{NAMES[number % len(NAMES)]}",
                email="",
                group=("A", "B", "")[number % 3],
                category=("", "tenaga teknis", "tenaga kesehatan")[number % 4 % 3],
                unit="",
            )
            for number in range(size)
        ]
        programme.enrol(session, organisation_id=world.sukabumi, cohort_id=cohort, rows=rows, now=START)
        progress.refold(session, organisation_id=world.sukabumi, cohort_id=cohort, now=START)
    return cohort


def give_figures(world: World, cohort_id: UUID, seed: int) -> list[Somebody]:
    """Random figures, statuses and reasons for everybody; what the list then has to show, in the file's order."""
    dice = random.Random(seed)  # noqa: S311  (a test that can be run again, not a secret)
    with world.transaction() as session:
        found = session.execute(
            select(Enrolment.participant_id, Enrolment.position)
            .where(Enrolment.organisation_id == world.sukabumi, Enrolment.cohort_id == cohort_id)
            .order_by(Enrolment.position)
        ).all()
        crowd = [_somebody(row.participant_id, row.position, dice) for row in found]
        for one in crowd:
            _write(session, world.sukabumi, cohort_id, one)
    return crowd


def _somebody(participant_id: UUID, number: int, dice: random.Random) -> Somebody:
    return Somebody(
        participant_id=participant_id,
        identifier=f"{number:05}",
        name=NAMES[number % len(NAMES)],
        group=("A", "B", "")[number % 3],
        category=("", "tenaga teknis", "tenaga kesehatan")[number % 4 % 3],
        position=number,
        status=dice.choice(STATUSES),
        reasons=dice.choice(REASONS),
        of_all=dice.choice(FIGURES),
        completion=dice.choice(FIGURES),
        mooc=dice.choice(FIGURES),
    )


def _write(session: Session, organisation_id: int, cohort_id: UUID, one: Somebody) -> None:
    def of(table: Any) -> Any:
        return (
            (table.organisation_id == organisation_id)
            & (table.cohort_id == cohort_id)
            & (table.participant_id == one.participant_id)
        )

    given = {"of_all": one.of_all, "completion": one.completion, "status": one.status, "reasons": one.reasons}
    session.execute(update(ResultRow).where(of(ResultRow)).values(**given, valid_until=None))
    mooc = update(ComponentRow).where(of(ComponentRow), ComponentRow.path == "mooc")
    session.execute(mooc.values(of_all=one.mooc))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement that is executed meanwhile, in an app context that the caller has."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
