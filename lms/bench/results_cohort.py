"""A cohort with evidence of every kind: nearly every module learnt, every session marked, every score given.

Its people, timetable and statements come in through the services. Marks, scores and overrides are put into their
tables, since each register would fold everybody; the first rebuild makes the evidence of all of it.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from lms.assessment.models import AssessmentEntry
from lms.attendance.models import Mark
from lms.bench.building import AUTHORITY
from lms.bench.sendings import HOME, account
from lms.db import new_id, portions
from lms.overrides.models import UnitOverride
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.xapi import rules as records_rules
from lms.xapi import service as records
from lms.xapi.models import InboxRow

CODE, PROGRAMME = "results", "bench-results"
ZONE = "Asia/Jakarta"
IN_A_GROUP = 40
VERBS = "http://adlnet.gov/expapi/verbs"
ATTEMPTS = ("best", "last", "first", "mean")
SCORED = ("attitude", "design", "work")
STATUSES = (*["hadir"] * 16, "terlambat", "terlambat", "alpa", "dinas")


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large the cohort is."""

    people: int
    modules: int
    sessions: int


def module(number: int) -> str:
    """The IRI of a module."""
    return f"{HOME}/hasil/modul/{number}"


def identifier(number: int) -> str:
    """What a participant is known by."""
    return f"1990{number:014}"


def programme_text(size: Size, *, version: int) -> str:
    """The programme as a file. The second version weighs and counts otherwise, which concerns everybody."""
    academic, work, pass_mark = ("40", "30", "70.01") if version == 1 else ("50", "20", "72.01")
    half = size.modules // 2
    return "\n".join(
        (
            f'code = "{PROGRAMME}"\ntitle = "Results"\nversion = {version}\npass_mark = "{pass_mark}"',
            '[absence_limit]\nsessions = 6\njp = "18"\ndays = 2',
            *(f'[[predicate]]\nname = "{name}"\nfrom = "{edge}"' for name, edge in (("A", "90.01"), ("B", "80.01"))),
            f'[[predicate]]\nname = "C"\nfrom = "{pass_mark}"\n[[predicate]]\nname = "D"\nfrom = "0"',
            '[[attendance_status]]\ncode = "hadir"\n[[attendance_status]]\ncode = "terlambat"\nweight = "0.5"',
            '[[attendance_status]]\ncode = "alpa"\nweight = "0"\nabsent = true',
            '[[attendance_status]]\ncode = "dinas"\nweight = "0"\nexcluded = true',
            f'[[component]]\nkey = "academic"\nweight = "{academic}"',
            '[[component.component]]\nkey = "mooc"\nkind = "modules"\nweight = "50"',
            *(_module(number, version) for number in range(half)),
            '[[component.component]]\nkey = "elearning"\nkind = "modules"\nweight = "50"',
            *(_module(number, version) for number in range(half, size.modules)),
            '[[component]]\nkey = "attendance"\nkind = "attendance"\nweight = "10"',
            '[[component]]\nkey = "attitude"\nkind = "assessment"\nweight = "10"',
            '[[component]]\nkey = "design"\nkind = "assessment"\nweight = "10"',
            f'[[component]]\nkey = "work"\nkind = "assessment"\nweight = "{work}"',
        )
    )


def _module(number: int, version: int) -> str:
    attempts = ATTEMPTS[(number + version - 1) % len(ATTEMPTS)]
    return (
        f'[[component.component.module]]\niri = "{module(number)}"\ntitle = "Modul {number}"\n'
        f'jp = "{1 + number % 4}"\nattempts = "{attempts}"\npass_mark = "60"\ndue_after_days = {number + 7}'
    )


def add_cohort(session: Session, *, organisation_id: int, size: Size, now: datetime) -> None:
    """The programme, its cohort, the people in groups of forty, a session a day, and all that is known of them."""
    began = now.replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=size.sessions + 2)
    programme.publish(
        session, organisation_id=organisation_id, text=programme_text(size, version=1), published_by=None, now=began
    )
    cohort_id = programme.add_cohort(
        session,
        organisation_id=organisation_id,
        programme_code=PROGRAMME,
        code=CODE,
        name="Results",
        starts_at=began,
        ends_at=None,
        time_zone=ZONE,
        targets={},
        now=began,
    )
    rows = [_enrolment(number) for number in range(size.people)]
    programme.enrol(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=began)
    timetable = [_session(number, began) for number in range(size.sessions)]
    programme.add_sessions(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=timetable, now=began)
    _mark(session, organisation_id, cohort_id)
    _score(session, organisation_id, cohort_id, now)
    _override(session, organisation_id, cohort_id, now)


