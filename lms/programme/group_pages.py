"""The page of a cohort's groups: which there are, and who marks them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import DomainError, NotAllowed, NotFound, Problems
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries, service
from lms.programme.forms import chosen_id, lines


@allowed(*READERS)
def cohort_groups(code: str) -> ResponseReturnValue:
    """The groups, how many people and sessions each has, and who marks it."""
    return _page(code)


@allowed(*MANAGERS)
def add_groups(code: str) -> ResponseReturnValue:
    """Add groups, one a line; a facilitator who is chosen marks all of these."""
    text = request.form.get("names", "")
    added, wrong = _done(code, lambda session, where: _add(session, where, code, text))
    if wrong is not None:
        return _page(code, names=text, wrong=wrong), 422
    flash(ngettext("%(num)s group was added.", "%(num)s groups were added.", added), "success")
    return _back(code)


@allowed(*MANAGERS)
def rename_group(code: str) -> ResponseReturnValue:
    """Call a group something else."""
    group_id, name = chosen_id(request.form, "group"), " ".join(request.form.get("name", "").split())
    renamed: Callable[..., None] = service.rename_group
    wrong = _done(code, lambda session, where: renamed(session, **where, group_id=group_id, name=name))[1]
    if wrong is not None:
        return _page(code, renamed=group_id, name=name, wrong=wrong), 422
    flash(_("The name is saved."), "success")
    return _back(code)


@allowed(*MANAGERS)
def remove_group(code: str) -> ResponseReturnValue:
    """Remove an empty group."""
    with transaction() as session:
        service.remove_group(session, **_where(session, code), group_id=chosen_id(request.form, "group"))
    flash(_("The group is removed."), "success")
    return _back(code)


@allowed(*MANAGERS)
def assign(code: str) -> ResponseReturnValue:
    """Let a facilitator mark a group of this cohort."""
    with transaction() as session:
        service.assign_facilitator(
            session,
            organisation_id=current().organisation_id,
            account_id=chosen_id(request.form, "account"),
            groups=[f"{code}/{request.form.get('group', '')}"],
            now=now(),
        )
    flash(_("The facilitator has the group now."), "success")
    return _back(code)


@allowed(*MANAGERS)
def unassign(code: str) -> ResponseReturnValue:
    """Take a group of this cohort from a facilitator."""
    with transaction() as session:
        service.unassign_facilitator(
            session,
            organisation_id=current().organisation_id,
            account_id=chosen_id(request.form, "account"),
            group_id=chosen_id(request.form, "group"),
        )
    flash(_("The facilitator no longer has the group."), "success")
    return _back(code)


def _add(session: Session, where: dict[str, Any], code: str, text: str) -> int:
    names = lines(text)
    added = service.add_groups(session, **where, names=names)
    if request.form.get("facilitator"):
        service.assign_facilitator(
            session,
            organisation_id=where["organisation_id"],
            account_id=chosen_id(request.form, "facilitator"),
            groups=[f"{code}/{name}" for name in names],
            now=now(),
        )
    return added


def _done(code: str, work: Callable[[Session, dict[str, Any]], Any]) -> tuple[Any, DomainError | None]:
    """What the work came to, or what it was refused for; that something is not there is no matter of a field."""
    try:
        with transaction() as session:
            return work(session, _where(session, code)), None
    except (NotFound, NotAllowed):
        raise
    except Problems as refused:
        return None, refused.problems[0]
    except DomainError as refused:
        return None, refused


def _where(session: Session, code: str) -> dict[str, Any]:
    """The arguments by which the use cases find the cohort; raises NotFound."""
    organisation_id = current().organisation_id
    cohort = queries.cohort_by_code(session, organisation_id=organisation_id, code=code)
    return {"organisation_id": organisation_id, "cohort_id": cohort.id}


def _page(code: str, *, wrong: DomainError | None = None, renamed: UUID | None = None, **typed: str) -> str:
    """The page. What was `typed` and is `wrong` stands in its field: in that of the group that was to be `renamed`."""
    session, organisation_id = reading(), current().organisation_id
    cohort = queries.cohort_by_code(session, organisation_id=organisation_id, code=code)
    facilitators = queries.facilitator_accounts(session, organisation_id=organisation_id)
    groups = queries.groups(session, organisation_id=organisation_id, cohort_id=cohort.id)
    pairs = queries.facilitators(session, organisation_id=organisation_id, cohort_id=cohort.id)
    marking = {(pair.account_id, pair.group_id) for pair in pairs}
    return render_template(
        "programme/groups.html",
        cohort=cohort,
        groups=groups,
        assigned={group.id: [one for one in facilitators if (one.id, group.id) in marking] for group in groups},
        facilitators=[(one.id, f"{one.name} ({one.email})" if one.email else one.name) for one in facilitators],
        renamed=renamed,
        wrong=wrong,
        typed=typed,
    )


def _back(code: str) -> ResponseReturnValue:
    return redirect(url_for("programme.cohort_groups", code=code), 303)
