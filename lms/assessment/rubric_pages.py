"""The pages of rubrics: setting one, who has rated whom, and rating somebody."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.assessment import access, overview_queries, queries, rubric_queries, rubric_service
from lms.assessment.overview_queries import Overview, RatedPerson
from lms.assessment.queries import Grid
from lms.assessment.rubric_forms import RatingForm, RubricForm
from lms.assessment.rules import Groups
from lms.clock import now
from lms.db import reading, retrying
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import FACILITATOR, MANAGERS, STAFF_ROLES
from lms.web.forms import refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """One person as an assessor rates them."""

    who: SignedIn
    overview: Overview
    row: RatedPerson
    form: RatingForm

    @property
    def about(self) -> dict[str, Any]:
        """What addresses name: the cohort's code, the path, and the group that is shown."""
        return _about(self.overview.grid)


@allowed(*STAFF_ROLES)
def ratings(code: str, path: str) -> ResponseReturnValue:
    """Who has rated whom, what that comes to, and who is missing."""
    who = current()
    found = _overview(who, code, path)
    may = who.role in (*MANAGERS, FACILITATOR)
    return render_template("assessment/ratings.html", overview=found, group=access.only_group(), may_rate=may)


@allowed(*MANAGERS, FACILITATOR)
def rate(code: str, path: str, participant_id: UUID) -> ResponseReturnValue:
    """Rate one person by the criteria; what was chosen is kept where something is wrong."""
    looked = _look(code, path, participant_id)
    wrong = refusal(looked.form, partial(_rate, looked))
    if wrong is not None:
        return render_template("assessment/rate.html", looked=looked, group=access.only_group()), wrong
    flash(_("The rating was saved."), "success")
    return redirect(_next(looked), 303)


@allowed(*MANAGERS)
def rubric(code: str, path: str) -> ResponseReturnValue:
    """The rubric of an assessment: the criteria, their weights and levels, and how several assessors are joined."""
    grid, form = _grid(current(), code, path), RubricForm()
    stands = rubric_queries.current_rubric(reading(), **_of(current(), grid))
    form.fit(stands)
    wrong = _more(form) if "more" in request.form else refusal(form, partial(_set, grid, form))
    if wrong is not None:
        return render_template("assessment/rubric.html", grid=grid, form=form, stands=stands, group=None), wrong
    flash(_("The rubric was saved."), "success")
    return redirect(url_for("assessment.ratings", **_about(grid)), 303)


def _about(grid: Grid) -> dict[str, Any]:
    return {"code": grid.cohort.code, "path": grid.component.path, "group": access.only_group()}


def _of(who: SignedIn, grid: Grid) -> dict[str, Any]:
    return {"organisation_id": who.organisation_id, "cohort_id": grid.cohort.id, "path": grid.component.path}


def _grid(who: SignedIn, code: str, path: str) -> Grid:
    return queries.grid(reading(), organisation_id=who.organisation_id, cohort_code=code, path=path, now=now())


def _overview(who: SignedIn, code: str, path: str) -> Overview:
    session = reading()
    return overview_queries.overview(
        session,
        organisation_id=who.organisation_id,
        cohort_code=code,
        path=path,
        groups=_groups(session, who),
        only_group=access.only_group(),
        now=now(),
    )


def _groups(session: Session, who: SignedIn) -> Groups | None:
    return access.groups_of(session, organisation_id=who.organisation_id, account_id=who.account_id, role=who.role)


def _look(code: str, path: str, participant_id: UUID) -> Looked:
    who, form = current(), RatingForm()
    found = _overview(who, code, path)
    row = found.one(participant_id)
    form.fit(found.current, row.newest.get(who.account_id), request.form)
    return Looked(who=who, overview=found, row=row, form=form)


def _rate(looked: Looked) -> None:
    form, who, moment = looked.form, looked.who, now()
    points, (version, seen) = form.points(), form.basis()

    def work(session: Session) -> bool:
        return rubric_service.rate(
            session,
            **_of(who, looked.overview.grid),
            participant_id=looked.row.person.enrolled.participant_id,
            points=points,
            remark=form.remark.data or "",
            version=version,
            seen=seen,
            assessor_id=who.account_id,
            groups=_groups(session, who),
            now=moment,
        )

    retrying(work)


def _next(looked: Looked) -> str:
    """Where to go on: to the next person who is not rated yet if that was asked for, else to all of them."""
    following = None
    if "next" in request.form:
        participant_id = looked.row.person.enrolled.participant_id
        following = looked.overview.next_after(participant_id, looked.who.account_id)
    if following is None:
        return url_for("assessment.ratings", **looked.about)
    return url_for("assessment.rate", **looked.about, participant_id=following)


def _more(form: RubricForm) -> int:
    form.add_rows()
    return 200


def _set(grid: Grid, form: RubricForm) -> None:
    who, moment, said, seen = current(), now(), form.rubric(), form.seen_version()

    def work(session: Session) -> bool:
        about = _of(who, grid)
        return rubric_service.set_rubric(session, **about, rubric=said, seen=seen, set_by=who.account_id, now=moment)

    retrying(work)
