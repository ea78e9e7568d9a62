"""Short ways to override, and to read what stands."""

from datetime import datetime
from typing import Any
from uuid import UUID

from lms.overrides import queries, service
from lms.overrides.rules import Override, Said
from lms.progress import queries as progress
from lms.progress.rules import Result, assessment_unit
from tests.dashboards.facts import MODULE_1
from tests.world import NOW, World

REASON = "Nilai dari server lama hilang; lembar hasil sudah diperiksa."


def unit_of(world: World, kind: str) -> str:
    """The key of a unit of each kind: Modul 1, Pembukaan, Proyek."""
    keys = {"module": MODULE_1, "session": str(world.session_id("S01"))}
    return keys.get(kind) or assessment_unit(world.cohort, "project")


def override(world: World, kind: str = "assessment", *, name: str = "Ani", now: datetime = NOW, **values: Any) -> UUID:
    """Override a unit as the manager; `values` are what it says and any other argument."""
    said = Said(**{key: values.pop(key) for key in ("score", "done", "status") if key in values})
    given: dict[str, Any] = {
        "organisation_id": world.sukabumi,
        "cohort_id": world.cohort,
        "participant_id": world.participant(name),
        "unit": unit_of(world, kind),
        "reason": REASON,
        "made_by": world.account("manager"),
    } | values
    with world.transaction() as session:
        return service.override_unit(session, kind=kind, said=said, now=now, **given)


def withdraw(world: World, override_id: UUID, *, now: datetime = NOW, **values: Any) -> None:
    """Withdraw it as the manager."""
    given: dict[str, Any] = {
        "organisation_id": world.sukabumi,
        "cohort_id": world.cohort,
        "reason": "Lembar hasil ternyata milik orang lain.",
        "withdrawn_by": world.account("manager"),
    } | values
    with world.transaction() as session:
        service.withdraw(session, override_id=override_id, now=now, **given)


def overrides_of(world: World, kind: str, *, name: str = "Ani") -> tuple[Override, ...]:
    """A unit's overrides, the newest first."""
    about = {"cohort_id": world.cohort, "participant_id": world.participant(name), "unit": unit_of(world, kind)}
    with world.reading() as session:
        return queries.of_unit(session, organisation_id=world.sukabumi, kind=kind, **about)


def result_of(world: World, *, name: str = "Ani", cohort_id: UUID | None = None, as_of: datetime = NOW) -> Result:
    """Somebody's result with all its steps."""
    about = {"cohort_id": cohort_id or world.cohort, "participant_id": world.participant(name)}
    with world.reading() as session:
        return progress.result_of(session, organisation_id=world.sukabumi, as_of=as_of, **about)
