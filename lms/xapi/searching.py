"""How a page of GET /statements is found: by ranges of indexes that come in the order of the page. Part of `queries`.

A page has up to four sources: what a filter finds itself, in one range of an index for each role, and what refers to
that. Each is read only as far as the page goes, so a page costs the same however many statements there are. That must
not hang on what the database believes of its rows, which is wrong exactly where a store grows fast or a verb is rare.
So each source names one table that only one index gives in order, and all that is to be checked of a row stands in a
subquery for a single value, which no planner turns around.

The SQL of a shape is made once; what it is asked with comes as parameters (`shapes.parameters`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    false,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy import tuple_ as row_value
from sqlalchemy.orm import aliased

from lms.xapi.models import StatementLink, StatementReference, StatementRow
from lms.xapi.shapes import Filter, Shape

FEW = 200
"""Rows of a range that are counted to tell whether it is the rarest; so many are checked without a second thought."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Range:
    """A range of an index, which is ordered by `stored` and `id`. `target_id` is there in one of references."""

    stored: Any
    id: Any
    within: tuple[ColumnElement[bool], ...]
    target_id: Any = None


# The SQL of a page


@lru_cache(maxsize=512)
def page(shape: Shape) -> Select[Any]:
    """`id`, `stored` and `payload` of the statements of a page, in its order."""
    sources = [select(source.c.stored, source.c.id) for source in _sources(shape)]
    keys = union(*sources).subquery() if len(sources) > 1 else sources[0].subquery()
    wanted = select(keys.c.stored, keys.c.id).order_by(*shape.order(keys.c.stored, keys.c.id))
    ids = wanted.limit(_number(shape.limit)).subquery()
    row = aliased(StatementRow)
    payload = select(row.payload).where(_of_organisation(row), row.id == ids.c.id).scalar_subquery()
    order = shape.order(ids.c.stored, ids.c.id)
    return select(ids.c.id, ids.c.stored, payload.label("payload")).order_by(*order)


def _sources(shape: Shape) -> list[Subquery]:
    """Pairs of `stored` and `id`, each in the order of the page and no more than it has; a pair may be in several."""
    if shape.direct is None:
        return [_source(shape, _unvoided())]
    others = [one for one in shape.filters if one != shape.direct]
    found = [_source(shape, one, _passes(shape, one, _finds(one, others))) for one in _found_by(shape.direct)]
    if shape.filters and shape.referring is not None:
        found += [
            _source(shape, one, _passes(shape, one, _refers(shape, one))) for one in _referring_to(shape.referring)
        ]
    return found


def _source(shape: Shape, one: _Range, *checks: ColumnElement[bool]) -> Subquery:
    wanted = select(one.stored.label("stored"), one.id.label("id")).where(*one.within, *_span(shape, one), *checks)
    if one.target_id is not None:
        # A statement may refer to several with the same key.
        wanted = wanted.distinct()
    return wanted.order_by(*shape.order(one.stored, one.id)).limit(_number(shape.limit)).subquery()


# Ranges


def _unvoided() -> _Range:
    row = aliased(StatementRow)
    return _Range(stored=row.stored, id=row.id, within=(_of_organisation(row), row.voided.is_(False)))


def _found_by(one: Filter) -> list[_Range]:
    """What the filter finds itself: a range for each role, for both at once would not come in order."""
    if one.name in ("agent", "activity"):
        return [_linked(one, role) for role in one.roles]
    row = aliased(StatementRow)
    found = {
        "verb": row.verb_key == _parameter("verb", row.verb_key),
        "registration": row.registration == _parameter("registration_id", row.registration),
        "sent_by": row.credential_id == _parameter("sent_by", row.credential_id),
    }
    return [_Range(stored=row.stored, id=row.id, within=(_of_organisation(row), found[one.name]))]


def _linked(one: Filter, role: int) -> _Range:
    row = aliased(StatementLink)
    within = (_of_organisation(row), row.key == _parameter(one.name, row.key), row.role == _number(role))
    return _Range(stored=row.stored, id=row.statement_id, within=within)


def _referring_to(one: Filter) -> list[_Range]:
    """What refers to a statement that the filter finds; what a credential sent is the same as among statements."""
    return [_referring(one, role) for role in one.roles] or _found_by(one)


