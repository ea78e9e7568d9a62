"""Where devices send the marks that they made, and what they ask for before: a fresh token, and today's registers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from lms.attendance import devices, queries, sync_service
from lms.attendance.register_access import groups_at, groups_of, manages, named_for
from lms.attendance.rules import Origin, PastMark
from lms.attendance.sync_parsing import parse
from lms.attendance.sync_rules import Batch, Item, Verdict, by_session, skew_ms
from lms.attendance.sync_service import Taken
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, Conflict, NotFound
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import FACILITATOR, MANAGERS
from lms.settings import Settings

OUTCOMES: Mapping[str, str] = {
    "recorded": N_("Saved."),
    "same": N_("It says what stands already."),
    "repeated": N_("It came before."),
}
REASONS: Mapping[str, str] = {
    "meanwhile": N_("Somebody else has marked this person differently meanwhile. Both marks are kept, to be settled."),
    "not_enrolled": N_("This person is not enrolled in the cohort. The mark is kept, to be settled."),
    "not_yours": N_("You don't mark this person at this session. The mark is kept, to be settled."),
    "locked": N_("The register was locked or closed. The mark is kept, to be settled."),
    "not_open": N_("The register was not open yet. The mark is kept, to be settled."),
    "cancelled": N_("The session is cancelled. The mark is kept, to be settled."),
    "bad_status": N_("The programme cannot have this mark as it is. It is kept, to be settled."),
    "malformed": N_("This mark cannot be read."),
    "no_session": N_("There is no such session."),
    "no_person": N_("There is no such participant."),
    "id_reused": N_("Another mark has the same id."),
}


@allowed(*MANAGERS, FACILITATOR)
def sync() -> ResponseReturnValue:
    """Take in the marks that a device sends, and answer for each of them in the order in which they came."""
    who, moment = current(), now()
    batch = parse(request.get_data(cache=False))
    if batch.account not in (None, who.account_id):
        raise Conflict(N_("These marks are of another account. Sign in as the one who made them."), place="account")
    skew = skew_ms(sent_at=batch.sent_at, now=moment)
    told = _answers(who, batch, skew)
    return devices.remember(jsonify({"now": moment.isoformat(), "skew_ms": skew, "marks": told}))


@allowed(*MANAGERS, FACILITATOR)
def token() -> ResponseReturnValue:
    """A fresh token for the next request, and whose it is."""
    reply = jsonify({"csrf": generate_csrf(), "account": str(current().account_id)})
    reply.headers["Cache-Control"] = "no-store"
    return reply


@allowed(*MANAGERS, FACILITATOR)
def registers_today() -> ResponseReturnValue:
    """The pages of the registers of today that whoever asks may take: what a device keeps."""
    who, database, moment = current(), reading(), now()
    groups, named = groups_of(database, who), named_for(database, who)
    entries = queries.today(database, organisation_id=who.organisation_id, groups=groups, named=named, now=moment)
    own = [one for one in entries if one.session.cancelled_at is None and (one.state != "locked" or manages(who))]
    pages = [url_for("attendance.register", code=one.cohort_code, session_code=one.session.code) for one in own]
    reply = jsonify({"day": _day(moment), "account": str(who.account_id), "pages": pages})
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _day(moment: datetime) -> str:
    settings: Settings = current_app.extensions["settings"]
    return moment.astimezone(ZoneInfo(settings.time_zone)).date().isoformat()


def _answers(who: SignedIn, batch: Batch, skew: int) -> list[dict[str, Any]]:
    """What is answered for each mark, in their order; each session is a transaction of its own."""
    told = {place: _refused(one, "malformed") for place, one in enumerate(batch.items) if not isinstance(one, Item)}
    for session_id, made in by_session(batch.items).items():
        try:
            taken = _take(who, session_id, [item for _, item in made], batch, skew)
        except NotFound:
            told |= {place: _refused(str(item.id), "no_session") for place, item in made}
        else:
            verdicts = zip(made, taken.verdicts, strict=True)
            told |= {place: _answer(verdict, taken.counting) for (place, _), verdict in verdicts}
    return [told[place] for place in range(len(batch.items))]


def _take(who: SignedIn, session_id: UUID, items: Sequence[Item], batch: Batch, skew: int) -> Taken:
    moment = now()
    origin = Origin(
        source="offline",
        recorded_by=who.account_id,
        device=devices.device_name(),
        device_id=batch.device or devices.device_id(),
    )

    def take(session: Session) -> Taken:
        return sync_service.take_marks(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            items=items,
            origin=origin,
            skew_ms=skew,
            now=moment,
            groups=groups_at(session, who, session_id),
            manages=manages(who),
        )

    return retrying(take)


def _answer(verdict: Verdict, counting: Mapping[UUID, PastMark]) -> dict[str, Any]:
    message = REASONS.get(verdict.why) or OUTCOMES[verdict.outcome]
    return {
        "id": str(verdict.item.id),
        "outcome": verdict.outcome,
        "why": verdict.why,
        "message": gettext(message),
        "counting": _told(counting.get(verdict.item.participant_id)),
    }


def _refused(mark_id: str | None, why: str) -> dict[str, Any]:
    return {"id": mark_id, "outcome": "refused", "why": why, "message": gettext(REASONS[why]), "counting": None}


def _told(mark: PastMark | None) -> dict[str, Any] | None:
    if mark is None:
        return None
    return {
        "id": str(mark.id),
        "status": mark.status,
        "minutes_late": mark.minutes_late,
        "by": mark.recorded_by,
        "at": mark.recorded_at.isoformat(),
    }
