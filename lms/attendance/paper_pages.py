"""Registers to print: of one session, or of all sessions of a day, as a PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import current_app, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.attendance import paper, queries
from lms.attendance.paper import PaperRow, Sheet
from lms.attendance.paper_rules import sheets
from lms.attendance.queries import Person, Register
from lms.attendance.register_access import groups_of, named_for, register_of, wanted
from lms.clock import now
from lms.db import reading
from lms.errors import N_, DomainError, NotFound
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, TimetableSession
from lms.settings import Settings
from lms.web import formats

MOST_SESSIONS = 40
"""Sessions of one PDF, which is made while its reader waits."""

Names = Mapping[UUID, Sequence[str]]
"""Who facilitates a session, by its id."""


@allowed(*STAFF_ROLES)
def print_register(code: str, session_code: str) -> ResponseReturnValue:
    """The register of one session, of those people whom the address asks for."""
    who = current()
    found = register_of(reading(), who, code, session_code, everyone=wanted().everyone)
    return _pdf([wanted().of(found)], who, f"{code} {session_code}")


@allowed(*STAFF_ROLES)
def print_registers(code: str) -> ResponseReturnValue:
    """The registers of all sessions of a day (`day`, else today), those of one `group` if the address names it."""
    who, database = current(), reading()
    cohort = programmes.cohort_by_code(database, organisation_id=who.organisation_id, code=code)
    day = _day(cohort)
    meetings = _of_day(database, who, cohort, day)
    found = [wanted().of(register_of(database, who, code, meeting.code)) for meeting in meetings]
    return _pdf(found, who, f"{code} {day.isoformat()}")


def _day(cohort: CohortInfo) -> date:
    """The day that the address names; raises DomainError where it is none."""
    text = request.args.get("day", "")
    if not text:
        return formats.current(cohort.time_zone).local(now()).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DomainError(N_("%(value)s is no day; write it as 2026-03-12."), value=text[:40]) from None


def _of_day(session: Session, who: SignedIn, cohort: CohortInfo, day: date) -> list[TimetableSession]:
    """The sessions of the day that are theirs. Raises NotFound where there is none, DomainError for too many."""
    local, group = formats.current(cohort.time_zone).local, wanted().group
    entries = queries.sessions_of(
        session,
        organisation_id=who.organisation_id,
        cohort_id=cohort.id,
        groups=groups_of(session, who),
        named=named_for(session, who),
        now=now(),
    )
    meetings = [entry.session for entry in entries if local(entry.session.starts_at).date() == day]
    held = [one for one in meetings if one.cancelled_at is None and (not group or one.group in (None, group))]
    if not held:
        raise NotFound(N_("No session takes place on %(day)s."), day=day.isoformat())
    if len(held) > MOST_SESSIONS:
        raise DomainError(N_("These are more than %(most)s sessions; choose a group."), most=MOST_SESSIONS)
    return held


def _pdf(registers: Sequence[Register], who: SignedIn, name: str) -> ResponseReturnValue:
    names = _facilitators(reading(), who.organisation_id, registers)
    pages = tuple(sheet for register in registers for sheet in _sheets(register, who, names))
    locale = get_locale()
    written = paper.pdf(pages, title=name, language="en" if locale is None else locale.language)
    return send_file(BytesIO(written), mimetype="application/pdf", download_name=f"{name}.pdf")


def _facilitators(session: Session, organisation_id: int, registers: Sequence[Register]) -> Names:
    """By session: who is named for it, else who has its group, or any group for a session of everyone. Four queries."""
    cohort_id = registers[0].cohort.id
    ids = {
        group.name: group.id
        for group in programmes.groups(session, organisation_id=organisation_id, cohort_id=cohort_id)
    }
    have = programmes.facilitators(session, organisation_id=organisation_id, cohort_id=cohort_id)
    accounts = programmes.facilitator_accounts(session, organisation_id=organisation_id)
    named = programmes.facilitators_of_sessions(
        session, organisation_id=organisation_id, session_ids=[register.session.id for register in registers]
    )

    def names(meeting: TimetableSession) -> list[str]:
        if meeting.id in named:
            return [account.name for account in named[meeting.id]]
        own = {one.account_id for one in have if meeting.group is None or one.group_id == ids.get(meeting.group)}
        return [account.name for account in accounts if account.id in own]

    return {register.session.id: names(register.session) for register in registers}


def _sheets(register: Register, who: SignedIn, names: Names) -> list[Sheet]:
    people = sorted(register.people, key=lambda person: person.enrolled.position)
    numbered = sheets(list(enumerate(people, start=1)))
    return [_sheet(register, who, names, number, len(numbered), rows) for number, rows in enumerate(numbered, start=1)]


def _sheet(
    register: Register, who: SignedIn, names: Names, number: int, count: int, rows: Sequence[tuple[int, Person]]
) -> Sheet:
    name = _("%(session)s, sheet %(number)s of %(count)s", session=register.session.code, number=number, count=count)
    return Sheet(
        organisation=who.organisation_name,
        heading=_("Register"),
        facts=_facts(register, names),
        address=_address(register, number, count, [person for _number, person in rows]),
        name=name,
        opens=_("Opens the register at this sheet"),
        columns=(_("No."), _("Name"), _("NIP"), _("Group"), _("Signature")),
        rows=tuple(_row(place, person) for place, person in rows),
        counts=(_("Signatures on this sheet"), _("Heads counted in the room")),
        signs=_("Facilitator"),
        signs_hint=_("Name, signature and date"),
        note=_("Printed %(when)s. Scan the code to key this sheet in.", when=_when(register)),
        page=_("Page %(number)s of %(count)s", number=number, count=count),
    )


def _when(register: Register) -> str:
    return formats.current(register.cohort.time_zone).moment(now())


def _facts(register: Register, names: Names) -> tuple[tuple[str, str], ...]:
    meeting, format_ = register.session, formats.current(register.cohort.time_zone)
    group = _("Group %(group)s", group=meeting.group) if meeting.group else _("Everyone")
    return (
        (_("Cohort"), register.cohort.name),
        (_("Session"), f"{meeting.code} · {meeting.title} · {group}"),
        (_("When"), format_.span(meeting.starts_at, meeting.ends_at)),
        (_("Room"), meeting.room or "–"),
        (_("Facilitators"), ", ".join(names[meeting.id]) or "–"),
    )


def _row(number: int, person: Person) -> PaperRow:
    who = person.enrolled
    return PaperRow(number=number, name=who.name, identifier=who.identifier, group=who.group or "")


def _address(register: Register, number: int, count: int, people: Sequence[Person]) -> str:
    """What the QR code opens: the register with the people of this sheet, to be keyed in as from paper."""
    places: list[int | None] = [person.enrolled.position for person in people]
    places = places or [None]
    args = replace(wanted(), sheet=str(number), first=places[0], last=places[-1]).args | {"of": str(count)}
    where: dict[str, Any] = {"code": register.cohort.code, "session_code": register.session.code}
    path = url_for("attendance.register", **where | args)
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url + path
