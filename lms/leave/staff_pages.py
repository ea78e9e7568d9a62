"""Requests as staff see them: the list of a cohort, one request with its decision, and its note for those who may."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError, NotFound
from lms.leave import marking, queries, rules, service
from lms.leave.ask_pages import own_groups
from lms.leave.forms import ReasonForm
from lms.leave.my_pages import download, titles
from lms.leave.queries import Note, Request
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes

Work = Callable[..., Any]


@allowed(*STAFF_ROLES)
def requests(code: str) -> ResponseReturnValue:
    """The requests of a cohort: those that wait first, then all others, and the JP that they have come to."""
    who, session = current(), reading()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    groups = own_groups(who, cohort.id)
    found = queries.of_cohort(session, organisation_id=who.organisation_id, cohort_id=cohort.id, groups=groups)
    known = marking.around(session, organisation_id=who.organisation_id, requests=found)
    return render_template(
        "leave/requests.html",
        cohort=cohort,
        waiting=[one for one in reversed(found) if one.state == rules.ASKED],
        decided=[one for one in found if one.state != rules.ASKED],
        jp=marking.on_leave(found, known),
        titles=titles(who, found),
        may_enter=who.role != AUDITOR,
    )


@allowed(*STAFF_ROLES)
def one_request(code: str, request_id: UUID) -> ResponseReturnValue:
    """One request; what is written with it opens for managers only, on purpose."""
    return _page(current(), code, request_id)


@allowed(*MANAGERS)
def approve(code: str, request_id: UUID) -> ResponseReturnValue:
    """Approve it: its sessions are marked."""
    return _decided(code, request_id, service.approve, by="decided_by")


@allowed(*MANAGERS)
def refuse(code: str, request_id: UUID) -> ResponseReturnValue:
    """Refuse it, with a reason."""
    return _decided(code, request_id, service.refuse, by="decided_by", reason=ReasonForm().reason.data or "")


@allowed(*MANAGERS)
def withdraw(code: str, request_id: UUID) -> ResponseReturnValue:
    """Withdraw its approval, with a reason: its marks are taken back."""
    reason = ReasonForm().reason.data or ""
    return _decided(code, request_id, service.withdraw_approval, by="withdrawn_by", reason=reason)


@allowed(*MANAGERS)
def open_note(code: str, request_id: UUID) -> ResponseReturnValue:
    """Read the note; that it was read, by whom and when, stays with it."""
    return _page(current(), code, request_id, note=_read(code, request_id))


@allowed(*MANAGERS)
def open_document(code: str, request_id: UUID) -> ResponseReturnValue:
    """Take the document as a file; that counts as reading the note."""
    return download(_read(code, request_id).document)


@allowed(*MANAGERS)
def erase(code: str, request_id: UUID) -> ResponseReturnValue:
    """Erase the note and the document."""
    who = current()
    _found(who, code, request_id)
    work = partial(service.erase_note, organisation_id=who.organisation_id, request_id=request_id)
    retrying(partial(work, erased_by=who.account_id, now=now()))
    flash(_("The note and the document were erased."), "success")
    return redirect(url_for("leave.one_request", code=code, request_id=request_id), 303)


def _decided(code: str, request_id: UUID, decide: Work, *, by: str, **values: Any) -> ResponseReturnValue:
    """Decide, and show how the request stands: also where somebody else was faster, or a reason is missing."""
    who = current()
    _found(who, code, request_id)
    about = {"organisation_id": who.organisation_id, "request_id": request_id, by: who.account_id, "now": now()}
    try:
        marks = retrying(partial(decide, **about, **values))
    except DomainError as refusal:
        return _page(who, code, request_id, refusal=refusal)
    if marks is not None:
        flash(ngettext("%(num)s mark was changed.", "%(num)s marks were changed.", marks), "info")
    flash(_("The decision was recorded; the participant is told."), "success")
    return redirect(url_for("leave.one_request", code=code, request_id=request_id), 303)


def _read(code: str, request_id: UUID) -> Note:
    who = current()
    _found(who, code, request_id)
    work = partial(service.read_note, organisation_id=who.organisation_id, request_id=request_id)
    return retrying(partial(work, read_by=who.account_id, now=now()))


def _found(who: SignedIn, code: str, request_id: UUID) -> Request:
    """The request, if it is one of this cohort, of somebody whom this person may see."""
    found = queries.request(reading(), organisation_id=who.organisation_id, request_id=request_id)
    groups = own_groups(who, found.cohort_id)
    if found.cohort_code != code or (groups is not None and found.group_id not in groups):
        raise NotFound(queries.NONE)
    return found


def _page(
    who: SignedIn, code: str, request_id: UUID, *, note: Note | None = None, refusal: DomainError | None = None
) -> ResponseReturnValue:
    session, found = reading(), _found(who, code, request_id)
    about: dict[str, Any] = {"organisation_id": who.organisation_id, "request_id": request_id}
    known = marking.around(session, organisation_id=who.organisation_id, requests=[found])
    decides = who.role in MANAGERS
    page = render_template(
        "leave/request.html",
        request=found,
        cohort=programmes.cohort_by_id(session, organisation_id=who.organisation_id, cohort_id=found.cohort_id),
        covered=known.covered(found),
        jp=marking.on_leave([found], known).get(found.participant_id),
        titles=titles(who, [found]),
        decides=decides,
        info=queries.note_info(session, **about) if decides else None,
        note=note,
        readings=queries.readings(session, **about) if decides else (),
        refusal=refusal,
    )
    # An answer that is no decision is told as such; the page is the same.
    return page, 200 if refusal is None else 409 if refusal.status == 409 else 422
