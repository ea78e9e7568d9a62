"""A participant's own requests: how they stand, and what can be taken back or erased of them."""

from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.attendance import queries as attendance
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, NotFound
from lms.leave import marking, queries, service
from lms.leave.queries import Request
from lms.leave.rules import Document
from lms.people.guards import SignedIn, allowed, current, participant_of
from lms.people.rules import PARTICIPANT


@allowed(PARTICIPANT)
def mine() -> ResponseReturnValue:
    """All of one's requests, and what the approved ones have come to."""
    who, session = current(), reading()
    participant_id = participant_of(who)
    found = queries.of_participant(session, organisation_id=who.organisation_id, participant_id=participant_id)
    known = marking.around(session, organisation_id=who.organisation_id, requests=found)
    jp = marking.on_leave(found, known).get(participant_id)
    return render_template("leave/mine.html", requests=found, jp=jp, titles=titles(who, found))


@allowed(PARTICIPANT)
def my_request(request_id: UUID) -> ResponseReturnValue:
    """One of them, with one's own note and who has read it."""
    who, session = current(), reading()
    found = _own(who, request_id)
    known = marking.around(session, organisation_id=who.organisation_id, requests=[found])
    about: dict[str, Any] = {"organisation_id": who.organisation_id, "request_id": request_id}
    return render_template(
        "leave/my_request.html",
        request=found,
        covered=known.covered(found),
        titles=titles(who, [found]),
        info=queries.note_info(session, **about),
        note=queries.note(session, **about) if found.has_note else None,
        readings=queries.readings(session, **about),
    )


@allowed(PARTICIPANT)
def my_document(request_id: UUID) -> ResponseReturnValue:
    """One's own document, to keep as a file."""
    who = current()
    _own(who, request_id)
    note = queries.note(reading(), organisation_id=who.organisation_id, request_id=request_id)
    return download(note.document)


@allowed(PARTICIPANT)
def take_back(request_id: UUID) -> ResponseReturnValue:
    """Take back what nobody has decided about."""
    who = current()
    work = partial(
        service.take_back_request,
        organisation_id=who.organisation_id,
        request_id=request_id,
        participant_id=participant_of(who),
        account_id=who.account_id,
        now=now(),
    )
    retrying(work)
    flash(_("You have taken the request back."), "success")
    return redirect(url_for("leave.mine"), 303)


@allowed(PARTICIPANT)
def erase_mine(request_id: UUID) -> ResponseReturnValue:
    """Erase one's own note once there is a decision."""
    who = current()
    work = partial(
        service.erase_note,
        organisation_id=who.organisation_id,
        request_id=request_id,
        erased_by=who.account_id,
        participant_id=participant_of(who),
        now=now(),
    )
    retrying(work)
    flash(_("The note and the document were erased."), "success")
    return redirect(url_for("leave.my_request", request_id=request_id), 303)


def download(document: Document | None) -> Response:
    """A document as a file to keep: never shown in the page, nor kept by anything on the way."""
    if document is None:
        raise NotFound(N_("There is no document with this request."))
    answer = send_file(
        BytesIO(document.content), mimetype=document.type, as_attachment=True, download_name=document.name
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def titles(who: SignedIn, requests: list[Request]) -> dict[tuple[UUID, str], str]:
    """What the kinds of leave are called, by cohort and code."""
    cohort_ids = {one.cohort_id for one in requests}
    found = attendance.rules_of(reading(), organisation_id=who.organisation_id, cohort_ids=cohort_ids)
    return {(cohort_id, one.code): one.title for cohort_id, of in found.items() for one in of.statuses}


def _own(who: SignedIn, request_id: UUID) -> Request:
    found = queries.request(reading(), organisation_id=who.organisation_id, request_id=request_id)
    if found.participant_id != who.participant_id:
        raise NotFound(queries.NONE)
    return found
