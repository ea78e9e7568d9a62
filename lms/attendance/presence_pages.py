"""The log of a session's live class: who was there from when until when, behind the marks that it made."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.attendance import presence_queries
from lms.attendance.presence_rules import Presence, Stay, presence
from lms.attendance.queries import Person, Register
from lms.attendance.register_access import register_of
from lms.db import reading
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, STAFF_ROLES


@dataclass(frozen=True, kw_only=True, slots=True)
class Attended:
    """One person's stays, the first to join first, and what they come to."""

    person: Person
    stays: tuple[Stay, ...]
    presence: Presence


@allowed(*STAFF_ROLES)
def live_log(code: str, session_code: str) -> ResponseReturnValue:
    """The stays of everybody that somebody marks there; those of nobody known, to whoever marks all."""
    who, database = current(), reading()
    found = register_of(database, who, code, session_code, everyone=True)
    kept = presence_queries.stays(database, organisation_id=who.organisation_id, session_id=found.session.id)
    stays = list(kept.values())
    return render_template(
        "attendance/live_log.html",
        register=found,
        attended=_attended(found, stays),
        unknown=[stay for stay in stays if stay.participant_id is None] if found.whole else [],
        may_import=who.role in MANAGERS,
    )


def _attended(register: Register, stays: Sequence[Stay]) -> list[Attended]:
    times = {"starts_at": register.session.starts_at, "ends_at": register.session.ends_at}
    found = []
    for person in register.people:
        own = tuple(stay for stay in stays if stay.participant_id == person.enrolled.participant_id)
        if own:
            found.append(Attended(person=person, stays=own, presence=presence(own, **times)))
    return found
