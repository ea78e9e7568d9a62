"""The register of a session as a form, and the list of a cohort's sessions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lms.attendance import queries, rules, service
from lms.attendance.devices import remember
from lms.attendance.dispute_pages import disputes_of
from lms.attendance.forms import RegisterForm, Row, rows, settled
from lms.attendance.keying_pages import comparison
from lms.attendance.queries import Register
from lms.attendance.register_access import (
    at_session,
    groups_of,
    manages,
    named_for,
    origin,
    register_of,
    shut_for,
    wanted,
)
from lms.attendance.register_service import undo_marks
from lms.attendance.rules import Groups
from lms.clock import now
from lms.db import reading
from lms.errors import N_, DomainError, Problems
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.service import Changed

Errors = Mapping[UUID, Sequence[DomainError]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_MICROSECOND = timedelta(microseconds=1)


@allowed(*STAFF_ROLES)
def sessions(code: str) -> ResponseReturnValue:
    """A cohort's timetable: today's sessions first, with how far each register is."""
    who, database, moment = current(), reading(), now()
    cohort = programmes.cohort_by_code(database, organisation_id=who.organisation_id, code=code)
    groups, own = groups_of(database, who), named_for(database, who)
    about: Any = {"organisation_id": who.organisation_id, "cohort_id": cohort.id}
    entries = queries.sessions_of(database, **about, groups=groups, named=own, now=moment)
    named = programmes.session_facilitators(database, **about)
    page = {"entries": entries, "facilitators": named, "may_mark": who.role != AUDITOR}
    return render_template("attendance/sessions.html", cohort=cohort, **page)


@allowed(*STAFF_ROLES)
def register(code: str, session_code: str) -> ResponseReturnValue:
    """The register of one session, with everybody's history of marks."""
    who, moment = current(), now()
    found = register_of(reading(), who, code, session_code, everyone=wanted().everyone)
    why = shut_for(found, who, moment)
    if who.role == AUDITOR or why or not found.statuses:
        return _reading_page(found, who, why)
    return _page(found, {}, fresh=_fresh(found, who, request.args.get("saved", "")))


@allowed(*MANAGERS, FACILITATOR)
def save_register(code: str, session_code: str) -> ResponseReturnValue:
    """Save the register, or preset those without a mark; what was typed is kept where something is wrong.

    What is keyed in from paper is compared first, and saved by a second step.
    """
    who, form = current(), RegisterForm()
    found = register_of(reading(), who, code, session_code, everyone=wanted().everyone)
    filled = settled(form.filled(), found.people)
    set_all, sheet, step = form.set_all.data or "", form.paper_sheet(), form.step.data or ""
    errors = {} if set_all else _flaws(found, filled)
    if set_all or errors or (sheet is not None and step == "back"):
        return _page(found, filled, set_all=set_all, errors=errors)
    if sheet is not None and step != "save":
        return comparison(found, filled, sheet)
    try:
        saved, moment = _take(who, code, session_code, filled, sheet)
    except (Problems, rules.MarkedMeanwhile) as refusal:
        anew = register_of(reading(), who, code, session_code, everyone=wanted().everyone)
        return _page(anew, filled, errors=_by_person(anew, refusal), refusal=refusal)
    return _saved(who, code, session_code, saved, moment)


@allowed(*MANAGERS, FACILITATOR)
def undo_register(code: str, session_code: str) -> ResponseReturnValue:
    """Put back what stood before the marks that were just made."""
    who, moment = current(), now()
    ids = _sent_ids("mark")

    def undo(session: Session, session_id: UUID, groups: Groups | None) -> int:
        return undo_marks(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            mark_ids=ids,
            origin=origin(who),
            now=moment,
            groups=groups,
            manages=manages(who),
        )

    count = at_session(who, code, session_code, undo)
    flash(ngettext("%(num)s mark was undone.", "%(num)s marks were undone.", count), "success")
    return redirect(_address(code, session_code), 303)


def _sent_ids(name: str) -> list[UUID]:
    try:
        return [UUID(text) for text in request.form.getlist(name)]
    except ValueError as error:
        raise DomainError(N_("The form is not complete. Load the page again.")) from error


