"""What the pages of staff show, read for whoever is signed in: their organisation, of it what their role may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from lms.appeals import queries as appeals
from lms.attendance import queries as attendance
from lms.dashboards import queries, rules
from lms.db import reading, retrying
from lms.errors import N_, NotFound
from lms.leave import queries as leave
from lms.people.guards import SignedIn
from lms.people.rules import FACILITATOR, READERS
from lms.programme import queries as programmes
from lms.programme.rules import Component, leaves
from lms.progress import service
from lms.xapi import queries as xapi

SHOWN_BESIDE = 4
"""How many other batches stand beside one; the earlier ones are a click away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontPage:
    """Where staff begin: today's sessions, what waits for a person, what does not count, and the batches.

    `leave`, `disputes` and `appeals` are how many wait for an answer, by the cohort's id. A facilitator answers no
    leave, and has no `counts`.
    """

    now: datetime
    batches: Mapping[UUID, queries.Batch]
    cohorts: Sequence[programmes.CohortEntry]
    today: Sequence[attendance.SessionEntry]
    counts: xapi.Counts | None
    leave: Mapping[UUID, int]
    disputes: Mapping[UUID, int]
    appeals: Mapping[UUID, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortPage:
    """A cohort's dashboard. `own_groups` says that only the facilitator's groups are listed."""

    head: queries.Head
    asked: rules.Asked
    people: queries.Lines
    facets: queries.Facets
    batch: queries.Batch | None
    others: Sequence[queries.Batch]
    own_groups: bool

    @property
    def assessments(self) -> list[Component]:
        """The components whose scores people enter."""
        return [one for one in leaves(self.head.programme) if one.kind == "assessment"]

    @property
    def compared(self) -> list[tuple[str, list[queries.Batch], list[queries.Batch]]]:
        """What batches are compared by: (path, this batch and the latest others, the earlier ones).

        The whole first, its path empty, then every component with a target.
        """
        paths = ["", *(path for path, _ in self.head.components if path in self.head.targets)]
        return [(path, *self._beside(path)) for path in paths]

    def _beside(self, path: str) -> tuple[list[queries.Batch], list[queries.Batch]]:
        there = [one for one in (self.batch, *self.others) if one is not None and path in one.figures]
        return there[: SHOWN_BESIDE + 1], there[SHOWN_BESIDE + 1 :]

    def group_options(self, every: str) -> list[tuple[str, str]]:
        """The choices of the group filter, `every` first."""
        return [("", every), *((name, name) for name in self.facets.groups if name)]

    def category_options(self, every: str) -> list[tuple[str, str]]:
        """The choices of the category filter, `every` first."""
        return [("", every), *((name, name) for name in self.facets.categories if name)]


def front(person: SignedIn, *, now: datetime) -> FrontPage:
    """Twelve queries at most.

    What a due date has just changed is in the averages once the background work has folded it: opening the first page
    of the day folds no whole organisation.
    """
    session, organisation_id = reading(), person.organisation_id
    is_facilitator = person.role == FACILITATOR
    groups, named = own_groups(person), named_for(person)
    group_ids = None if groups is None else {group_id for _cohort_id, group_id, _name in groups}
    cohorts = programmes.cohorts(
        session, organisation_id=organisation_id, facilitator_id=person.account_id if is_facilitator else None
    )
    return FrontPage(
        now=now,
        cohorts=cohorts,
        batches={one.cohort_id: one for one in queries.batches(session, organisation_id=organisation_id)},
        today=attendance.today(session, organisation_id=organisation_id, groups=groups, named=named, now=now),
        counts=xapi.counts(session, organisation_id=organisation_id) if person.role in READERS else None,
        leave={} if is_facilitator else leave.waiting(session, organisation_id=organisation_id),
        disputes=attendance.open_disputes(session, organisation_id=organisation_id, groups=group_ids, named=named),
        appeals=appeals.open_appeals(session, organisation_id=organisation_id, groups=group_ids),
    )


def cohort(person: SignedIn, *, code: str, args: Mapping[str, str], now: datetime) -> CohortPage:
    """Five queries, and one more for a facilitator; more when the clock has made figures of this cohort wrong.

    Those are folded anew first. The other batches beside it are left to the background work. Raises NotFound.
    """
    session, organisation_id = reading(), person.organisation_id
    head = queries.head(session, organisation_id=organisation_id, code=code, now=now)
    groups = own_groups_in(person, head.id)
    if head.is_stale:
        _refresh(organisation_id, head.id, now)
    asked = rules.asked(args, paths=[path for path, _ in head.components])
    batches = queries.batches(session, organisation_id=organisation_id, programme_code=head.programme.code)
    return CohortPage(
        head=head,
        asked=asked,
        people=queries.lines(session, organisation_id=organisation_id, cohort=head, asked=asked, groups=groups),
        facets=queries.facets(session, organisation_id=organisation_id, cohort_id=head.id, groups=groups),
        batch=next((one for one in batches if one.cohort_id == head.id), None),
        others=[one for one in batches if one.cohort_id != head.id],
        own_groups=groups is not None,
    )


def _refresh(organisation_id: int, cohort_id: UUID, now: datetime) -> None:
    """Figures change by the clock alone, too: what a due date or a closing has made wrong is folded anew."""
    retrying(partial(service.refresh, organisation_id=organisation_id, cohort_id=cohort_id, now=now))


def own_groups(person: SignedIn) -> set[tuple[UUID, UUID, str]] | None:
    """A facilitator's groups; None for whoever sees all. One query for a facilitator."""
    if person.role != FACILITATOR:
        return None
    return programmes.groups_of(reading(), organisation_id=person.organisation_id, account_id=person.account_id)


def named_for(person: SignedIn) -> set[UUID]:
    """The sessions at which a facilitator marks everybody, whatever their groups. One query for a facilitator."""
    if person.role != FACILITATOR:
        return set()
    return programmes.sessions_facilitated(
        reading(), organisation_id=person.organisation_id, account_id=person.account_id
    )


def own_groups_in(person: SignedIn, cohort_id: UUID) -> list[UUID] | None:
    """The ids of a facilitator's groups in this cohort, None for whoever sees all. Raises NotFound without any.

    One query for a facilitator.
    """
    groups = own_groups(person)
    if groups is None:
        return None
    ids = [group for cohort, group, _ in groups if cohort == cohort_id]
    if not ids:
        raise NotFound(N_("You have no group in this cohort."))
    return ids
