"""PostgreSQL by its own driver: what is asked, and what errors become."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from lms import db, postgres
from lms.outages import passes
from tests.databases import postgres_database

ANSWER = text("SELECT :number + 1")
MISTAKE = text("SELECT nothing_of_the_kind + :number")


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = db.open_engine(postgres_database("driver", migrated=False))
    yield engine
    engine.dispose()


def test_it_asks_inside_the_transaction_of_the_session(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(text("CREATE TEMPORARY TABLE seen AS SELECT 41 AS number"))

        assert list(postgres.rows(session, text("SELECT number + :more FROM seen"), {"more": 1})) == [(42,)]
        session.rollback()
        with pytest.raises(ProgrammingError):
            postgres.rows(session, text("SELECT number + :more FROM seen"), {"more": 1})


def test_a_mistake_is_told_without_its_values(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(ProgrammingError) as told:
        postgres.rows(session, MISTAKE, {"number": 4711})

    assert "nothing_of_the_kind" in str(told.value)
    assert "4711" not in str(told.value)


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_lost_connection_passes_and_the_next_one_is_a_new_one(engine: Engine, is_begun: bool) -> None:
    with Session(engine) as session, engine.connect() as other:
        if is_begun:
            postgres.rows(session, ANSWER, {"number": 1})
        with postgres.driver(session, "") as connection:
            lost = connection.info.backend_pid
        other.execute(text("SELECT pg_terminate_backend(:lost)"), {"lost": lost})
        with pytest.raises(OperationalError) as told:
            postgres.rows(session, ANSWER, {"number": 1})
        session.rollback()

        assert isinstance(told.value.orig, psycopg.OperationalError)
        assert passes(told.value)
        assert list(postgres.rows(session, ANSWER, {"number": 1})) == [(2,)]
