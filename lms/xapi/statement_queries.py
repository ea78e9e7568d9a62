"""GET /statements as SQL: one by its id, or a page of those that match. Part of `queries`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.xapi import rules, searching, shapes
from lms.xapi.models import StatementRow
from lms.xapi.shapes import Shape

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A statement to give back."""

    id: UUID
    stored: datetime
    payload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Statements in the order asked for; `more` is where the next page begins, None on the last one."""

    statements: tuple[Found, ...]
    more: rules.Cursor | None


def statement(
    session: Session, *, organisation_id: int, statement_id: UUID, voided: bool = False, sent_by: UUID | None = None
) -> Found | None:
    """The statement with this id if it is voided or not, as asked; None otherwise. One query."""
    query = select(StatementRow.id, StatementRow.stored, StatementRow.payload).where(
        StatementRow.organisation_id == organisation_id,
        StatementRow.id == statement_id,
        StatementRow.voided.is_(voided),
    )
    if sent_by is not None:
        query = query.where(StatementRow.credential_id == sent_by)
    row = session.execute(query).one_or_none()
    return None if row is None else Found(**row._asdict())


def statements(
    session: Session, *, organisation_id: int, query: rules.StatementQuery, limit: int, sent_by: UUID | None = None
) -> Page:
    """One page by `stored` and id, newest first unless ascending; `sent_by` keeps to one credential.

    A statement that refers to a match is a match too, by any number of steps; voided ones are left out, those that void
    them are not. The moments, `sent_by` and the page go by the statement that is given back, all other filters by the
    one that matches (xAPI 1.0.3, Communication 2.1.3, 2.1.4; 2.0, 4.1.6.1). One query; two where more than one filter
    is given, `sent_by` among them.
    """
    shape = shapes.shape_of(query, is_sent_by=sent_by is not None, limit=limit + 1)
    parameters = shapes.parameters(organisation_id, query, sent_by)
    page = searching.page(_led(session, shape, parameters))
    rows = [Found(**row._asdict()) for row in session.execute(page, parameters)]
    shown = rows[:limit]
    goes_on = len(rows) > limit
    more = rules.Cursor(stored=shown[-1].stored, id=shown[-1].id, ascending=query.ascending) if goes_on else None
    return Page(statements=tuple(shown), more=more)


def _led(session: Session, shape: Shape, parameters: Mapping[str, Any]) -> Shape:
    """The shape with the filters to begin with: what finds the fewest near the page, among each kind.

    It is the filter that goes furthest with the first `FEW` rows. So a rare agent is not looked for among all
    statements with a common verb, nor a rare verb among all of a busy agent. No query for one filter.
    """
    leaders = shape.leaders
    if len(leaders) < 2:
        return replace(shape, direct=leaders[0], referring=leaders[0]) if leaders else shape
    places = iter(session.execute(searching.reach(shape, searching.FEW), parameters).one())
    chosen = []
    for _ in ("statements", "references"):
        near = [_nearest([next(places) for _ in one.roles or (None,)], ascending=shape.ascending) for one in leaders]
        chosen.append(leaders[near.index(min(near))])
    return replace(shape, direct=chosen[0], referring=chosen[1])


def _nearest(places: Sequence[datetime | None], *, ascending: bool) -> tuple[bool, timedelta]:
    """How near to the page the nearest of the places is: the further, the less. None is further than any."""
    since = [_BEGINNING - place if ascending else place - _BEGINNING for place in places if place is not None]
    return bool(since), max(since, default=timedelta())