def _referring(one: Filter, role: int) -> _Range:
    row = aliased(StatementReference)
    within = (_of_organisation(row), row.key == _parameter(one.name, row.key), row.role == _number(role))
    return _Range(stored=row.stored, id=row.statement_id, within=within, target_id=row.target_id)


def _span(shape: Shape, one: _Range) -> list[ColumnElement[bool]]:
    """Between `since`, which is exclusive, and `until`, which is not, and after the cursor."""
    here = row_value(one.stored, one.id)
    last = row_value(_parameter("cursor_stored", StatementRow.stored), _parameter("cursor_id", StatementRow.id))
    bounds = {
        "since": one.stored > _parameter("since", StatementRow.stored),
        "until": one.stored <= _parameter("until", StatementRow.stored),
        "cursor": here > last if shape.ascending else here < last,
    }
    return [bounds[bound] for bound in shape.bounds]


# What is checked of a row


def _passes(shape: Shape, one: _Range, checks: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The checks, and then whether it may be given back: in this order, since the latter reads the statement."""
    is_given_back = _is_given_back(shape, one)
    return case((and_(*checks), is_given_back), else_=false()) if checks else is_given_back


def _is_given_back(shape: Shape, one: _Range) -> ColumnElement[bool]:
    # The id is enough; with `stored` it is one row of whichever index is taken.
    row = aliased(StatementRow)
    wanted = select(row.id).where(
        _of_organisation(row), row.id == one.id, row.stored == one.stored, row.voided.is_(False)
    )
    if shape.is_sent_by:
        wanted = wanted.where(row.credential_id == _parameter("sent_by", row.credential_id))
    return wanted.scalar_subquery().is_not(None)


def _finds(one: _Range, others: Sequence[Filter]) -> list[ColumnElement[bool]]:
    """Whether the other filters find it as well: by their indexes, which takes less than to read the statement."""
    return [or_(*(_is_in(found, one) for found in _found_by(other))) for other in others]


def _refers(shape: Shape, one: _Range) -> list[ColumnElement[bool]]:
    """Whether one and the same target is what all filters look for. References have all the keys of a target."""
    if one.target_id is not None:
        return _targets(one, [other for other in shape.filters if other != shape.referring])
    first, others = shape.filters[0], shape.filters[1:]
    return [or_(*(_is_in(found, one, *_targets(found, others)) for found in _referring_to(first)))]


def _targets(one: _Range, others: Sequence[Filter]) -> list[ColumnElement[bool]]:
    return [
        or_(*(_is_in(found, one, found.target_id == one.target_id) for found in _referring_to(other)))
        for other in others
    ]


def _is_in(found: _Range, one: _Range, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    wanted = select(found.id).where(*found.within, found.stored == one.stored, found.id == one.id, *conditions)
    return wanted.limit(_number(1)).scalar_subquery().is_not(None)


# Where the ranges end


@lru_cache(maxsize=512)
def reach(shape: Shape, few: int) -> Select[Any]:
    """How far the first few rows of each range go: a moment each, null where there are not so many.

    For each leader the ranges among statements, in the order of their roles, then for each those among references.
    """
    kinds = ([_found_by(one) for one in shape.leaders], [_referring_to(one) for one in shape.leaders])
    ranges = [one for kind in kinds for found in kind for one in found]
    return select(*(_last(shape, one, few).label(f"reach_{number}") for number, one in enumerate(ranges)))


def _last(shape: Shape, one: _Range, few: int) -> ScalarSelect[Any]:
    first = select(one.stored).where(*one.within, *_span(shape, one)).order_by(*shape.order(one.stored, one.id))
    return first.offset(_number(few - 1)).limit(_number(1)).scalar_subquery()


def _of_organisation(row: Any) -> ColumnElement[bool]:
    is_theirs: ColumnElement[bool] = row.organisation_id == _parameter("organisation_id", row.organisation_id)
    return is_theirs


def _parameter(name: str, column: Any) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


def _number(value: int) -> ColumnElement[int]:
    """Written into the SQL: what a database plans for an unknown limit costs too much to be kept for the next time."""
    return literal_column(str(value), Integer)
