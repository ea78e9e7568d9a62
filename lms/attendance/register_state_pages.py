"""What is done to a register as a whole: heads, closing and reopening; and how it stands at this moment."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lms.attendance import queries, register_service
from lms.attendance.register_access import at_session, manages, register_of, session_id_of
from lms.attendance.register_service import Closed
from lms.attendance.rules import Groups
from lms.clock import now
from lms.db import reading
from lms.errors import N_, DomainError
from lms.people.guards import allowed, current
from lms.people.rules import FACILITATOR, MANAGERS, STAFF_ROLES

LONGEST_NUMBER = 6


@allowed(*STAFF_ROLES)
def live(code: str, session_code: str) -> ResponseReturnValue:
    """How a register stands, for a page that asks again and again; 204 while nothing has changed since `since`."""
    who, database = current(), reading()
    session_id = session_id_of(database, who, code, session_code)
    version = queries.live_version(database, organisation_id=who.organisation_id, session_id=session_id)
    if version == request.args.get("since"):
        return "", 204
    register = register_of(database, who, code, session_code)
    return render_template("attendance/_live.html", register=register, version=version)


@allowed(*MANAGERS, FACILITATOR)
def count_heads(code: str, session_code: str) -> ResponseReturnValue:
    """Keep how many people were counted in the room; an empty field forgets it."""
    who, heads = current(), _number(request.form.get("heads", ""))

    def count(session: Session, session_id: UUID, groups: Groups | None) -> None:
        register_service.count_heads(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            heads=heads,
            counted_by=who.account_id,
            now=now(),
            groups=groups,
        )

    at_session(who, code, session_code, count)
    whole = register_of(reading(), who, code, session_code)
    flash(
        render_template("attendance/_heads.html", register=whole).strip(), "warning" if whole.difference else "success"
    )
    return _back(code, session_code)


@allowed(*MANAGERS, FACILITATOR)
def close_register(code: str, session_code: str) -> ResponseReturnValue:
    """Close the register, and mark whoever has no mark then if a status was chosen for them."""
    who, rest_as = current(), request.form.get("rest_as", "")

    def close(session: Session, session_id: UUID, groups: Groups | None) -> Closed:
        return register_service.close_register(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            rest_as=rest_as,
            closed_by=who.account_id,
            now=now(),
            groups=groups,
            manages=manages(who),
        )

    flash(_told(at_session(who, code, session_code, close)), "success")
    return _back(code, session_code)


@allowed(*MANAGERS, FACILITATOR)
def reopen_register(code: str, session_code: str) -> ResponseReturnValue:
    """Open a closed register again."""
    who = current()

    def reopen(session: Session, session_id: UUID, groups: Groups | None) -> None:
        register_service.reopen_register(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            reopened_by=who.account_id,
            now=now(),
            groups=groups,
            manages=manages(who),
        )

    at_session(who, code, session_code, reopen)
    flash(_("The register is open again."), "success")
    return _back(code, session_code)


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise DomainError(N_("Heads are a whole number."), place="heads")
    return int(text)


def _told(closed: Closed) -> str:
    parts = [_("The register is closed.")]
    if closed.claimed:
        count = closed.claimed
        parts.append(ngettext("%(num)s check-in became a mark.", "%(num)s check-ins became marks.", count))
    if closed.marked:
        parts.append(
            ngettext("%(num)s person was marked as absent.", "%(num)s people were marked as absent.", closed.marked)
        )
    elif closed.missing:
        parts.append(ngettext("%(num)s person has no mark.", "%(num)s people have no mark.", closed.missing))
    return " ".join(parts)


def _back(code: str, session_code: str) -> ResponseReturnValue:
    return redirect(url_for("attendance.register", code=code, session_code=session_code), 303)
