"""A cohort at its end, and short ways to decide in it.

At `LATER` Ani and Dedi are eligible, Budi was absent more often than allowed, and of Citra nothing is known.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.db import new_id
from lms.decisions import queries, service
from lms.decisions.rules import NOT_PASSED, PASSED, Case, Said
from lms.decisions.service import About
from lms.programme import queries as programmes
from lms.progress import service as progress
from lms.progress.rules import Evidence, assessment_unit
from tests.dashboards.facts import MODULE_1, MODULE_2
from tests.world import NOW, START, World

LATER = NOW + timedelta(days=4)
"""2026-03-16 08:00 in the cohort."""
TOMORROW = date(2026, 3, 17)
GROUNDS = "Tidak hadir lebih dari yang diizinkan."


def complete(world: World) -> None:
    """Everything but Citra's is done."""
    done = [("Ani", "SEM-A", "hadir"), ("Budi", "SEM-A", "alpa"), ("Dedi", "SEM-B", "hadir")]
    evidence = [one for name, seminar, status in done for one in _everything(world, name, seminar, status)]
    with world.transaction() as session:
        progress.record(session, organisation_id=world.sukabumi, evidence=evidence, now=LATER)


def _everything(world: World, name: str, seminar: str, status: str) -> Iterator[progress.NewEvidence]:
    """Both modules and the project, present at the seminar and with this status at the other sessions."""
    who = world.participant(name)
    marks = {"S01": status, "S02": status, seminar: "hadir"}
    told: list[dict[str, Any]] = [
        *({"kind": "module", "unit": one, "score": Decimal(90), "completed": True} for one in (MODULE_1, MODULE_2)),
        *({"kind": "session", "unit": str(world.session_id(one)), "status": mark} for one, mark in marks.items()),
        {"kind": "assessment", "unit": assessment_unit(world.cohort, "project"), "score": Decimal(85)},
    ]
    sources = {"module": "xapi", "session": "mark", "assessment": "entry"}
    for one in told:
        moment = START + timedelta(days=2) if one["kind"] == "module" else None
        found = Evidence(
            **one,
            source=sources[one["kind"]],
            source_id=new_id(),
            occurred_at=moment,
            recorded_at=NOW - timedelta(hours=1),
        )
        yield progress.NewEvidence(participant_id=who, evidence=found)


def about(world: World, name: str = "Ani") -> About:
    return About(organisation_id=world.sukabumi, cohort_id=world.cohort, participant_id=world.participant(name))


def case_of(world: World, name: str = "Ani", *, now: datetime = LATER) -> Case:
    of = about(world, name)
    with world.reading() as session:
        cohort = programmes.cohort_by_id(session, organisation_id=of.organisation_id, cohort_id=of.cohort_id)
        return queries.looked(
            session, organisation_id=of.organisation_id, cohort=cohort, participant_id=of.participant_id, now=now
        ).case


def decide(
    world: World, name: str = "Ani", outcome: str = PASSED, *, by: str = "manager", now: datetime = LATER, **said: Any
) -> UUID:
    """Decide from what stands, as the manager or as another one."""
    of, seen, account = about(world, name), case_of(world, name, now=now).seen, world.account("manager", name=by)
    told = Said(outcome=outcome, grounds=said.pop("grounds", GROUNDS), **said)
    with world.transaction() as session:
        return service.decide(session, about=of, said=told, seen=seen, made_by=account, now=now)


def propose(world: World, name: str = "Budi") -> UUID:
    return decide(world, name, NOT_PASSED)


def second(world: World, name: str = "Budi", *, by: str = "rekan", now: datetime = LATER) -> None:
    of, seen, account = about(world, name), case_of(world, name, now=now).seen, world.account("manager", name=by)
    with world.transaction() as session:
        service.second(session, about=of, seen=seen, seconded_by=account, now=now)
