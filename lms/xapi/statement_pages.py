"""The page of one statement, as it was received."""

from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lms.db import reading
from lms.errors import N_, NotFound
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import FACILITATOR, READERS, ROLES
from lms.programme import queries as programmes
from lms.progress import queries as progress
from lms.xapi import queries, rules, viewer_queries
from lms.xapi.outcomes import SOURCE


@allowed(*ROLES)
def statement(statement_id: UUID) -> ResponseReturnValue:
    """A statement as a page or as JSON: a participant's own, a facilitator's groups', for other staff any."""
    session, who = reading(), current()
    found = queries.kept(session, organisation_id=who.organisation_id, statement_ids=[statement_id])
    if not found or not _may_see(session, who, statement_id):
        raise NotFound(N_("There is no such statement."))
    text = rules.pretty(found[0].payload)
    if "raw" in request.args or request.accept_mimetypes.best == "application/json":
        return _file(text, statement_id)
    return render_template(
        "xapi/statement.html",
        statement=rules.load(text),
        kept=found[0],
        text=text,
        referrers=_referrers(session, who, statement_id),
    )


def _referrers(session: Session, who: SignedIn, statement_id: UUID) -> list[viewer_queries.Referrer]:
    """Statements about this one, for those who may see them all."""
    if who.role not in READERS:
        return []
    return viewer_queries.referrers(session, organisation_id=who.organisation_id, statement_id=statement_id)


def _may_see(session: Session, who: SignedIn, statement_id: UUID) -> bool:
    """By whose evidence it is. None for readers, one query for a participant, three for a facilitator."""
    if who.role in READERS:
        return True
    rows = progress.rows_of_sources(session, organisation_id=who.organisation_id, sources=[(SOURCE, statement_id)])
    concerned = {row.participant_id for row in rows}
    if who.role == FACILITATOR:
        return _leads(session, who, concerned)
    return who.participant_id in concerned


def _leads(session: Session, who: SignedIn, participant_ids: set[UUID]) -> bool:
    """Whether one of them is in a group of this facilitator."""
    groups = programmes.groups_of(session, organisation_id=who.organisation_id, account_id=who.account_id)
    places = programmes.enrolments_of(
        session, organisation_id=who.organisation_id, participant_ids=sorted(participant_ids)
    )
    led = {(cohort_id, name) for cohort_id, _, name in groups}
    return any((place.cohort_id, place.group) in led for place in places)


def _file(text: str, statement_id: UUID) -> Response:
    response = Response(text, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if "download" in request.args:
        response.headers.set("Content-Disposition", "attachment", filename=f"statement-{statement_id}.json")
    return response
