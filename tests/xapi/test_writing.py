"""Rows that are known to be new: few and many are written by different ways, and come to the same."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.db import Again
from lms.xapi import writing
from lms.xapi.models import InboxRow, StatementLink, StatementRow
from lms.xapi.storing import LINK, STATEMENT
from lms.xapi.writing import append
from tests.world import World

INBOX = ("organisation_id", "id", "statement_id", "attempts", "parked", "error")
ONE, TWO = (UUID(f"01890a5d-ac96-774b-bcce-b302099a800{number}") for number in (1, 2))
AT = datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=UTC)

by_either_way = pytest.mark.parametrize("few", [0, 1000], ids=["many", "few"])


def statements(organisation_id: int) -> list[tuple[Any, ...]]:
    """One with everything, and one with nothing that it need not have."""
    key, fingerprint = bytes(range(16)), bytes(range(32))
    whole = '{"name":"Ani “ǵ” \\\\ {NULL}","quote":"\\""}'
    return [
        (organisation_id, ONE, AT, key, key, TWO, TWO, True, False, ONE, fingerprint, whole),
        (organisation_id, TWO, AT, key, None, None, None, False, True, None, fingerprint, ""),
    ]


def there(world: World, table: type[Any], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    columns = [getattr(table, name) for name in names]
    with world.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*columns[:3]))]


@by_either_way
def test_all_come_back_as_they_were(world: World, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(writing, "FEW", few)
    tenant = world.sukabumi
    rows = statements(tenant)
    links = [(tenant, bytes([number]) * 16, number % 4, AT, ONE) for number in range(40)]
    waiting = [
        (tenant, one, one, attempts, parked, "café") for one, attempts, parked in ((ONE, 0, False), (TWO, 3, True))
    ]
    with world.transaction() as session:
        append(session, StatementRow, STATEMENT, rows)
        append(session, StatementLink, LINK, links)
        append(session, InboxRow, INBOX, waiting)

    assert there(world, StatementRow, STATEMENT) == rows
    assert there(world, StatementLink, LINK) == links
    assert there(world, InboxRow, INBOX) == waiting


@by_either_way
def test_what_another_has_written_meanwhile_is_to_be_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    # SQLite has one writer, so there nobody writes meanwhile.
    error = IntegrityError if world.app.extensions["settings"].is_sqlite else Again
    monkeypatch.setattr(writing, "FEW", few)
    rows = statements(world.sukabumi)
    with world.transaction() as session:
        append(session, StatementRow, STATEMENT, rows[:1])
    with pytest.raises(error, match="statement"), world.transaction() as session:
        append(session, StatementRow, STATEMENT, rows)

    assert there(world, StatementRow, STATEMENT) == rows[:1]


def test_nothing_is_written_where_there_is_nothing(world: World) -> None:
    with world.transaction() as session:
        append(session, InboxRow, INBOX, [])

    assert there(world, InboxRow, INBOX) == []
