"""Self check-in as a facilitator has it: the QR and the six digits for the screen, and who claims to be there."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import segno
from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from lms.attendance import check_in_list_queries as lists
from lms.attendance import check_in_queries as queries
from lms.attendance import check_in_rules as rules
from lms.attendance import check_in_service as service
from lms.attendance import check_in_words as words
from lms.attendance import queries as registers
from lms.attendance import rule_queries
from lms.attendance.check_in_queries import Opened
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.register_access import groups_at, manages, origin, session_id_of
from lms.attendance.rules import Groups, own_groups_at
from lms.clock import now
from lms.db import reading, retrying
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Meeting:
    """A session as somebody opens its check-in: what the heading tells of it, and their groups there."""

    cohort: CohortInfo
    session: TimetableSession
    groups: Groups | None
    own: frozenset[str] | None


@allowed(*STAFF_ROLES)
def check_in(code: str, session_code: str) -> ResponseReturnValue:
    """Open and close check-in; the QR and the digits to show; who has claimed. With `screen`, for the wall alone."""
    who = current()
    found = _meeting(reading(), who, code, session_code)
    may_open = who.role != AUDITOR
    template = "check_in_screen" if may_open and "screen" in request.args else "check_in"
    return render_template(
        f"attendance/{template}.html",
        register=found,
        may_open=may_open,
        rules=_rules(who, found),
        now=now(),
        **_code(who, found),
        **_claims(who, found),
    )


@allowed(*MANAGERS, FACILITATOR)
def check_in_code(code: str, session_code: str) -> ResponseReturnValue:
    """The QR and the digits of this moment, as a fragment."""
    found = _meeting(reading(), current(), code, session_code)
    return render_template("attendance/_check_in_code.html", register=found, **_code(current(), found))


@allowed(*STAFF_ROLES)
def check_in_claims(code: str, session_code: str) -> ResponseReturnValue:
    """Who claims to be there, as a fragment; 204 while it is what the page has already (`known`)."""
    found = _meeting(reading(), current(), code, session_code)
    values = _claims(current(), found)
    if values["known"] == request.args.get("known"):
        return "", 204
    return render_template("attendance/_check_in_claims.html", register=found, **values)


@allowed(*MANAGERS, FACILITATOR)
def open_check_in(code: str, session_code: str) -> ResponseReturnValue:
    """Let people check in."""
    _write(
        code,
        session_code,
        lambda session, who, found: service.open_check_in(
            session,
            organisation_id=who.organisation_id,
            session_id=found.session.id,
            opened_by=who.account_id,
            now=now(),
        ),
    )
    return redirect(url_for(".check_in", code=code, session_code=session_code), 303)


@allowed(*MANAGERS, FACILITATOR)
def close_check_in(code: str, session_code: str) -> ResponseReturnValue:
    """Take no further claims; those that came stay."""
    _write(
        code,
        session_code,
        lambda session, who, found: service.close_check_in(
            session, organisation_id=who.organisation_id, session_id=found.session.id, now=now()
        ),
    )
    flash(
        _("Check-in is closed. The claims become marks when the register is closed, or when you accept them."), "info"
    )
    return redirect(url_for(".check_in", code=code, session_code=session_code), 303)


@allowed(*MANAGERS, FACILITATOR)
def accept_check_ins(code: str, session_code: str) -> ResponseReturnValue:
    """Make marks of the claims now."""
    done = _write(
        code,
        session_code,
        lambda session, who, found: service.accept(
            session,
            organisation_id=who.organisation_id,
            session_id=found.session.id,
            origin=origin(who, source=service.SOURCE),
            groups=found.groups,
            manages=manages(who),
            now=now(),
        ),
    )
    flash(ngettext("%(num)s check-in is now a mark.", "%(num)s check-ins are now marks.", done.added), "success")
    return redirect(url_for(".check_in", code=code, session_code=session_code), 303)


def _write(code: str, session_code: str, work: Callable[[Session, SignedIn, Meeting], Any]) -> Any:
    who = current()
    return retrying(lambda session: work(session, who, _meeting(session, who, code, session_code)))


def _meeting(session: Session, who: SignedIn, code: str, session_code: str) -> Meeting:
    """The session; raises NotAllowed for a facilitator who marks nobody there."""
    organisation_id, session_id = who.organisation_id, session_id_of(session, who, code, session_code)
    found = registers.meeting(session, organisation_id=organisation_id, session_id=session_id)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=found.cohort_id)
    groups = groups_at(session, who, session_id)
    own = own_groups_at(groups, cohort_id=cohort.id, session_group=found.group)
    return Meeting(cohort=cohort, session=found, groups=groups, own=own)


def _rules(who: SignedIn, found: Meeting) -> CohortRules:
    return rule_queries.cohort_rules(reading(), organisation_id=who.organisation_id, cohort_id=found.cohort.id)


def _code(who: SignedIn, found: Meeting) -> dict[str, Any]:
    """What is shown to be scanned and typed; nothing of it where check-in is not open."""
    opened = queries.opened(reading(), organisation_id=who.organisation_id, session_id=found.session.id)
    if opened is None or opened.closed_at is not None or who.role == AUDITOR:
        return {"opened": opened, "qr": None}
    return {"opened": opened, **_shown(who.organisation_id, found.session.id, opened)}


def _shown(organisation_id: int, session_id: UUID, opened: Opened) -> dict[str, Any]:
    moment = now()
    address = current_app.extensions["settings"].public_url + url_for(".my_check_in")
    token = rules.token(opened.secret, organisation_id=organisation_id, session_id=session_id, now=moment)
    return {
        "qr": _qr(f"{address}?t={token}"),
        "address": address.partition("://")[2],
        "digits": rules.code(opened.secret, organisation_id=organisation_id, session_id=session_id, now=moment),
        "seconds": rules.seconds_left(moment),
    }


def _qr(text: str) -> Markup:
    """The QR as SVG that needs no style: as large as it is given room, with the quiet zone that ISO/IEC 18004 asks."""
    made = segno.make(text, error="m", micro=False, boost_error=False)
    return Markup(made.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, light="#fff"))  # noqa: S704


def _claims(who: SignedIn, found: Meeting) -> dict[str, Any]:
    """Who claims to be there, with the words for it, and `known`: what the list is recognised by."""
    listed = lists.listed(
        reading(), organisation_id=who.organisation_id, meeting=found.session, own=found.own, now=now()
    )
    values = {"listed": listed, "why_look": words.why_look}
    shown = render_template("attendance/_check_in_list.html", register=found, **values)
    return {"shown": Markup(shown), "known": hashlib.sha256(shown.encode()).hexdigest()[:16]}  # noqa: S704
