"""GET /statements as SQL: one by its id, or a page of those that match. Part of `queries`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session, aliased

from lms.xapi import rules, searching
from lms.xapi.models import StatementRow


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
    asked = searching.Asked(organisation_id=organisation_id, query=query, sent_by=sent_by, limit=limit + 1)
    sources = [select(source.c.stored, source.c.id) for source in searching.sources(session, asked)]
    keys = union(*sources).subquery() if len(sources) > 1 else sources[0].subquery()
    page = (
        select(keys.c.stored, keys.c.id).order_by(*asked.order(keys.c.stored, keys.c.id)).limit(asked.most).subquery()
    )
    row = aliased(StatementRow)
    payload = select(row.payload).where(row.organisation_id == organisation_id, row.id == page.c.id).scalar_subquery()
    wanted = select(page.c.id, page.c.stored, payload.label("payload")).order_by(*asked.order(page.c.stored, page.c.id))
    rows = [Found(**row._asdict()) for row in session.execute(wanted)]
    shown = rows[:limit]
    goes_on = len(rows) > limit
    more = rules.Cursor(stored=shown[-1].stored, id=shown[-1].id, ascending=query.ascending) if goes_on else None
    return Page(statements=tuple(shown), more=more)
