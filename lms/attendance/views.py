"""The addresses of attendance."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lms.attendance import queries, rules, service
from lms.attendance.forms import RegisterForm, Row, rows, settled
from lms.attendance.queries import Register
from lms.attendance.rules import Groups
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError, Problems
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.service import Changed

blueprint = Blueprint("attendance", __name__)

Errors = Mapping[UUID, Sequence[DomainError]]


@blueprint.get("/cohorts/<code>/sessions")
@allowed(*STAFF_ROLES)
def sessions(code: str) -> ResponseReturnValue:
    """A cohort's timetable: today's sessions first, with how far each register is."""
    who, database, moment = current(), reading(), now()
    cohort = programmes.cohort_by_code(database, organisation_id=who.organisation_id, code=code)
    entries = queries.sessions_of(
        database, organisation_id=who.organisation_id, cohort_id=cohort.id, groups=_groups(database, who), now=moment
    )
    return render_template("attendance/sessions.html", cohort=cohort, entries=entries, may_mark=who.role != AUDITOR)


@blueprint.get("/cohorts/<code>/sessions/<session_code>")
@allowed(*STAFF_ROLES)
def register(code: str, session_code: str) -> ResponseReturnValue:
    """The register of one session, with everybody's history of marks."""
    who, moment = current(), now()
    found = _register(reading(), who, code, session_code)
    is_open = rules.is_open(found.session.starts_at, time_zone=found.cohort.time_zone, now=moment)
    if who.role == AUDITOR or not is_open or not found.statuses:
        return render_template("attendance/register_read.html", register=found, is_open=is_open)
    return _page(found, rows(found.people, {}))


@blueprint.post("/cohorts/<code>/sessions/<session_code>")
@allowed(*MANAGERS, FACILITATOR)
def save_register(code: str, session_code: str) -> ResponseReturnValue:
    """Save the register, or preset those without a mark; what was typed is kept where something is wrong."""
    who, form = current(), RegisterForm()
    found = _register(reading(), who, code, session_code)
    filled = settled(form.filled(), found.people)
    set_all = form.set_all.data or ""
    errors = {} if set_all else _flaws(found, filled)
    if set_all or errors:
        return _page(found, rows(found.people, filled, set_all=set_all), errors=errors)
    try:
        saved = _take(who, found.session.id, filled)
    except (Problems, rules.MarkedMeanwhile) as refusal:
        anew = _register(reading(), who, code, session_code)
        return _page(anew, rows(anew.people, filled), errors=_by_person(anew, refusal), refusal=refusal)
    return _saved(who, code, session_code, saved)


def _groups(session: Session, who: SignedIn) -> Groups | None:
    """The groups of a facilitator; everybody else has all."""
    if who.role != FACILITATOR:
        return None
    return programmes.groups_of(session, organisation_id=who.organisation_id, account_id=who.account_id)


def _register(session: Session, who: SignedIn, code: str, session_code: str) -> Register:
    session_id = queries.session_id_of(
        session, organisation_id=who.organisation_id, cohort_code=code, session_code=session_code
    )
    return queries.register(
        session,
        organisation_id=who.organisation_id,
        session_id=session_id,
        groups=_groups(session, who),
        everyone=_everyone() is not None,
    )


def _flaws(register: Register, filled: Mapping[UUID, Row]) -> Errors:
    statuses = {status.code: status for status in register.statuses}
    found = {row.participant_id: list(row.flaws(statuses)) for row in filled.values()}
    return {participant_id: flaws for participant_id, flaws in found.items() if flaws}


def _take(who: SignedIn, session_id: UUID, filled: Mapping[UUID, Row]) -> Changed:
    moment = now()

    def take(session: Session) -> Changed:
        return service.take_register(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            marks=[mark for row in filled.values() if (mark := row.mark()) is not None],
            recorded_by=who.account_id,
            source="register",
            now=moment,
            groups=_groups(session, who),
            seen={row.participant_id: row.seen for row in filled.values()},
        )

    return retrying(take)


def _by_person(register: Register, refusal: DomainError) -> Errors:
    """A service's problems by the participant whose identifier is their place."""
    ids = {person.enrolled.identifier: person.enrolled.participant_id for person in register.people}
    found: dict[UUID, list[DomainError]] = {}
    for problem in refusal.problems if isinstance(refusal, Problems) else ():
        if problem.place in ids:
            found.setdefault(ids[problem.place], []).append(problem)
    return found


def _page(
    register: Register,
    shown: Sequence[Row],
    *,
    errors: Errors | None = None,
    refusal: DomainError | None = None,
    saved: str = "",
) -> ResponseReturnValue:
    """The form with these rows: the page, or for htmx the part of it that changes. 422 where it was refused."""
    page = render_template(
        "attendance/_rows.html" if "HX-Request" in request.headers else "attendance/register.html",
        register=register,
        rows=list(zip(register.people, shown, strict=True)),
        usual=rules.usual_status(register.statuses),
        everyone=_everyone(),
        errors=errors or {},
        refusal=refusal,
        saved=saved,
    )
    return page, 422 if errors or refusal else 200


def _saved(who: SignedIn, code: str, session_code: str, saved: Changed) -> ResponseReturnValue:
    count = saved.added + saved.changed
    text = ngettext("%(num)s mark was saved.", "%(num)s marks were saved.", count) if count else _("Nothing was new.")
    if "HX-Request" in request.headers:
        found = _register(reading(), who, code, session_code)
        return _page(found, rows(found.people, {}), saved=text)
    flash(text, "success")
    return redirect(url_for(".register", code=code, session_code=session_code, everyone=_everyone()), 303)


def _everyone() -> str | None:
    """What the address says where people of other groups are shown at a group's session."""
    return request.args.get("everyone")
