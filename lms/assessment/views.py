"""The addresses of assessment."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lms.assessment import access, queries, rubric_pages, rules, service
from lms.assessment.forms import GridForm, Row, basis_of, rows
from lms.assessment.queries import Grid
from lms.assessment.rules import Groups, NewEntry
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError, Problems
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme.service import Changed

blueprint = Blueprint("assessment", __name__)

Errors = Mapping[UUID, Sequence[DomainError]]


@blueprint.get("/cohorts/<code>/assessments/<path>")
@allowed(*STAFF_ROLES)
def grid(code: str, path: str) -> ResponseReturnValue:
    """The scores of one assessment, with everybody's history of entries."""
    who = current()
    found = _grid(reading(), who, code, path)
    if _has_rubric(who, found):
        return redirect(url_for(".ratings", code=code, path=path, group=access.only_group()))
    if who.role == AUDITOR:
        return render_template("assessment/grid_read.html", grid=found, group=access.only_group())
    return _page(found, rows(found.people, {}, found.cohort.time_zone))


@blueprint.post("/cohorts/<code>/assessments/<path>")
@allowed(*MANAGERS, FACILITATOR)
def save_grid(code: str, path: str) -> ResponseReturnValue:
    """Save the scores; what was typed is kept where something is wrong."""
    who, filled = current(), GridForm().filled()
    found = _grid(reading(), who, code, path)
    zone = found.cohort.time_zone
    errors = _flaws(found, filled)
    if errors:
        return _page(found, rows(found.people, filled, zone), errors=errors)
    try:
        saved = _enter(who, found, filled)
    except (Problems, rules.ScoredMeanwhile) as refusal:
        anew = _grid(reading(), who, code, path)
        return _page(anew, rows(anew.people, filled, zone), errors=_by_person(anew, refusal), refusal=refusal)
    return _saved(who, code, path, saved)


def _groups(session: Session, who: SignedIn) -> Groups | None:
    return access.groups_of(session, organisation_id=who.organisation_id, account_id=who.account_id, role=who.role)


def _has_rubric(who: SignedIn, grid: Grid) -> bool:
    paths, of = [grid.component.path], who.organisation_id
    return bool(queries.rubric_paths(reading(), organisation_id=of, cohort_id=grid.cohort.id, paths=paths))


def _grid(session: Session, who: SignedIn, code: str, path: str) -> Grid:
    return queries.grid(
        session,
        organisation_id=who.organisation_id,
        cohort_code=code,
        path=path,
        groups=_groups(session, who),
        only_group=access.only_group(),
        now=now(),
    )


def _flaws(grid: Grid, filled: Mapping[UUID, Row]) -> Errors:
    people = {person.enrolled.participant_id: person for person in grid.people}
    found = {row.participant_id: list(row.flaws(basis_of(row, people))) for row in filled.values()}
    return {participant_id: flaws for participant_id, flaws in found.items() if flaws}


def _enter(who: SignedIn, grid: Grid, filled: Mapping[UUID, Row]) -> Changed:
    moment = now()

    def enter(session: Session) -> Changed:
        return service.enter(
            session,
            organisation_id=who.organisation_id,
            cohort_id=grid.cohort.id,
            entries=_entries(grid, filled),
            recorded_by=who.account_id,
            source="grid",
            now=moment,
            groups=_groups(session, who),
            seen={(grid.component.path, row.participant_id): row.seen for row in filled.values()},
        )

    return retrying(enter)


def _entries(grid: Grid, filled: Mapping[UUID, Row]) -> list[NewEntry]:
    people = {person.enrolled.participant_id: person for person in grid.people}
    path, zone = grid.component.path, grid.cohort.time_zone
    return [row.entry(path, basis_of(row, people), zone) for row in filled.values() if not row.is_empty]


def _by_person(grid: Grid, refusal: DomainError) -> Errors:
    """A service's problems by the participant whose identifier is their place."""
    ids = {person.enrolled.identifier: person.enrolled.participant_id for person in grid.people}
    found: dict[UUID, list[DomainError]] = {}
    for problem in refusal.problems if isinstance(refusal, Problems) else ():
        if problem.place in ids:
            found.setdefault(ids[problem.place], []).append(problem)
    return found


def _page(
    grid: Grid,
    shown: Sequence[Row],
    *,
    errors: Errors | None = None,
    refusal: DomainError | None = None,
    saved: str = "",
) -> ResponseReturnValue:
    """The form with these rows: the page, or for htmx the part of it that changes. 422 where it was refused."""
    page = render_template(
        "assessment/_rows.html" if "HX-Request" in request.headers else "assessment/grid.html",
        grid=grid,
        rows=list(zip(grid.people, shown, strict=True)),
        group=access.only_group(),
        errors=errors or {},
        refusal=refusal,
        saved=saved,
    )
    return page, 422 if errors or refusal else 200


def _saved(who: SignedIn, code: str, path: str, saved: Changed) -> ResponseReturnValue:
    count = saved.added + saved.changed
    text = ngettext("%(num)s score was saved.", "%(num)s scores were saved.", count) if count else _("Nothing was new.")
    if "HX-Request" in request.headers:
        found = _grid(reading(), who, code, path)
        return _page(found, rows(found.people, {}, found.cohort.time_zone), saved=text)
    flash(text, "success")
    return redirect(url_for(".grid", code=code, path=path, group=access.only_group()), 303)


OF = "/cohorts/<code>/assessments/<path>"
for address, name, view, methods in (
    (f"{OF}/rubric", "rubric", rubric_pages.rubric, ("GET", "POST")),
    (f"{OF}/ratings", "ratings", rubric_pages.ratings, ("GET",)),
    (f"{OF}/ratings/<uuid:participant_id>", "rate", rubric_pages.rate, ("GET", "POST")),
):
    blueprint.add_url_rule(address, name, view, methods=methods)
