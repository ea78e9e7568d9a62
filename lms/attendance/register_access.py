"""Whoever is signed in, at a register: which groups they have there, what they see of it, and whether it is shut."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from lms.attendance import devices, queries
from lms.attendance.queries import Register
from lms.attendance.register_rules import Shut, shut
from lms.attendance.register_values import Person
from lms.attendance.rules import Groups, Origin
from lms.db import retrying
from lms.people.guards import SignedIn
from lms.people.rules import FACILITATOR, MANAGERS, fold
from lms.programme import queries as programmes

T = TypeVar("T")
LONGEST_SEARCH = 100
LONGEST_PLACE = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Of whom a page is to show the rows, by its address; empty texts ask for nothing.

    `everyone` adds people of other groups at a group's session. `first` and `last` are positions in the cohort,
    of those who stand on one printed sheet; `sheet` is its number where it is keyed in, empty where it has none.
    """

    group: str = ""
    search: str = ""
    everyone: bool = False
    first: int | None = None
    last: int | None = None
    sheet: str | None = None

    def of(self, register: Register) -> Register:
        """The register with these people alone. What is counted of the whole of it stays."""
        people = tuple(person for person in register.people if self._fits(person))
        return register if len(people) == len(register.people) else replace(register, people=people)

    def _fits(self, person: Person) -> bool:
        who = person.enrolled
        if self.group and who.group != self.group:
            return False
        if (self.first is not None and who.position < self.first) or (
            self.last is not None and who.position > self.last
        ):
            return False
        sought, digits = fold(self.search), self.search.replace(" ", "")
        return sought in fold(who.name) or bool(digits and digits in who.identifier)

    @property
    def args(self) -> dict[str, str]:
        """The same as arguments of an address."""
        found = {"group": self.group, "search": self.search, "everyone": "1" if self.everyone else ""}
        found |= {"from": _told(self.first), "to": _told(self.last)}
        found |= {} if self.sheet is None else {"source": "paper", "sheet": self.sheet}
        return {name: value for name, value in found.items() if value}


def _told(place: int | None) -> str:
    return "" if place is None else str(place)


def wanted() -> Wanted:
    """What the address of this request asks for."""
    args = request.args
    search = " ".join(args.get("search", "").split())[:LONGEST_SEARCH]
    return Wanted(
        group=args.get("group", ""),
        search=search,
        everyone="everyone" in args,
        first=_place(args.get("from", "")),
        last=_place(args.get("to", "")),
        sheet=_told(_place(args.get("sheet", ""))) if args.get("source") == "paper" else None,
    )


def _place(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_PLACE else None


def manages(who: SignedIn) -> bool:
    """Whether somebody takes registers that are locked or closed, too."""
    return who.role in MANAGERS


def groups_of(session: Session, who: SignedIn) -> Groups | None:
    """The groups of a facilitator; everybody else has all. One query for a facilitator."""
    if who.role != FACILITATOR:
        return None
    return programmes.groups_of(session, organisation_id=who.organisation_id, account_id=who.account_id)


def groups_at(session: Session, who: SignedIn, session_id: UUID) -> Groups | None:
    """The same at one session, where a facilitator who is named for it has all. Two queries for a facilitator."""
    if who.role != FACILITATOR:
        return None
    return queries.groups_at(
        session, organisation_id=who.organisation_id, account_id=who.account_id, session_id=session_id
    )


def named_for(session: Session, who: SignedIn) -> set[UUID]:
    """The sessions that a facilitator is named for. One query for a facilitator."""
    if who.role != FACILITATOR:
        return set()
    return programmes.sessions_facilitated(session, organisation_id=who.organisation_id, account_id=who.account_id)


def session_id_of(session: Session, who: SignedIn, code: str, session_code: str) -> UUID:
    """The session that an address names; raises NotFound."""
    return queries.session_id_of(
        session, organisation_id=who.organisation_id, cohort_code=code, session_code=session_code
    )


def register_of(session: Session, who: SignedIn, code: str, session_code: str, *, everyone: bool = False) -> Register:
    """The register that an address names, as far as it is theirs. Raises NotFound, or NotAllowed for none of it."""
    session_id = session_id_of(session, who, code, session_code)
    return queries.register(
        session,
        organisation_id=who.organisation_id,
        session_id=session_id,
        groups=groups_at(session, who, session_id),
        everyone=everyone,
    )


def shut_for(register: Register, who: SignedIn, moment: datetime) -> Shut:
    """Why they cannot take the register at this moment; empty where they can."""
    return shut(
        register.rules,
        starts_at=register.session.starts_at,
        cancelled_at=register.session.cancelled_at,
        closed_at=register.state.closed_at,
        manages=manages(who),
        at=moment,
    )


def origin(who: SignedIn, *, source: str = "register", source_name: str = "") -> Origin:
    """That they do it here and now, on this device."""
    return Origin(
        source=source,
        recorded_by=who.account_id,
        device=devices.device_name(),
        device_id=devices.device_id(),
        source_name=source_name,
    )


def at_session(who: SignedIn, code: str, session_code: str, work: Callable[[Session, UUID, Groups | None], T]) -> T:
    """Do `work(session, session's id, their groups there)` in a transaction, anew where others were faster."""

    def do(session: Session) -> T:
        session_id = session_id_of(session, who, code, session_code)
        return work(session, session_id, groups_at(session, who, session_id))

    return retrying(do)
