"""`lms bench ingest`: its rules, what it sends and writes, and one small run of it."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lms.bench import ingest, rows
from lms.bench import ingest_rules as rules
from lms.bench.projecting import COMPLETED, Classroom
from lms.bench.sendings import body, statement
from lms.clock import now
from lms.db import db, reading
from lms.demo.seeding import programme_modules
from lms.xapi.models import StatementLink, StatementRow
from lms.xapi.rules import V1, V2, prepare
from tests.cli.running import process
from tests.world import World


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  (nothing secret)


def line(name: str = "batches of 50", connections: int = 4, floor: int = 1000, reached: int = 600) -> rules.Line:
    return rules.Line(
        name=name, connections=connections, floor=floor, reached=reached, microseconds=range(1000, 101_000, 1000)
    )


def shown(microseconds: Sequence[int]) -> rules.Projection:
    return rules.Projection(people=1000, wanted=2000, reached=1990, microseconds=microseconds)


def test_the_percentage_of_the_floor_is_not_rounded_up() -> None:
    assert line(reached=599).percent == 59


@pytest.mark.parametrize(
    ("one", "is_missed"),
    [
        (line(reached=500), False),
        (line(reached=499), True),
        (line("one at a time", 32, reached=499), True),
        (line("one at a time", 8, reached=100), False),
    ],
)
def test_the_goal_is_half_of_the_floor(one: rules.Line, is_missed: bool) -> None:
    assert bool(list(rules.misses(rules.Measured(lines=[one])))) is is_missed


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (rules.Measured(lines=[], processes=[rules.Process(name="a worker", peak=250 * 1024, share=1)]), None),
        (rules.Measured(lines=[], processes=[rules.Process(name="a worker", peak=250 * 1024 + 1, share=1)]), "250 MB"),
        (rules.Measured(lines=[], sql={1: 6, 500: 6}), None),
        (rules.Measured(lines=[], sql={1: 6, 500: 7}), "6 for a batch of 1, 7 for a batch of 500"),
        (rules.Measured(lines=[], projection=shown([10] * 99 + [2_000_000])), None),
        (rules.Measured(lines=[], projection=shown([10] * 98 + [1_000_001] * 2)), "p99 is 1000.00 ms"),
    ],
)
def test_each_figure_that_misses_its_goal_is_named(measured: rules.Measured, words: str | None) -> None:
    told = list(rules.misses(measured))
    assert len(told) == (words is not None)
    assert words is None or words in told[0]


def test_the_table_and_the_report_tell_the_same() -> None:
    measured = rules.Measured(
        lines=[line()],
        processes=[rules.Process(name="a worker", peak=130 * 1024, share=99 * 1024)],
        sql={1: 6, 500: 6},
        projection=shown(range(1000, 101_000, 1000)),
        place={"processors": "2"},
    )
    told = json.loads(json.dumps(rules.report(measured)))
    lines = "\n".join(rules.table(measured))
    assert told["ingest"][0]["p95_us"] == told["projection"]["p95_us"] == 95_000
    assert told["sql_statements"] == {"1": 6, "500": 6}
    assert told["misses"] == []
    assert all(words in lines for words in ("60 %", "95.00", "130 MB", "6 for a batch of 500", "1990", "processors 2"))


@pytest.mark.parametrize("version", [V1, V2])
def test_what_is_sent_is_valid_and_no_id_comes_twice(version: str) -> None:
    content = body(0, 300, dice(1))
    authority = {"objectType": "Agent", "mbox": "mailto:bench@bench.example"}
    made = prepare(content, version=version, now=now(), authority=authority)

    assert len({one.id for one in made}) == 300
    assert 600 < len(content) // 300 < 1500


def test_one_in_ten_completes_a_module_of_the_programme() -> None:
    modules = [one.iri for one in programme_modules()]
    learners = Classroom(accounts=["a", "b"], modules=modules)
    made = [learners.learning(number, dice(number)) for number in range(200)]

    counting = [one for one in made if one["object"]["id"] in modules]
    assert len(counting) == 20
    assert {one["verb"]["id"] for one in counting} == {COMPLETED}
    assert {one["actor"]["account"]["name"] for one in made} == {"a", "b"}


@pytest.mark.parametrize("way", [rows.in_bulk, rows.plainly])
def test_the_floor_writes_what_the_record_store_writes(world: World, way: object) -> None:
    url = world.app.extensions["settings"].database_url
    made = [statement(number, dice(number)) for number in range(3)]
    connection = rows.connect(url)
    write = rows.in_bulk(connection) if way is rows.in_bulk else rows.plainly(connection)
    moment = now()
    batch = rows.rows_of(url, made, organisation_id=world.sukabumi, stored=moment)
    if way is rows.in_bulk or url.startswith("sqlite"):
        write(batch)
    else:
        statements, links = batch
        for row in statements:
            write(([row], [link for link in links if link[4] == row[1]]))
    connection.close()

    with world.app.app_context():
        kept = list(reading().scalars(select(StatementRow)))
        links = reading().scalar(select(func.count()).select_from(StatementLink))
    assert {str(one.id) for one in kept} == {one["id"] for one in made}
    assert {one.stored for one in kept} == {moment}
    # Actor, authority, object, parent and grouping of each.
    assert links == 15


def test_sql_statements_are_counted_where_copy_goes_too(world: World) -> None:
    with world.app.app_context():
        key, secret = ingest.credential(world.sukabumi)
        found = ingest.sql_statements(world.app, key=key, secret=secret)
        is_postgresql = db.engine.dialect.name == "postgresql"
    assert found[1] == found[500]
    # COPY of statements, of links and into the inbox; on SQLite, three INSERTs and the projection.
    assert found[1] > 3
    assert not is_postgresql or found[1] < 12


@pytest.mark.slow
def test_it_runs_beside_a_file_of_somebody_and_tells_json(tmp_path: Path) -> None:
    mine = tmp_path / "mine.db"
    mine.write_bytes(b"not a database")
    options = ("--seconds", "0.2", "--people", "10", "--json", "--database", f"sqlite:///{mine}")
    done = process("bench", "ingest", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    told = json.loads(done.stdout)
    assert [one["connections"] for one in told["ingest"]] == [16, 4, 1, 8, 32]
    assert all(one["http_per_second"] > 0 and one["floor_per_second"] > 0 for one in told["ingest"])
    assert told["projection"]["people"] == 10
    assert told["projection"]["measured"] > 0
    assert mine.read_bytes() == b"not a database"
    assert list(tmp_path.iterdir()) == [mine]


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = process("bench", "ingest", "--database", "postgresql://nobody@127.0.0.1:1/none", cwd=tmp_path)

    assert done.returncode == 3
    assert "CREATE DATABASE" in done.stderr
    assert "Traceback" not in done.stderr
