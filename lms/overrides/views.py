"""The addresses of overrides."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import new_id, reading, retrying
from lms.errors import NotFound
from lms.overrides import queries, rules, service
from lms.overrides.forms import OverrideForm, WithdrawForm
from lms.overrides.queries import Basis
from lms.overrides.rules import Consequences, Override, Said
from lms.people import queries as people
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo
from lms.progress import queries as progress
from lms.progress.rules import Result, UnitResult, plan, unit_of
from lms.web.forms import refusal

blueprint = Blueprint("overrides", __name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """One unit of a participant in a cohort as it stands at `now`, and all that its figures come from."""

    who: SignedIn
    now: datetime
    cohort: CohortInfo
    participant_id: UUID
    name: str
    basis: Basis
    before: Result
    unit: UnitResult

    @property
    def seen(self) -> str:
        """What the unit came to when it was looked at."""
        return rules.seen(self.unit)

    @property
    def about(self) -> dict[str, Any]:
        """What a service has to know of it."""
        return {"organisation_id": self.who.organisation_id, "cohort_id": self.cohort.id}

    def after(self, said: Said) -> Consequences:
        """What the figures would be with such an override."""
        made_at = rules.making_moment(self.now, [one.recorded_at for one in self.basis.evidence])
        evidence = rules.evidence_of(
            override_id=new_id(),
            cohort_id=self.cohort.id,
            kind=self.unit.kind,
            unit=self.unit.unit,
            said=said,
            made_at=made_at,
        )
        return self._to(self.basis.result(made_at, more=[evidence]))

    def without(self, override_id: UUID) -> Consequences:
        """What the figures would be if this override was withdrawn."""
        return self._to(self.basis.result(self.now, without=override_id))

    def _to(self, after: Result) -> Consequences:
        return rules.consequences(self.before, after, kind=self.unit.kind, unit=self.unit.unit)


@blueprint.get("/cohorts/<code>/overrides")
@allowed(*READERS)
def overrides(code: str) -> ResponseReturnValue:
    """Every override of a cohort with its state, the newest first."""
    who, session = current(), reading()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    about: dict[str, Any] = {"organisation_id": who.organisation_id, "cohort_id": cohort.id}
    known = progress.plan(session, **about)
    there = plan(known.programme, known.cohort).overrides
    found = queries.of_cohort(session, **about)
    linked = {one.override.id for one in found if one.override.key in there}
    statuses = known.programme.statuses
    return render_template("overrides/overrides.html", cohort=cohort, statuses=statuses, found=found, linked=linked)


@blueprint.route("/cohorts/<code>/participants/<uuid:participant_id>/override", methods=["GET", "POST"])
@allowed(*MANAGERS)
def override(code: str, participant_id: UUID) -> ResponseReturnValue:
    """Decide what a unit comes to: first what and why, then a look at what changes, and then it is saved."""
    looked = _look(code, participant_id, request.args.get("kind", ""), request.args.get("unit", ""))
    form, step = OverrideForm(), request.form.get("step", "")
    form.fit(looked.unit, looked.basis.statuses)
    wrong = 200 if step == "change" else refusal(form, partial(_save if step == "save" else _check, looked, form))
    if wrong is not None:
        return render_template("overrides/override.html", looked=looked, form=form, change=None), wrong
    if step == "save":
        flash(_("The unit was overridden."), "success")
        return _to_unit(looked)
    return render_template("overrides/override.html", looked=looked, form=form, change=looked.after(form.said()))


@blueprint.route("/cohorts/<code>/overrides/<uuid:override_id>/withdraw", methods=["GET", "POST"])
@allowed(*MANAGERS)
def withdraw(code: str, override_id: UUID) -> ResponseReturnValue:
    """Take an override back, after a look at what changes."""
    made, looked = _made(code, override_id)
    form = WithdrawForm()
    wrong = refusal(form, partial(_withdraw, looked, made, form))
    if wrong is None:
        flash(_("The override was withdrawn."), "success")
        return _to_unit(looked)
    change = looked.without(made.id)
    return render_template("overrides/withdraw.html", looked=looked, override=made, form=form, change=change), wrong


def _look(code: str, participant_id: UUID, kind: str, unit: str) -> Looked:
    """Seven queries. Raises NotFound for a cohort, a person or a unit that is none of this organisation's."""
    who, session, moment = current(), reading(), now()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    about: dict[str, Any] = {"organisation_id": who.organisation_id}
    basis = queries.basis(session, **about, cohort_id=cohort.id, participant_id=participant_id)
    before = basis.result(moment)
    found = unit_of(before, kind, unit)
    if found is None:
        raise NotFound(queries.NO_UNIT)
    names = people.participant_names(session, **about, participant_ids=[participant_id])
    return Looked(
        who=who,
        now=moment,
        cohort=cohort,
        participant_id=participant_id,
        name=names[participant_id],
        basis=basis,
        before=before,
        unit=found,
    )


def _made(code: str, override_id: UUID) -> tuple[Override, Looked]:
    who, session = current(), reading()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    about: dict[str, Any] = {"organisation_id": who.organisation_id, "cohort_id": cohort.id}
    made = queries.one_override(session, **about, override_id=override_id)
    return made, _look(code, made.participant_id, made.kind, made.unit)


def _check(looked: Looked, form: OverrideForm) -> None:
    form.check()


def _save(looked: Looked, form: OverrideForm) -> None:
    form.check()

    def work(session: Session) -> UUID:
        return service.override_unit(
            session,
            **looked.about,
            participant_id=looked.participant_id,
            kind=looked.unit.kind,
            unit=looked.unit.unit,
            said=form.said(),
            reason=form.reason.data or "",
            seen=form.seen.data,
            made_by=looked.who.account_id,
            now=looked.now,
        )

    retrying(work)


def _withdraw(looked: Looked, made: Override, form: WithdrawForm) -> None:
    work = partial(service.withdraw, **looked.about, override_id=made.id, reason=form.reason.data or "")
    retrying(partial(work, withdrawn_by=looked.who.account_id, now=looked.now))


def _to_unit(looked: Looked) -> ResponseReturnValue:
    unit: dict[str, Any] = {"kind": looked.unit.kind, "unit": looked.unit.unit}
    about: dict[str, Any] = {"code": looked.cohort.code, "participant_id": looked.participant_id}
    return redirect(url_for("dashboards.explain_unit", **about, **unit), 303)
