"""A mark as a statement, and a statement as a mark. Pure.

The verb is `attended`, the object the session by its own IRI, the actor the participant, the instructor whoever marked.
Extensions say what has no place of its own in a statement: status, JP, minutes late and the mark.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from lms.attendance.rules import MOST_MINUTES_LATE, NewMark
from lms.programme.rules import AttendanceStatus
from lms.xapi.rules import ATTENDED, VOIDED, moment, timestamp

_TAKEN = UUID("7c2e7c38-50c5-5b0f-a5a8-3d1f6b9d2e10")
MEETING = "http://adlnet.gov/expapi/activities/meeting"
COURSE = "http://adlnet.gov/expapi/activities/course"
SESSION, EXTENSION = "/id/session/", "/id/attendance/"
"""Paths under the public address: of a session's IRI, and of the keys of extensions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attended:
    """What there is to tell of a mark that counts. Moments are aware; `recorded_by` is an account and its name."""

    mark_id: UUID
    identifier: str
    name: str
    session_id: UUID
    title: str
    code: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    cohort_id: UUID
    cohort_code: str
    cohort_name: str
    status: str
    minutes_late: int | None
    recorded_by: tuple[UUID, str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a statement from elsewhere says of a session; `status` and `minutes_late` where it tells them."""

    statement_id: UUID
    session_id: UUID
    at: datetime
    status: str | None
    minutes_late: int | None


def session_iri(public_url: str, session_id: UUID) -> str:
    """The IRI by which a session is known to every system. It does not change when the session is moved or renamed."""
    return f"{public_url}{SESSION}{session_id}"


def session_of(public_url: str, iri: str) -> UUID | None:
    """The session that an IRI names; None where it names none of this installation."""
    prefix = f"{public_url}{SESSION}"
    if not iri.startswith(prefix):
        return None
    try:
        return UUID(iri.removeprefix(prefix))
    except ValueError:
        return None


def tells(status: AttendanceStatus | None) -> bool:
    """Whether a mark of this status is told: whoever was absent did not attend, and an excluded session is out."""
    return status is not None and not status.absent and not status.excluded


def taken_id(told_by: UUID) -> UUID:
    """The id by which what a statement says waits to be settled: always the same, so that it is put once."""
    return uuid5(_TAKEN, str(told_by))


def authority(public_url: str) -> dict[str, Any]:
    """Who vouches for statements about marks: this installation."""
    return {"objectType": "Agent", "name": "Padu", "account": {"homePage": public_url, "name": "attendance"}}


def told(one: Attended, public_url: str) -> dict[str, Any]:
    """The statement that somebody attended a session (xAPI 1.0.3, Data 2.4). It is dated by the session's start.

    Its id is given by whoever tells it.
    """
    context: dict[str, Any] = {
        "platform": "Padu",
        "contextActivities": {"parent": [_cohort(one, public_url)]},
        "extensions": _extensions(one, public_url),
    }
    if one.recorded_by is not None:
        context["instructor"] = _account(public_url, str(one.recorded_by[0]), one.recorded_by[1])
    return {
        "actor": _account(public_url, one.identifier, one.name),
        "verb": {"id": ATTENDED, "display": {"en": "attended", "id": "menghadiri"}},
        "object": {
            "id": session_iri(public_url, one.session_id),
            "definition": {
                "type": MEETING,
                "name": {"und": one.title},
                "moreInfo": session_iri(public_url, one.session_id),
            },
        },
        "result": {"duration": duration(one.ends_at - one.starts_at, one.minutes_late)},
        "context": context,
        "timestamp": timestamp(one.starts_at),
    }


def says_the_same(kept: Mapping[str, Any], anew: Mapping[str, Any]) -> bool:
    """Whether a statement of a mark that is kept still says when the session was, for how long, and what it came to.

    Names may differ: those of people, sessions and cohorts as they were then.
    """
    return all(
        (
            moment(kept["timestamp"]) == moment(anew["timestamp"]),
            kept["result"] == anew["result"],
            kept["context"]["extensions"] == anew["context"]["extensions"],
        )
    )


def _cohort(one: Attended, public_url: str) -> dict[str, Any]:
    definition = {"type": COURSE, "name": {"und": one.cohort_name}}
    return {"id": f"{public_url}/id/cohort/{one.cohort_id}", "definition": definition}


def _extensions(one: Attended, public_url: str) -> dict[str, Any]:
    said: dict[str, Any] = {"status": one.status, "jp": format(one.jp, "f"), "mark": str(one.mark_id)}
    if one.minutes_late is not None:
        said["minutes-late"] = one.minutes_late
    return {f"{public_url}{EXTENSION}{key}": value for key, value in said.items()}


def _account(public_url: str, account: str, name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "name": name, "account": {"homePage": public_url, "name": account}}


def duration(length: timedelta, minutes_late: int | None) -> str:
    """How long somebody was there who came so many minutes late, as ISO 8601 in whole minutes (Data 4.6)."""
    return f"PT{max(0, length // timedelta(minutes=1) - (minutes_late or 0))}M"


def voiding(told_as: UUID, public_url: str) -> dict[str, Any]:
    """The statement that takes another one back (xAPI 1.0.3, Data 2.3.2)."""
    return {
        "actor": authority(public_url),
        "verb": {"id": VOIDED, "display": {"en": "voided"}},
        "object": {"objectType": "StatementRef", "id": str(told_as)},
    }


def said(statement: Mapping[str, Any], public_url: str) -> Said | None:
    """What a kept statement says of a session of this installation; None where it says nothing of one."""
    target = statement["object"]
    if statement["verb"]["id"] != ATTENDED or target.get("objectType", "Activity") != "Activity":
        return None
    session_id = session_of(public_url, target["id"])
    if session_id is None:
        return None
    extensions = (statement.get("context") or {}).get("extensions") or {}
    status, late = (extensions.get(f"{public_url}{EXTENSION}{key}") for key in ("status", "minutes-late"))
    return Said(
        statement_id=UUID(statement["id"]),
        session_id=session_id,
        at=moment(statement["timestamp"]),
        status=status if isinstance(status, str) else None,
        minutes_late=_minutes(late),
    )


def _minutes(late: object) -> int | None:
    # Compared before it is made an integer: one of a few characters may have a billion digits.
    if not isinstance(late, Decimal) or not 0 <= late <= MOST_MINUTES_LATE:
        return None
    return int(late) if late == late.to_integral_value() else None


def mark_of(
    one: Said, participant_id: UUID, *, statuses: Collection[AttendanceStatus], present: AttendanceStatus | None
) -> NewMark | None:
    """The mark that it stands for: with the status that it names, where the programme has it, else that of presence.

    None where there is no such status. Minutes late are left out where they are beyond all measure or make no sense.
    """
    named = next((status for status in statuses if status.code == one.status), present)
    if named is None:
        return None
    late = one.minutes_late if not named.absent and 0 <= (one.minutes_late or 0) <= MOST_MINUTES_LATE else None
    return NewMark(
        id=taken_id(one.statement_id),
        participant_id=participant_id,
        status=named.code,
        minutes_late=late,
        made_at=one.at,
    )


def host(public_url: str) -> str:
    """The name of this installation, for people."""
    return urlsplit(public_url).netloc
