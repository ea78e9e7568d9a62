"""Pages about cohorts: the list, and adding one."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import DomainError
from lms.people.guards import allowed, current
from lms.people.rules import FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries, service
from lms.programme.forms import CohortForm
from lms.programme.rows import VersionEntry


@allowed(*STAFF_ROLES)
def cohorts() -> ResponseReturnValue:
    """Every cohort; a facilitator sees those in which they mark a group."""
    person = current()
    facilitator_id = person.account_id if person.role == FACILITATOR else None
    found = queries.cohorts(reading(), organisation_id=person.organisation_id, facilitator_id=facilitator_id)
    return render_template("programme/cohorts.html", cohorts=found)


@allowed(*MANAGERS)
def new_cohort() -> ResponseReturnValue:
    """Add a cohort."""
    versions = queries.versions(reading(), organisation_id=current().organisation_id)
    form = CohortForm(version=request.args.get("version"))
    form.offer(versions, service.zone_choices())
    if not form.is_submitted():
        return _page(form, versions)
    if not form.validate():
        return _page(form, versions), 422
    try:
        _add(form, versions)
    except DomainError as error:
        form.blame(error)
        return _page(form, versions), 422
    flash(_("The cohort is there. These steps make it ready."), "success")
    return redirect(url_for("programme.cohort_setup", code=form.code.data), 303)


def _add(form: CohortForm, versions: list[VersionEntry]) -> None:
    starts_at, ends_at = form.moments()
    chosen = next(one for one in versions if one.id == UUID(form.version.data))
    with transaction() as session:
        service.add_cohort(
            session,
            organisation_id=current().organisation_id,
            programme_code=chosen.code,
            version=chosen.version,
            code=form.code.data or "",
            name=form.name.data or "",
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=form.time_zone.data,
            targets={},
            now=now(),
        )


def _page(form: CohortForm, versions: list[VersionEntry]) -> str:
    return render_template("programme/new_cohort.html", form=form, versions=versions)
