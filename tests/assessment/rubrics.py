"""Short ways to set a rubric for the project of cohort III, and to rate by it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment import queries, rubric_queries, rubric_service
from lms.assessment.queries import Behind
from lms.assessment.rubric_rules import Criterion, Level, Rating, Rubric
from lms.assessment.rules import PastEntry
from tests.world import NOW, World

LEVELS = (Level(label="Kurang", points=Decimal(50)), Level(label="Baik", points=Decimal("82.5")))
RUBRIC = Rubric(
    criteria=(
        Criterion(key="isi", title="Isi", weight=Decimal("62.5"), description="Apa yang dibahas", levels=LEVELS),
        Criterion(key="sikap", title="Sikap", weight=Decimal("37.5")),
    )
)


def set_rubric(world: World, rubric: Rubric = RUBRIC, *, seen: int | None = None, now: datetime = NOW) -> bool:
    """Set it as the manager."""
    by = world.account("manager")
    about = about_project(world)
    with world.transaction() as session:
        return rubric_service.set_rubric(session, **about, rubric=rubric, seen=seen, set_by=by, now=now)


def rate(
    world: World,
    points: Mapping[str, str],
    *,
    by: str = "manager",
    who: str = "Ani",
    version: int = 1,
    seen: UUID | None = None,
    remark: str = "",
    now: datetime = NOW,
) -> bool:
    """Rate somebody as an assessor, who is a manager of this name."""
    given = {key: Decimal(text) for key, text in points.items()}
    assessor, participant = world.account("manager", name=by), world.participant(who)
    about = about_project(world) | {"participant_id": participant, "assessor_id": assessor}
    with world.transaction() as session:
        return rubric_service.rate(session, **about, points=given, remark=remark, version=version, seen=seen, now=now)


def about_project(world: World) -> dict[str, Any]:
    return {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "path": "project"}


def ratings(world: World, who: str = "Ani") -> list[Rating]:
    """All ratings of somebody, the oldest first."""
    participant, about = world.participant(who), about_project(world)
    with world.reading() as session:
        return rubric_queries.ratings_of(session, **about, participant_id=participant).get(participant, [])


def entries(world: World, who: str = "Ani") -> list[PastEntry]:
    """All scores of somebody, in the order in which they count."""
    participant, about = world.participant(who), about_project(world)
    with world.reading() as session:
        return list(queries.entry_history(session, **about, participant_id=participant))


def behind(world: World, who: str = "Ani") -> Mapping[UUID, Behind]:
    """What stands behind each of these."""
    participant, about = world.participant(who), about_project(world)
    with world.reading() as session:
        return queries.behind(session, **about, participant_id=participant)
