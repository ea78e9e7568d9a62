"""The world with something of everything in it: statements that count and that wait, marks, scores, links, batches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.people import service as people
from lms.people import sign_in
from lms.programme import service as programme
from lms.progress import service as progress
from lms.xapi import rules
from lms.xapi import service as xapi
from lms.xapi.dialects import Claim
from lms.xapi.projection import TRIES
from tests.world import NOW, PASSWORD, START, World
from tests.xapi import lrs

LONG_NAME = "Raden Ajeng Kusumaningrum Wulandari Puspitasari"
LONG_NAMES_NIP, STRANGERS_NIP = "199001012026031005", "199001012026031009"
PREPARATION = NOW - timedelta(days=2)


@dataclass(frozen=True)
class Scene:
    """See the module. Ani is ahead; a mark and a score of hers were changed. Budi was absent too often.

    Ani's figures of the whole at `NOW`: 87.00 so far, 64.56 of all, 93.15 best possible; 61.33 of all in the modules.
    """

    world: World
    statement_id: str = field(init=False)
    budis_statement_id: str = field(init=False)

    def __post_init__(self) -> None:
        _ = self.world.cohort
        self._enrol(self.world.cohort, LONG_NAMES_NIP, LONG_NAME)
        self.add_sessions(PREPARATION)
        self._add_earlier_cohort()
        self._send()
        self._park(lrs.statement(lrs.CITRA))
        for code, anis in (("PRA-1", "hadir"), ("S01", "hadir"), ("S01", "terlambat"), ("SEM-A", "hadir")):
            self._mark(code, {"Ani": anis, "Budi": "alpa"})
        for score in (78, 81):
            self._score(score)

    @cached_property
    def facilitator_id(self) -> UUID:
        """The account of the facilitator of group A."""
        return self.world.account("facilitator")

    def invite(self, name: str) -> str:
        """The path of a fresh invitation for Ani, Budi, Citra or Dedi."""
        participant = self.world.participant(name)
        with self.world.transaction() as session:
            (invited,) = people.invite_participants(
                session, organisation_id=self.world.sukabumi, participant_ids=[participant], now=NOW
            )
        return invited.path

    def stranger(self) -> UUID:
        """The account of a participant who is in no cohort."""
        about: dict[str, Any] = {"organisation_id": self.world.sukabumi, "now": NOW}
        newcomer = people.NewParticipant(identifier=STRANGERS_NIP, name="Eka Contoh", email="")
        with self.world.transaction() as session:
            ids = people.add_participants(session, people=[newcomer], **about)
            account_id: UUID = people.add_account(
                session, role="participant", name="Eka Contoh", participant_id=ids[STRANGERS_NIP], **about
            )
        return account_id

    def _add_earlier_cohort(self) -> None:
        """Batch II of the year before, whose code has a blank in it; Ani was in it too."""
        with self.world.transaction() as session:
            earlier = programme.add_cohort(
                session,
                organisation_id=self.world.sukabumi,
                programme_code="contoh",
                version=None,
                code="II 2025",
                name="Angkatan II",
                starts_at=START.replace(year=2025),
                ends_at=None,
                time_zone="Asia/Jayapura",
                targets={},
                now=START,
            )
        self._enrol(earlier, lrs.ANI, "Ani Contoh")

    def _enrol(self, cohort_id: UUID, identifier: str, name: str) -> None:
        row = programme.NewEnrolment(
            identifier=identifier,
            name=name,
            email=f"{identifier}@sukabumi.example",
            group="A",
            category="tenaga kesehatan",
            unit="Dinas Kesehatan",
        )
        with self.world.transaction() as session:
            programme.enrol(session, organisation_id=self.world.sukabumi, cohort_id=cohort_id, rows=[row], now=START)
            progress.refold(session, organisation_id=self.world.sukabumi, cohort_id=cohort_id, now=START)

    def add_sessions(self, *starts: datetime) -> None:
        """Sessions of two hours for everybody, with codes PRA-1, PRA-2, ..."""
        rows = [
            programme.NewSession(
                code=f"PRA-{number}",
                title=f"Pra-kelas {number}",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                jp=Decimal(3),
                group="",
            )
            for number, starts_at in enumerate(starts, start=1)
        ]
        about: dict[str, Any] = {"organisation_id": self.world.sukabumi, "cohort_id": self.world.cohort, "now": START}
        with self.world.transaction() as session:
            programme.add_sessions(session, rows=rows, **about)
            progress.refold(session, **about)

    def _send(self) -> None:
        """Two attempts of Ani's, one of Budi's; and what waits for somebody to say whose it is, or about what."""
        first, _second, budis = lrs.lrs(self.world).sent(
            lrs.statement(lrs.ANI, rules.PASSED, result=lrs.score(85)),
            lrs.statement(lrs.ANI, result=lrs.score(92), timestamp="2026-03-11T02:00:00Z"),
            lrs.statement(lrs.BUDI, result=lrs.score(40)),
        )
        lrs.lrs(self.world).sent(
            lrs.statement("siti.guru"),
            lrs.statement("siti.guru", iri=lrs.SECOND),
            lrs.statement(lrs.ANI, iri="https://mooc.example/modul/yang-tidak-dikenal"),
        )
        object.__setattr__(self, "statement_id", first)
        object.__setattr__(self, "budis_statement_id", budis)

    def _park(self, statement: lrs.Statement) -> None:
        """A statement that no dialect can read, however often it is tried."""
        (parked,) = lrs.lrs(self.world).sent(statement)
        about: dict[str, Any] = {"organisation_id": self.world.sukabumi}
        with self.world.transaction() as session:
            xapi.requeue(session, statement_ids=[UUID(parked)], **about)
        for _ in range(TRIES):
            with self.world.transaction() as session:
                xapi.project(session, dialects=(unreadable,), now=NOW, **about)

    def _mark(self, code: str, statuses: Mapping[str, str]) -> None:
        marks = [
            attendance.NewMark(
                participant_id=self.world.participant(name),
                status=status,
                minutes_late=12 if status == "terlambat" else None,
                remark="Datang pukul 08.12" if status == "terlambat" else "",
            )
            for name, status in statuses.items()
        ]
        session_id, facilitator_id = self.world.session_id(code), self.facilitator_id
        with self.world.transaction() as session:
            attendance.take_register(
                session,
                organisation_id=self.world.sukabumi,
                session_id=session_id,
                marks=marks,
                recorded_by=facilitator_id,
                source="register",
                now=NOW,
            )

    def _score(self, score: int) -> None:
        participant, facilitator_id = self.world.participant("Ani"), self.facilitator_id
        entry = assessment.NewEntry(
            path="project",
            participant_id=participant,
            score=Decimal(score),
            remark="Setelah perbaikan",
            dated_at=None,
        )
        with self.world.transaction() as session:
            assessment.enter(
                session,
                organisation_id=self.world.sukabumi,
                cohort_id=self.world.cohort,
                entries=[entry],
                recorded_by=facilitator_id,
                source="grid",
                now=NOW,
            )


def unreadable(statement: Mapping[str, Any]) -> tuple[Claim, ...] | None:
    """A dialect that fails."""
    raise KeyError("https://mooc.example/extensions/attempt")


def password_for(world: World, account_id: UUID) -> str:
    """Give an account the password of the world, and return it."""
    with world.transaction() as session:
        people.set_password(session, organisation_id=world.sukabumi, account_id=account_id, password=PASSWORD)
    return PASSWORD


def cookie_for(world: World, account_id: UUID) -> str:
    """The cookie of a browser in which this account is signed in."""
    client = world.app.test_client()
    with world.reading() as session, client.session_transaction() as cookie:
        cookie["_user_id"] = sign_in.cookie_id(session, organisation_id=world.sukabumi, account_id=account_id)
        cookie["_fresh"] = True
    made = client.get_cookie("padu")
    assert made is not None
    return made.value


def worker(world: World) -> None:
    """What the worker does between two requests; on SQLite it is done as statements come in."""
    with world.transaction() as session:
        dialects = world.app.extensions["dialects"]
        xapi.drain(session, organisation_id=world.sukabumi, dialects=dialects, now=NOW)
