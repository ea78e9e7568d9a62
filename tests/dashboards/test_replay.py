"""Whose result changes by another version or a draft, without anything being written; and moving a cohort to one."""

import csv
import html
import io
import tomllib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.db import Base
from lms.events import Listeners, TimetableChanged
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.progress import queries as progress_queries
from lms.progress import service as progress
from lms.progress.models import ComponentRow, EvidenceRow
from lms.progress.move_service import move_cohort
from tests.dashboards.crowd import add_cohort
from tests.dashboards.facts import MODULE_2, entered, marked, scored
from tests.world import NOW, PROGRAMME, START, World

SECOND = PROGRAMME.replace("version = 1", "version = 2")
HEAVIER = SECOND.replace('weight = "60"', 'weight = "40"').replace('weight = "30"', 'weight = "50"')
WITHOUT_LATE = SECOND.replace('code = "terlambat"', 'code = "telat"')
MORE = (
    HEAVIER
    + """
[[component]]
key = "sikap"
title = "Sikap"
kind = "assessment"
weight = "0"
"""
)
UNTARGETED = HEAVIER.replace('key = "mooc"', 'key = "daring"').replace('key = "project"', 'key = "proyek"')


@pytest.fixture
def world(world: World) -> World:
    """The known people with a past: Ani has everything, Budi was late and nothing else."""
    scored(world, "Ani", "90")
    marked(world, "Ani", "hadir")
    marked(world, "Budi", "terlambat")
    entered(world, "Ani", "70")
    return world


def published(world: World, text: str) -> UUID:
    with world.transaction() as session:
        return programme.publish(session, organisation_id=world.sukabumi, text=text, published_by=None, now=START).id


def everything(world: World) -> dict[str, list[Any]]:
    """Every row of every table."""
    with world.reading() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in tables}


def text_of(page: Any) -> str:
    return " ".join(html.unescape(page.get_data(as_text=True)).split())