def _enrolment(number: int) -> programme.NewEnrolment:
    group = f"K{number // IN_A_GROUP + 1}"
    return programme.NewEnrolment(
        identifier=identifier(number), name=f"Peserta {number}", email="", group=group, category="", unit=""
    )


def _session(number: int, began: datetime) -> programme.NewSession:
    starts_at = began + timedelta(days=number + 1)
    ends_at = starts_at + timedelta(minutes=135)
    return programme.NewSession(
        code=f"S{number:03}", title=f"Sesi {number}", starts_at=starts_at, ends_at=ends_at, jp=Decimal(3)
    )


def _mark(session: Session, organisation_id: int, cohort_id: UUID) -> None:
    """Everybody at every session, and one in twenty a second time."""
    chance = random.Random(1)  # noqa: S311  (made-up marks)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    for one in programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id):
        marks = [
            {
                "organisation_id": organisation_id,
                "id": new_id(),
                "session_id": one.id,
                "participant_id": person.participant_id,
                "status": chance.choice(STATUSES),
                "source": "register",
                "recorded_at": one.ends_at + timedelta(minutes=turn),
            }
            for person in roster
            for turn in range(2 if chance.random() < 1 / 20 else 1)
        ]
        session.execute(insert(Mark), marks)


def _score(session: Session, organisation_id: int, cohort_id: UUID, now: datetime) -> None:
    """One score of everybody for each assessment."""
    chance = random.Random(2)  # noqa: S311  (made-up scores)
    for person in programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id):
        entries = [
            {
                "organisation_id": organisation_id,
                "id": new_id(),
                "cohort_id": cohort_id,
                "path": path,
                "participant_id": person.participant_id,
                "score": Decimal(chance.randint(5000, 10_000)).scaleb(-2),
                "source": "grid",
                "recorded_at": now,
            }
            for path in SCORED
        ]
        session.execute(insert(AssessmentEntry), entries)


def _override(session: Session, organisation_id: int, cohort_id: UUID, now: datetime) -> None:
    """One module of one in twenty."""
    made_by = programmes.facilitator_accounts(session, organisation_id=organisation_id)[0].id
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    rows = [
        {
            "organisation_id": organisation_id,
            "id": new_id(),
            "cohort_id": cohort_id,
            "participant_id": person.participant_id,
            "kind": "module",
            "unit": module(0),
            "title": "Modul 0",
            "score": Decimal(80),
            "done": True,
            "reason": "Diselesaikan di kelas",
            "made_at": now,
            "made_by": made_by,
        }
        for person in roster[::20]
    ]
    session.execute(insert(UnitOverride), rows)


def learning(who: int, number: int, *, at: datetime, chance: random.Random, verb: str = "completed") -> dict[str, Any]:
    """Somebody is through with a module, with a score."""
    return {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "actor": account(identifier(who)),
        "verb": {"id": f"{VERBS}/{verb}"},
        "object": {"id": module(number)},
        "result": {"score": {"raw": chance.randint(40, 100), "min": 0, "max": 100}},
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
    }


def statements(size: Size, *, now: datetime) -> Iterator[dict[str, Any]]:
    """Everybody at nearly every module, one in six once more; one in fifty statements is voided later."""
    chance = random.Random(3)  # noqa: S311  (made-up statements)
    began = now - timedelta(days=size.sessions)
    for who in range(size.people):
        for number in range(size.modules):
            turns = chance.choice((0, 1, 1, 1, 1, 2))
            for turn in range(turns):
                at = began + timedelta(hours=number * 24 * size.sessions // size.modules + turn, seconds=who)
                verb = "failed" if turn < turns - 1 else "completed"
                one = learning(who, number, at=at, chance=chance, verb=verb)
                yield one
                if chance.random() < 1 / 50:
                    yield _voiding(one, chance)


def _voiding(one: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "actor": one["actor"],
        "verb": {"id": f"{VERBS}/voided"},
        "object": {"objectType": "StatementRef", "id": one["id"]},
    }


def store(session: Session, *, organisation_id: int, sent: list[dict[str, Any]], now: datetime) -> None:
    """Store statements as they would have come; counting them is left to whoever asks for it."""
    for portion in portions(sent):
        content = json.dumps(portion).encode()
        prepared = records_rules.prepare(content, version=records_rules.V1, now=now, authority=AUTHORITY)
        records.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)


def empty_inbox(session: Session, *, organisation_id: int) -> None:
    """The rebuild reads every statement, so none waits to be counted."""
    session.execute(delete(InboxRow).where(InboxRow.organisation_id == organisation_id))
