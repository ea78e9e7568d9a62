"""A few known people and cohorts. Each is made when it is first asked for, so a test names all that it relies on.

Organisations: `sukabumi` (everything below belongs to it, if not said otherwise) and `bandung`, the other one.
Cohort `III` of programme `contoh`, from 2026-03-02 08:00 in Asia/Jakarta, with groups A and B and four participants:
Ani and Budi in A, Citra and Dedi in B. `NOW` is ten days later.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from lms.db import reading, transaction
from lms.people import service as people
from lms.people import sign_in
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.progress import service as progress
from lms.xapi import service as xapi

NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "benar kuda baterai staples"

PROGRAMME = """
code = "contoh"
title = "Pelatihan contoh"
version = 1
pass_mark = "70"

[absence_limit]
sessions = 1

[[predicate]]
name = "Baik"
from = "80"

[[predicate]]
name = "Cukup"
from = "0"

[[attendance_status]]
code = "hadir"

[[attendance_status]]
code = "terlambat"
weight = "0.5"

[[attendance_status]]
code = "alpa"
weight = "0"
absent = true

[[attendance_status]]
code = "dinas luar"
weight = "0"
excluded = true

[[component]]
key = "mooc"
title = "MOOC"
kind = "modules"
weight = "60"

[[component.module]]
iri = "https://mooc.example/modul/1"
title = "Modul 1"
jp = "6"
pass_mark = "70"
due_after_days = 16
url = "https://mooc.example/buka/1"

[[component.module]]
iri = "https://mooc.example/modul/2"
title = "Modul 2"
jp = "3"
closes_after_days = 30

[[component]]
key = "attendance"
title = "Kehadiran"
kind = "attendance"
weight = "10"

