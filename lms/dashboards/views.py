"""The addresses of the dashboards: front page, cohort, participant, explanation."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.clock import now
from lms.dashboards import explain_pages, explain_rules, pages, participant_pages, replay_move_pages, replay_pages
from lms.people.guards import allowed, current
from lms.people.rules import PARTICIPANT, ROLES, STAFF_ROLES

blueprint = Blueprint("dashboards", __name__)


@blueprint.get("/")
@allowed(*ROLES)
def front() -> ResponseReturnValue:
    """Where each role begins."""
    person = current()
    if person.role == PARTICIPANT:
        return redirect(url_for("dashboards.me"))
    return render_template("dashboards/front.html", page=pages.front(person, now=now()))


@blueprint.get("/me")
@allowed(PARTICIPANT)
def me() -> ResponseReturnValue:
    """A participant's own page, of the cohort named in the address or of the one that started last."""
    page = participant_pages.mine(current(), code=request.args.get("cohort"), now=now())
    return render_template("dashboards/participant.html", page=page)


@blueprint.get("/cohorts/<code>")
@allowed(*STAFF_ROLES)
def cohort(code: str) -> ResponseReturnValue:
    """A cohort: its averages against target and other batches, and its participants."""
    page = pages.cohort(current(), code=code, args=request.args, now=now())
    return render_template("dashboards/cohort.html", page=page)


@blueprint.get("/cohorts/<code>/participants/<uuid:participant_id>")
@allowed(*ROLES)
def participant(code: str, participant_id: UUID) -> ResponseReturnValue:
    """One participant in a cohort, as staff see them."""
    page = participant_pages.participant(current(), code=code, participant_id=participant_id, now=now())
    return render_template("dashboards/participant.html", page=page)


@blueprint.get("/cohorts/<code>/participants/<uuid:participant_id>/explain")
@blueprint.get("/cohorts/<code>/participants/<uuid:participant_id>/explain/<path>")
@allowed(*ROLES)
def explain(code: str, participant_id: UUID, path: str = "") -> ResponseReturnValue:
    """How the whole's figures, or a component's, came to be."""
    as_of = explain_rules.as_of(request.args.get("as_of", ""))
    page = participant_pages.explained(
        current(), code=code, participant_id=participant_id, path=path, now=now(), as_of=as_of
    )
    return render_template("dashboards/explain.html", page=page)


@blueprint.get("/cohorts/<code>/participants/<uuid:participant_id>/explain.json")
@allowed(*ROLES)
def explain_json(code: str, participant_id: UUID) -> ResponseReturnValue:
    """Every step that leads to somebody's figures, as one document."""
    return explain_pages.as_json(
        explain_pages.explained(current(), code=code, participant_id=participant_id, now=now())
    )


@blueprint.get("/cohorts/<code>/participants/<uuid:participant_id>/explain.pdf")
@allowed(*ROLES)
def explain_pdf(code: str, participant_id: UUID) -> ResponseReturnValue:
    """The same on paper."""
    moment = now()
    found = explain_pages.explained(current(), code=code, participant_id=participant_id, now=moment)
    return explain_pages.as_pdf(found, now=moment)


@blueprint.get("/cohorts/<code>/participants/<uuid:participant_id>/units/<kind>")
@allowed(*ROLES)
def explain_unit(code: str, participant_id: UUID, kind: str) -> ResponseReturnValue:
    """What stands behind one module, session or assessment: each statement, mark or entry, and why it counted."""
    wanted, as_of = request.args.get("unit", ""), explain_rules.as_of(request.args.get("as_of", ""))
    page = participant_pages.unit(
        current(), code=code, participant_id=participant_id, kind=kind, unit=wanted, now=now(), as_of=as_of
    )
    return render_template("dashboards/unit.html", page=page)


for address, name, view, methods in (
    ("/cohorts/<code>/replay", "replay", replay_pages.replay, ("GET",)),
    ("/cohorts/<code>/replay.csv", "replay_file", replay_pages.replay_file, ("GET",)),
    ("/programmes/drafts/<uuid:draft_id>/replay", "replay_draft", replay_pages.replay_draft, ("GET",)),
    ("/cohorts/<code>/move", "move", replay_move_pages.move, ("GET",)),
    ("/cohorts/<code>/move", "move_now", replay_move_pages.move_now, ("POST",)),
):
    blueprint.add_url_rule(address, name, view, methods=methods)
