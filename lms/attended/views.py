"""The addresses of sessions as other systems know them, and of statements that became no mark."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.attended import queries
from lms.db import reading
from lms.errors import N_, NotFound
from lms.people.guards import allowed, current
from lms.people.rules import READERS, STAFF_ROLES

SHOWN = 100
blueprint = Blueprint("attended", __name__)


@blueprint.get("/id/session/<uuid:session_id>")
@allowed(*STAFF_ROLES)
def session(session_id: UUID) -> ResponseReturnValue:
    """Where the IRI of a session leads: to its register."""
    found = queries.meetings(reading(), organisation_id=current().organisation_id, session_ids=[session_id])
    if session_id not in found:
        raise NotFound(N_("There is no such session."))
    meeting = found[session_id]
    return redirect(url_for("attendance.register", code=meeting.cohort_code, session_code=meeting.code), 303)


@blueprint.get("/waiting/attended")
@allowed(*READERS)
def failed() -> ResponseReturnValue:
    """Statements that say that somebody attended, and became no mark; the last ones first."""
    organisation_id = current().organisation_id
    rows = queries.failed(reading(), organisation_id=organisation_id, limit=SHOWN)
    total = queries.how_many_failed(reading(), organisation_id=organisation_id)
    return render_template("attended/failed.html", rows=rows, total=total)
