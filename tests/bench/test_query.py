"""`lms bench query`: its rules, the stores that it fills, and one small run of it."""

import json
import random
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.exc import OperationalError

from lms.bench import query_rules as rules
from lms.bench import sizes, stock
from lms.bench.asking import WISHES
from lms.bench.scratch import NoScratch, scratch_database
from lms.db import reading, upgrade
from lms.xapi.models import InboxRow, StatementRow
from tests.cli.running import process
from tests.world import World

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  (nothing secret)


def reached(url: str) -> None:
    """Raises OperationalError where there is no such database; a file is not made anew."""
    if url.startswith("sqlite"):
        url = f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=rw&uri=true"
    create_engine(url).connect().close()


def asked(statements: int, microseconds: list[int]) -> rules.Asked:
    return rules.Asked(name="verb", statements=statements, found=(50, 50), http=microseconds, layer=[900] * 20)


@pytest.mark.parametrize(("slowest", "is_missed"), [(3_000, False), (3_019, False), (3_020, True), (30_000, True)])
def test_p95_may_take_half_as_long_again(slowest: int, is_missed: bool) -> None:
    measured = rules.Measured(small=[asked(10_000, [2_000] * 100)], large=[asked(1_000_000, [slowest] * 100)])
    told = list(rules.misses(measured))
    assert bool(told) is is_missed
    assert all("verb" in sentence and "1,000,000" in sentence for sentence in told)


def test_the_table_and_the_report_tell_the_same() -> None:
    measured = rules.Measured(
        small=[asked(10_000, [2_000] * 100)],
        large=[asked(1_000_000, [2_400] * 100)],
        written={"table statement": 1_500_000_000},
        place={"processors": "2"},
    )
    told = json.loads(json.dumps(rules.report(measured)))
    lines = "\n".join(rules.table(measured))
    assert told["queries"][0]["ratio"] == {"p50": "1.20", "p95": "1.20"}
    assert [one["statements"] for one in told["queries"][0]["stores"]] == [10_000, 1_000_000]
    assert all(words in lines for words in ("2.00", "2.40", "1.20", "1500 bytes", "processors 2"))


@given(statements=st.integers(2 * rules.SMALLEST, 10**8))
def test_the_deep_page_is_full_in_the_small_store(statements: int) -> None:
    small, large = rules.sizes(statements)
    assert rules.DEEP * rules.PAGE < small < large == statements


@given(total=st.integers(rules.SMALLEST, 30_000))
@example(total=10_001)
def test_everybody_sends_a_hundred_and_they_come_and_go(total: int) -> None:
    sent = Counter(stock.person(number, total) for number in range(total))
    assert sent.keys() == set(range(stock.people(total)))
    assert min(sent.values()) >= stock.EACH
    last = stock.person(total - 1, total)
    assert last >= stock.people(total) - stock.AT_A_TIME


def test_the_rare_one_sends_three_times() -> None:
    total = 3_000
    made = [stock.made(number, total, dice(number)) for number in range(total)]
    who = Counter(json.dumps(one["actor"]) for one in made)
    assert who[json.dumps(stock.RARE)] == 3
    assert 17 <= who[json.dumps(stock.STAYS)] <= 20
    assert all(one["context"]["instructor"] == stock.INSTRUCTOR for one in made)


def test_a_store_is_filled_in_the_order_of_time_and_counts_for_nothing(world: World) -> None:
    url = world.app.extensions["settings"].database_url
    told: list[int] = []
    stock.fill(url, organisation_id=world.sukabumi, total=2_345, began=BEGAN, told=told.append)

    with world.app.app_context():
        number, first, last = (
            reading().execute(select(func.count(), func.min(StatementRow.stored), func.max(StatementRow.stored))).one()
        )
        assert reading().scalar(select(func.count()).select_from(InboxRow)) == 0
        written = sizes.written(reading().get_bind().engine)
    assert sum(told) == number == 2_345
    assert (first, last) == (BEGAN, BEGAN + timedelta(seconds=2_345 // stock.TOGETHER))
    assert bool(written) is not url.startswith("sqlite")
    assert all(size > 0 for name, size in written.items() if "reference" not in name)


def test_a_scratch_database_is_gone_however_it_ends(world: World) -> None:
    url = world.app.extensions["settings"].database_url
    made: list[str] = []

    def interrupted() -> None:
        with scratch_database(url) as scratch:
            made.append(scratch)
            upgrade(scratch)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert made[0] != url
    with pytest.raises(OperationalError):
        reached(made[0])


def made_beside(url: str) -> None:
    with scratch_database(url):
        pass


def test_a_role_that_may_not_make_databases_is_told_so(world: World) -> None:
    url = make_url(world.app.extensions["settings"].database_url)
    if url.get_backend_name() == "sqlite":
        return  # It has no roles.
    role = f"reader_{secrets.token_hex(4)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN NOCREATEDB"))
        try:
            with pytest.raises(NoScratch, match="CREATEDB"):
                made_beside(url.set(username=role).render_as_string(hide_password=False))
        finally:
            connection.execute(text(f"DROP ROLE {role}"))
    engine.dispose()


@pytest.mark.slow
def test_it_runs_and_tells_json(tmp_path: Path) -> None:
    done = process("bench", "query", "--statements", "2200", "--requests", "20", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    told = json.loads(done.stdout)
    assert [one["name"] for one in told["queries"]] == [wish.name for wish in WISHES]
    assert [one["statements"] for one in told["queries"][0]["stores"]] == [1100, 2200]
    assert all(store["found"][0] > 0 and store["http_p95_us"] > 0 for one in told["queries"] for store in one["stores"])