def test_the_page_says_whose_result_changes_and_why_and_writes_nothing(world: World) -> None:
    published(world, HEAVIER)
    manager = world.client("manager")
    before = everything(world)
    page = manager.get("/cohorts/III/replay?with=2")
    told = text_of(page)
    assert page.status_code == 200
    assert "“MOOC” weighs 40 instead of 60." in told
    assert "“Proyek” weighs 50 instead of 30." in told
    assert "Ani Contoh" in told
    assert "Citra Contoh" not in told
    assert "Citra Contoh" in text_of(manager.get("/cohorts/III/replay?with=2&show=all"))
    table = manager.get("/cohorts/III/replay.csv?with=2&show=all", buffered=True)
    rows = list(csv.DictReader(io.StringIO(table.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row["changes"] for row in rows] == ["yes", "no", "no", "no"]
    assert (rows[0]["of_all_before"], rows[0]["of_all_after"]) == ("60.00", "62.00")
    assert "“MOOC” weighs 40 instead of 60." in rows[0]["causes"]
    assert everything(world) == before


def test_it_can_be_asked_as_of_a_moment_of_the_cohorts_clocks(world: World) -> None:
    published(world, HEAVIER)
    manager = world.client("manager")
    # Before her statement of the third day there is only the score of her project, which has no date.
    early = text_of(manager.get("/cohorts/III/replay?with=2&as_of=2026-03-03T08:00"))
    later = text_of(manager.get("/cohorts/III/replay?with=2&as_of=2026-03-12T08:00:00%2B07:00"))
    assert ("21.00" in early, "35.00" in early, "21.00" in later) == (True, True, False)
    for wrong in ("soon", "0001-01-01", "2026-02-30T08:00"):
        page = manager.get(f"/cohorts/III/replay?with=2&as_of={wrong}")
        assert page.status_code == 422
        assert manager.get(f"/cohorts/III/replay.csv?with=2&as_of={wrong}").status_code == 400


def test_a_draft_is_replayed_too_with_what_is_wrong_with_it(world: World) -> None:
    organisation_id, account = world.sukabumi, world.account("manager")
    with world.transaction() as session:
        trees = ({"code": "contoh", "title": "Rancangan"}, tomllib.loads(HEAVIER.replace("modul/2", "modul/9")))
        bad, good = (
            programme.add_draft(session, organisation_id=organisation_id, tree=tree, created_by=account, now=NOW)
            for tree in trees
        )
    manager = world.client("manager")
    found = manager.get(f"/programmes/drafts/{good}/replay")
    assert (found.status_code, found.location) == (302, f"/cohorts/III/replay?with={good}")
    assert manager.get(f"/programmes/drafts/{world.cohort}/replay").status_code == 404
    add_cohort(world, "IV", 1)
    told = text_of(manager.get(f"/programmes/drafts/{good}/replay"))
    assert all(f"/cohorts/{code}/replay?with={good}" in told for code in ("III", "IV"))
    assert world.client("facilitator").get(f"/programmes/drafts/{good}/replay").status_code == 403
    assert "This draft is no programme yet" in text_of(manager.get(f"/cohorts/III/replay?with={bad}"))
    assert manager.get(f"/cohorts/III/replay.csv?with={bad}").status_code == 400
    told = text_of(manager.get(f"/cohorts/III/replay?with={good}"))
    assert "nothing that was sent about them counts here: Modul 2." in told
    assert "The module “Modul 2” is new. Its score: none." in told
    assert manager.get(f"/cohorts/III/move?with={good}").status_code == 404


def move(
    world: World,
    version_id: UUID,
    *,
    reason: str = "Keputusan 93/2026",
    seen: UUID | None = None,
    listeners: Listeners | None = None,
) -> int:
    account, cohort, seen = world.account("manager"), world.cohort, seen or world.programme
    with world.transaction() as session:
        session.info["listeners"] = listeners or session.info["listeners"]
        return move_cohort(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort,
            version_id=version_id,
            seen_version_id=seen,
            reason=reason,
            moved_by=account,
            now=NOW,
        )


def test_a_move_folds_everybody_is_kept_and_can_be_gone_back_on(world: World) -> None:
    version = published(world, MORE)
    with world.reading() as session:
        evidence = session.scalars(select(EvidenceRow.source_id)).all()
    assert move(world, version) == 4
    with world.reading() as session:
        cohort = programmes.cohort_by_code(session, organisation_id=world.sukabumi, code="III")
        stored = progress_queries.stored(
            session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_ids=[world.participant("Ani")]
        )
        assert cohort.programme_version_id == version
        assert [str(stored[world.participant("Ani"), path][1]) for path in ("", "sikap")] == ["62.00", "0.00"]
        assert session.scalars(select(EvidenceRow.source_id)).all() == evidence
    assert rebuilt(world) == 0
    move(world, world.programme, reason="Kembali", seen=version)
    with world.reading() as session:
        paths = set(session.scalars(select(ComponentRow.path)))
        moves = programmes.moves(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert paths == {"mooc", "attendance", "project"}
    assert [(one.before, one.after, one.reason, one.moved_by) for one in moves] == [
        (2, 1, "Kembali", "Manager"),
        (1, 2, "Keputusan 93/2026", "Manager"),
    ]
    assert rebuilt(world) == 0


def rebuilt(world: World) -> int:
    """How many results come out differently when everything is made anew from marks and scores."""
    with world.transaction() as session:
        kept = progress_queries.evidence_of(
            session,
            organisation_id=world.sukabumi,
            participant_ids=[world.participant(name) for name in ("Ani", "Budi", "Citra", "Dedi")],
        )
        sent = [
            progress.NewEvidence(participant_id=who, evidence=piece)
            for who, pieces in kept.items()
            for piece in pieces
            if piece.source == "xapi"
        ]
        again = [
            *sent,
            *attendance.replay(session, organisation_id=world.sukabumi),
            *assessment.replay(session, organisation_id=world.sukabumi),
        ]
        done = progress.rebuild(session, organisation_id=world.sukabumi, replayed=again, now=NOW)
        return done.results_changed + done.evidence_changed


REFUSED: dict[str, tuple[Callable[[World], UUID], str]] = {
    "a mark that would count as none": (
        lambda world: published(world, WITHOUT_LATE),
        "The new version has no status “terlambat”; marks that have it: 1.",
    ),
    "scores and targets without a component": (
        lambda world: published(world, UNTARGETED),
        "The new version has no assessment “project”; scores that stand there: 1.",
    ),
    "another programme": (
        lambda world: published(world, SECOND.replace('code = "contoh"', 'code = "lain"')),
        "A cohort stays in its programme: this is lain, not contoh.",
    ),
    "the version that it runs": (lambda world: world.programme, "The cohort runs this version already."),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_move_is_refused_that_would_lose(world: World, what: str) -> None:
    version, message = REFUSED[what]
    wanted = version(world)
    before = everything(world)
    form = {"version": str(wanted), "seen": str(world.programme), "reason": "Coba"}
    refused = world.client("manager").post("/cohorts/III/move", data=form)
    assert refused.status_code == 422
    assert message in text_of(refused)
    assert everything(world) | {"account": []} == before | {"account": []}


def test_the_page_moves_the_cohort_once_it_has_a_reason_and_the_version_is_the_one_that_was_seen(world: World) -> None:
    version = published(world, HEAVIER)
    manager, auditor = world.client("manager"), world.client("auditor")
    shown = text_of(manager.get("/cohorts/III/move?with=2"))
    assert "Move to version 2" in shown
    assert "Move to version 2" not in text_of(auditor.get("/cohorts/III/move?with=2"))
    form = {"version": str(version), "seen": str(world.programme)}
    assert "Say why" in text_of(manager.post("/cohorts/III/move?with=2", data=form | {"reason": " "}))
    done = manager.post("/cohorts/III/move?with=2", data=form | {"reason": "Keputusan 93/2026"})
    assert (done.status_code, done.location) == (303, "/cohorts/III/move#moves")
    told = text_of(auditor.get("/cohorts/III/move"))
    assert "Keputusan 93/2026" in told
    again = manager.post("/cohorts/III/move?with=1", data=form | {"reason": "Terlambat"})
    assert again.status_code == 409
    assert "Somebody has moved this cohort meanwhile; it runs version 2 now." in text_of(again)
    assert manager.post("/cohorts/III/move", data={"version": "x", "seen": "y", "reason": "z"}).status_code == 404


def test_what_stands_in_the_way_is_listed_before_anybody_tries(world: World) -> None:
    published(world, UNTARGETED)
    told = text_of(world.client("manager").get("/cohorts/III/move?with=2"))
    assert "The cohort cannot move" in told
    assert "The new version has no component “mooc”, for which the cohort has a target." in told
    assert "Move the cohort" not in told


def test_what_was_told_of_marks_is_looked_at_again(world: World) -> None:
    version, heard = published(world, HEAVIER), list[TimetableChanged]()
    sessions = {world.session_id(code) for code in ("S01", "S02", "SEM-A", "SEM-B")}
    move(world, version, listeners={TimetableChanged: [lambda _, fact: heard.append(fact)]})
    assert [(one.cohort_id, set(one.session_ids)) for one in heard] == [(world.cohort, sessions)]


def test_statements_about_a_module_that_only_the_new_version_has_count_by_it(world: World) -> None:
    scored(world, "Budi", "80", module=MODULE_2.replace("/2", "/3"), at=START + timedelta(days=1))
    version = published(world, SECOND.replace("modul/2", "modul/3"))
    move(world, version)
    with world.reading() as session:
        stored = progress_queries.stored(
            session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_ids=[world.participant("Budi")]
        )
    assert str(stored[world.participant("Budi"), "mooc"][1]) == "26.67"


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        ("manager", 200, 422),
        ("admin", 200, 422),
        ("auditor", 200, 403),
        ("facilitator", 403, 403),
        ("participant", 403, 403),
    ],
)
def test_who_may(world: World, role: str, read: int, write: int) -> None:
    version = published(world, HEAVIER)
    client = world.client(role)
    addresses = ("/cohorts/III/replay", "/cohorts/III/replay.csv?with=2", "/cohorts/III/move?with=2")
    assert [client.get(address).status_code for address in addresses] == [read] * 3
    form = {"version": str(version), "seen": str(world.programme), "reason": ""}
    assert client.post("/cohorts/III/move?with=2", data=form).status_code == write
    elsewhere = world.client("manager", organisation_id=world.bandung)
    assert elsewhere.get("/cohorts/III/replay?with=2").status_code == 404


@pytest.mark.parametrize("key", ["3", "1", "999999999999", "nothing", "018f0000-0000-7000-8000-000000000000", "²"])
def test_what_is_not_there_is_not_found(world: World, key: str) -> None:
    client = world.client("manager")
    pages = ("/cohorts/III/replay", "/cohorts/III/replay.csv", "/cohorts/III/move")
    assert [client.get(page, query_string={"with": key}).status_code for page in pages] == [404] * 3