[[component]]
key = "project"
title = "Proyek"
kind = "assessment"
weight = "30"
"""

PEOPLE = (
    ("199001012026031001", "Ani Contoh", "ani@sukabumi.example", "A", "tenaga kesehatan"),
    ("199001012026031002", "Budi Contoh", "budi@sukabumi.example", "A", "tenaga teknis"),
    ("199001012026031003", "Citra Contoh", "citra@sukabumi.example", "B", "tenaga pendidik"),
    ("199001012026031004", "Dedi Contoh", "", "B", "tenaga teknis"),
)

SESSIONS = (
    ("S01", "Pembukaan", "2026-03-12T08:00:00+07:00", "2026-03-12T10:15:00+07:00", "3", ""),
    ("S02", "Etika", "2026-03-13T08:00:00+07:00", "2026-03-13T10:15:00+07:00", "3", ""),
    ("SEM-A", "Seminar A", "2026-03-12T13:00:00+07:00", "2026-03-12T16:00:00+07:00", "4", "A"),
    ("SEM-B", "Seminar B", "2026-03-12T13:00:00+07:00", "2026-03-12T16:00:00+07:00", "4", "B"),
)


@dataclass
class World:
    """See the module. Every attribute is an id, ready to be given to a service or a query."""

    app: Flask
    _accounts: dict[tuple[str, str], UUID] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits on return, in an app context of its own."""
        with self.app.app_context(), transaction() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries, in an app context of its own."""
        with self.app.app_context():
            yield reading()

    @cached_property
    def sukabumi(self) -> int:
        """The organisation that the tests are about."""
        return self._organisation("sukabumi", "Kota Sukabumi (contoh)")

    @cached_property
    def bandung(self) -> int:
        """The other organisation, which must never see anything of the first."""
        return self._organisation("bandung", "Kota Bandung (contoh)")

    def _organisation(self, slug: str, name: str) -> int:
        with self.transaction() as session:
            return people.add_organisation(session, slug=slug, name=name, now=START)

    def account(self, role: str, *, name: str = "", organisation_id: int | None = None) -> UUID:
        """An account with this role, e-mail `<name or role>@<slug>.example`; the same one when asked again.

        A facilitator called `facilitator_b` has group B; any other has group A. `participant` is Ani.
        """
        organisation_id = organisation_id or self.sukabumi
        name = name or role
        known = (str(organisation_id), name)
        if known not in self._accounts:
            self._accounts[known] = self._add_account(role, name, organisation_id)
        return self._accounts[known]

    def _add_account(self, role: str, name: str, organisation_id: int) -> UUID:
        participant = self.participant(name if name != "participant" else "Ani") if role == "participant" else None
        domain = "sukabumi" if organisation_id == self.__dict__.get("sukabumi") else "bandung"
        with self.transaction() as session:
            account = people.add_account(
                session,
                organisation_id=organisation_id,
                role=role,
                name=name.title(),
                email=f"{name}@{domain}.example",
                participant_id=participant,
                now=START,
            )
        if role == "facilitator" and domain == "sukabumi":
            group = "III/B" if name == "facilitator_b" else "III/A"
            _ = self.cohort
            with self.transaction() as session:
                programme.assign_facilitator(
                    session, organisation_id=organisation_id, account_id=account, groups=[group], now=START
                )
        return account

    def client(self, role: str | None = None, *, name: str = "", organisation_id: int | None = None) -> FlaskClient:
        """A browser, signed in as `account(role, ...)` unless the role is None."""
        client = self.app.test_client()
        if role is not None:
            organisation_id = organisation_id or self.sukabumi
            account = self.account(role, name=name, organisation_id=organisation_id)
            with self.reading() as session, client.session_transaction() as cookie:
                cookie["_user_id"] = sign_in.cookie_id(session, organisation_id=organisation_id, account_id=account)
                cookie["_fresh"] = True
        return client

    @cached_property
    def programme(self) -> UUID:
        """The published programme `contoh`, version 1."""
        organisation_id = self.sukabumi
        with self.transaction() as session:
            return programme.publish(
                session, organisation_id=organisation_id, text=PROGRAMME, published_by=None, now=START
            ).id

    @cached_property
    def cohort(self) -> UUID:
        """Cohort `III` with its four people, its timetable, and a target of 90 for `mooc`."""
        _ = self.programme
        with self.transaction() as session:
            cohort = programme.add_cohort(
                session,
                organisation_id=self.sukabumi,
                programme_code="contoh",
                version=None,
                code="III",
                name="Angkatan III",
                starts_at=START,
                ends_at=None,
                time_zone="Asia/Jakarta",
                targets={"mooc": Decimal(90)},
                now=START,
            )
            programme.enrol(
                session,
                organisation_id=self.sukabumi,
                cohort_id=cohort,
                rows=[
                    programme.NewEnrolment(identifier=i, name=n, email=e, group=g, category=c, unit="Dinas Contoh")
                    for i, n, e, g, c in PEOPLE
                ],
                now=START,
            )
            programme.add_sessions(
                session,
                organisation_id=self.sukabumi,
                cohort_id=cohort,
                rows=[
                    programme.NewSession(
                        code=code,
                        title=title,
                        starts_at=datetime.fromisoformat(starts),
                        ends_at=datetime.fromisoformat(ends),
                        jp=Decimal(jp),
                        group=group,
                    )
                    for code, title, starts, ends, jp, group in SESSIONS
                ],
                now=START,
            )
            progress.refold(session, organisation_id=self.sukabumi, cohort_id=cohort, now=START)
        return cohort

    def participant(self, name: str) -> UUID:
        """The id of Ani, Budi, Citra or Dedi."""
        cohort = self.cohort
        with self.reading() as session:
            roster = programmes.roster(session, organisation_id=self.sukabumi, cohort_id=cohort)
        return next(person.participant_id for person in roster if person.name.startswith(name))

    def session_id(self, code: str) -> UUID:
        """The id of a session of the timetable: S01, S02, SEM-A or SEM-B."""
        cohort = self.cohort
        with self.reading() as session:
            timetable = programmes.timetable(session, organisation_id=self.sukabumi, cohort_id=cohort)
        return next(entry.id for entry in timetable if entry.code == code)

    def credential(self, *scopes: str, organisation_id: int | None = None) -> tuple[str, str]:
        """A fresh key and secret with these scopes, or with `all` without any."""
        organisation_id = organisation_id or self.sukabumi
        with self.transaction() as session:
            return xapi.add_credential(
                session,
                organisation_id=organisation_id,
                label="MOOC of the tests",
                scopes=scopes or ("all",),
                expires_at=None,
                created_by=None,
                now=START,
            )
