"""The groups of a cohort: added before anybody is in them, renamed, and removed while nothing needs them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.programme import checks, queries
from lms.programme.models import CohortGroup, FacilitatorGroup
from lms.programme.rows import Group

MOST_GROUPS = 100
"""Of one cohort. Facilitators share the work by groups: more of them are a slip, such as a pasted list of people."""


def add_groups(session: Session, *, organisation_id: int, cohort_id: UUID, names: Sequence[str]) -> int:
    """Add groups of these names to a cohort; those that it has stay as they are. Returns how many are new.

    Raises Problems, each at `names`, where a name is none, there is none at all, or there would be too many.
    """
    known = {group.name for group in _locked(session, organisation_id, cohort_id)}
    wanted = list(dict.fromkeys(names))
    new = [name for name in wanted if name not in known]
    checks.refuse(_flaws(wanted, len(known) + len(new)))
    leading = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    if new:
        session.execute(insert(CohortGroup), [leading | {"id": new_id(), "name": name} for name in new])
    return len(new)


def rename_group(session: Session, *, organisation_id: int, cohort_id: UUID, group_id: UUID, name: str) -> None:
    """Call a group something else: its people, its sessions and who marks it stay.

    Raises Problems at `name`, Conflict if another group of the cohort is called so, NotFound.
    """
    groups = _locked(session, organisation_id, cohort_id)
    _found(groups, group_id)
    checks.refuse(checks.label(name, place="name"))
    if any(group.name == name and group.id != group_id for group in groups):
        raise Conflict(N_("There is a group %(name)s already; choose another name."), place="name", name=name)
    session.execute(update(CohortGroup).where(*_only(organisation_id, group_id)).values(name=name))


def remove_group(session: Session, *, organisation_id: int, cohort_id: UUID, group_id: UUID) -> None:
    """Remove a group without people and sessions; facilitators mark it no longer. Raises Conflict, NotFound."""
    group = _found(_locked(session, organisation_id, cohort_id), group_id)
    if group.participants or group.sessions:
        template = N_(
            "Group %(name)s is not empty: people in it: %(people)s, sessions for it: %(sessions)s. Move these first."
        )
        raise Conflict(template, name=group.name, people=group.participants, sessions=group.sessions)
    session.execute(
        delete(FacilitatorGroup).where(
            FacilitatorGroup.organisation_id == organisation_id, FacilitatorGroup.group_id == group_id
        )
    )
    session.execute(delete(CohortGroup).where(*_only(organisation_id, group_id)))


def _locked(session: Session, organisation_id: int, cohort_id: UUID) -> list[Group]:
    """The cohort's groups; nobody else enrols in them or plans for them until the transaction ends."""
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return queries.groups(session, organisation_id=organisation_id, cohort_id=cohort_id)


def _found(groups: Sequence[Group], group_id: UUID) -> Group:
    found = next((group for group in groups if group.id == group_id), None)
    if found is None:
        raise NotFound(N_("The cohort has no such group; load the page again."))
    return found


def _flaws(names: Sequence[str], total: int) -> list[DomainError]:
    if not names:
        return [DomainError(N_("Name at least one group."), place="names")]
    if total > MOST_GROUPS:
        template = N_("A cohort has %(most)s groups at most.")
        return [DomainError(template, place="names", most=MOST_GROUPS)]
    return [problem for name in names for problem in checks.label(name, place="names")]


def _only(organisation_id: int, group_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return CohortGroup.organisation_id == organisation_id, CohortGroup.id == group_id