def _flaws(register: Register, filled: Mapping[UUID, Row]) -> Errors:
    statuses = {status.code: status for status in register.statuses}
    found = {row.participant_id: list(row.flaws(statuses)) for row in filled.values()}
    return {participant_id: flaws for participant_id, flaws in found.items() if flaws}


def _take(
    who: SignedIn, code: str, session_code: str, filled: Mapping[UUID, Row], sheet: str | None
) -> tuple[Changed, datetime]:
    moment = now()
    source = "register" if sheet is None else "paper"

    def take(session: Session, session_id: UUID, groups: Groups | None) -> Changed:
        return service.take_register(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            marks=[mark for row in filled.values() if (mark := row.mark()) is not None],
            recorded_by=who.account_id,
            source=source,
            now=moment,
            groups=groups,
            seen={row.participant_id: row.seen for row in filled.values()},
            origin=origin(who, source=source, source_name=sheet or ""),
            manages=manages(who),
        )

    return at_session(who, code, session_code, take), moment


def _by_person(register: Register, refusal: DomainError) -> Errors:
    """A service's problems by the participant whose identifier is their place."""
    ids = {person.enrolled.identifier: person.enrolled.participant_id for person in register.people}
    found: dict[UUID, list[DomainError]] = {}
    for problem in refusal.problems if isinstance(refusal, Problems) else ():
        if problem.place in ids:
            found.setdefault(ids[problem.place], []).append(problem)
    return found


def _reading_page(register: Register, who: SignedIn, why: str) -> str:
    return render_template(
        "attendance/register_read.html",
        register=wanted().of(register),
        whole=register,
        wanted=wanted(),
        disputes=disputes_of(register),
        why=why,
        may_mark=who.role != AUDITOR,
    )


def _page(
    register: Register,
    filled: Mapping[UUID, Row],
    *,
    set_all: str = "",
    errors: Errors | None = None,
    refusal: DomainError | None = None,
    saved: str = "",
    fresh: Sequence[UUID] = (),
) -> ResponseReturnValue:
    """The form with these rows: the page, or for htmx the part of it that changes. 422 where it was refused."""
    shown = wanted().of(register)
    page = render_template(
        "attendance/_rows.html" if "HX-Request" in request.headers else "attendance/register.html",
        register=shown,
        whole=register,
        wanted=wanted(),
        disputes=disputes_of(register),
        rows=list(zip(shown.people, rows(shown.people, filled, set_all=set_all), strict=True)),
        usual=register.rules.present,
        errors=errors or {},
        refusal=refusal,
        saved=saved,
        fresh=fresh,
        version=queries.live_version(
            reading(), organisation_id=current().organisation_id, session_id=register.session.id
        ),
    )
    return remember(make_response(page, 422 if errors or refusal else 200))


def _saved(who: SignedIn, code: str, session_code: str, saved: Changed, moment: datetime) -> ResponseReturnValue:
    count = saved.added + saved.changed
    text = ngettext("%(num)s mark was saved.", "%(num)s marks were saved.", count) if count else _("Nothing was new.")
    since = str((moment - EPOCH) // A_MICROSECOND) if count else ""
    if "HX-Request" in request.headers:
        found = register_of(reading(), who, code, session_code, everyone=wanted().everyone)
        return _page(found, {}, saved=text, fresh=_fresh(found, who, since))
    flash(text, "success")
    return redirect(_address(code, session_code, saved=since or None), 303)


def _fresh(register: Register, who: SignedIn, since: str) -> list[UUID]:
    """The marks that they have made here since that moment (microseconds of the epoch), as far as they still count."""
    if not (since.isascii() and since.isdigit()) or len(since) > len(str(10**16)):
        return []
    moment = EPOCH + int(since) * A_MICROSECOND
    newest = [person.newest for person in register.people if person.newest is not None]
    mine = [mark for mark in newest if mark.account_id == who.account_id and mark.source in ("register", "paper")]
    return [mark.id for mark in mine if mark.recorded_at >= moment]


def _address(code: str, session_code: str, saved: str | None = None) -> str:
    args: dict[str, Any] = wanted().args | {"saved": saved}
    return url_for("attendance.register", code=code, session_code=session_code, **args)
