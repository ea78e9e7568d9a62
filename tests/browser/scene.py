"""The world with something of everything in it: statements that count and that wait, marks, scores, links, credentials."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.people import service as people
from lms.programme import service as programme
from lms.xapi import service as xapi
from tests.world import NOW, PASSWORD, START, World
from tests.xapi import lrs

LONG_NAME = "Raden Ajeng Kusumaningrum Wulandari Puspitasari"
NEWCOMER = "199001012026031005"
EARLIER_NOW = NOW.replace(minute=0)


@dataclass(frozen=True)
class Scene:
    """See the module. Ani is well ahead and has a score changed, Budi was absent twice, Dedi has nothing at all."""

    world: World

    def __post_init__(self) -> None:
        self._enrol()
        _ = self.statement_id, self.facilitator_id
        self._send_what_waits()
        self._mark()
        self._score()

    @cached_property
    def statement_id(self) -> str:
        """The id of a statement about Ani's first module; her second attempt, and what Budi did, are sent along."""
        sender = lrs.lrs(self.world)
        first, *_rest = sender.sent(
            lrs.statement(lrs.ANI, lrs.rules.PASSED, result=lrs.score(85)),
            lrs.statement(lrs.ANI, result=lrs.score(92), timestamp="2026-03-11T02:00:00Z"),
            lrs.statement(lrs.BUDI, result=lrs.score(40)),
        )
        return first

    @cached_property
    def facilitator_id(self) -> UUID:
        """The account of the facilitator of group A."""
        return self.world.account("facilitator")

    @cached_property
    def invitation(self) -> str:
        """The path of Citra's open invitation."""
        with self.world.transaction() as session:
            (invited,) = people.invite_participants(
                session,
                organisation_id=self.world.sukabumi,
                participant_ids=[self.world.participant("Citra")],
                now=NOW,
            )
        return invited.path

    @cached_property
    def version_id(self) -> str:
        """The published programme's id."""
        return str(self.world.programme)

    def _enrol(self) -> None:
        """A batch before, whose code has a blank in it, with Ani in it as well; and somebody with a very long name."""
        _ = self.world.cohort
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
            self._enrol_one(session, earlier, lrs.ANI, "Ani Contoh")
            self._enrol_one(session, self.world.cohort, NEWCOMER, LONG_NAME)

    def _enrol_one(self, session: Session, cohort_id: UUID, identifier: str, name: str) -> None:
        row = programme.NewEnrolment(
            identifier=identifier,
            name=name,
            email=f"{identifier}@sukabumi.example",
            group="A",
            category="tenaga kesehatan",
            unit="Dinas Kesehatan",
        )
        about: dict[str, Any] = {"organisation_id": self.world.sukabumi, "cohort_id": cohort_id}
        programme.enrol(session, **about, rows=[row], now=START)
        self.refold(session, cohort_id)

    def refold(self, session: Session, cohort_id: UUID) -> None:
        """Fold the results of a cohort, as whoever enrols people does."""
        from lms.progress import service as progress

        progress.refold(session, organisation_id=self.world.sukabumi, cohort_id=cohort_id, now=START)

    def _send_what_waits(self) -> None:
        lrs.lrs(self.world).sent(
            lrs.statement("siti.tidak.dikenal"),
            lrs.statement("siti.tidak.dikenal", iri=lrs.SECOND),
            lrs.statement(lrs.ANI, iri="https://mooc.example/modul/tidak-dikenal"),
        )

    def _mark(self) -> None:
        for code, status, late in (("S01", "hadir", None), ("S01", "terlambat", 12), ("SEM-A", "hadir", None)):
            self._take(code, {"Ani": status, "Budi": "alpa"}, late)

    def _take(self, code: str, statuses: dict[str, str], late: int | None) -> None:
        marks = [
            attendance.NewMark(
                participant_id=self.world.participant(name),
                status=status,
                minutes_late=late if status == "terlambat" else None,
                remark="Datang pukul 08.12" if status == "terlambat" else "",
            )
            for name, status in statuses.items()
        ]
        session_id = self.world.session_id(code)
        with self.world.transaction() as session:
            attendance.take_register(
                session,
                organisation_id=self.world.sukabumi,
                session_id=session_id,
                marks=marks,
                recorded_by=self.facilitator_id,
                source="register",
                now=NOW,
            )

    def _score(self) -> None:
        for points in (78, 81):
            participant = self.world.participant("Ani")
            entry = assessment.NewEntry(
                path="project",
                participant_id=participant,
                score=Decimal(points),
                remark="Perbaikan setelah sidang",
                dated_at=None,
            )
            with self.world.transaction() as session:
                assessment.enter(
                    session,
                    organisation_id=self.world.sukabumi,
                    cohort_id=self.world.cohort,
                    entries=[entry],
                    recorded_by=self.facilitator_id,
                    source="grid",
                    now=NOW,
                )


def password_for(world: World, account_id: UUID) -> str:
    """Give an account the password of the world, and return it."""
    with world.transaction() as session:
        people.set_password(session, organisation_id=world.sukabumi, account_id=account_id, password=PASSWORD)
    return PASSWORD


def worker(world: World) -> None:
    """What the worker does between two requests; on SQLite it is done as statements come in."""
    with world.transaction() as session:
        dialects = world.app.extensions["dialects"]
        xapi.drain(session, organisation_id=world.sukabumi, dialects=dialects, now=NOW)
