"""An explanation to take along: the file, the paper and the page, as of one moment or another."""

import hashlib
import json
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from lms.dashboards import explain_paper
from lms.dashboards.explain_paper import Paper
from lms.db import reading
from lms.web.shell import LOCALE_COOKIE
from tests.attendance.test_paper import pages
from tests.attendance.test_queries import counted
from tests.dashboards.facts import MODULE_1, entered, marked, scored
from tests.dashboards.reckoned import FIGURES, Reckoned, shown
from tests.dashboards.test_explain_pages import base, told, unit
from tests.overrides.overriding import REASON, override
from tests.world import World
from tests.xapi.lrs import lrs, score, statement


def something(world: World) -> list[str]:
    """What happened to Ani; the ids of two statements, of which the first one counts."""
    sent = lrs(world).sent(
        statement(result=score(80), timestamp="2026-03-10T00:00:00Z"),
        statement(result=score(90), timestamp="2026-03-01T00:00:00Z"),
    )
    marked(world, "Ani", "alpa")
    marked(world, "Ani", "terlambat", minutes=12, remark="Ban bocor")
    entered(world, "Ani", "75.25", remark="Salah ketik")
    return [str(one) for one in sent]


def document(client: FlaskClient, world: World, as_of: str = "") -> dict[str, Any]:
    answer = client.get(f"{base(world)}/explain.json", query_string={"as_of": as_of})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(answer.data)
    return found


def evidence(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [piece for unit in Reckoned(found=found).units() for piece in unit["evidence"]]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Paper]:
    """What was made into PDFs, in their order."""
    papers: list[Paper] = []
    make = explain_paper.pdf

    def kept(paper: Paper, **words: Any) -> bytes:
        papers.append(paper)
        return make(paper, **words)

    monkeypatch.setattr(explain_paper, "pdf", kept)
    return papers


def test_the_file_leads_from_the_figures_to_each_statement_mark_and_entry(world: World) -> None:
    first, second = something(world)
    found = document(world.client("participant"), world)
    figures = [found["result"]["figures"][name]["rounded"] for name in FIGURES]
    assert figures == [shown(value, found["programme"]["rounding"]) for value in Reckoned(found=found).figures()]
    assert found["participant"]["name"] == "Ani Contoh"
    assert (found["cohort"]["code"], found["programme"]["version"]) == ("III", 1)
    pieces = {piece["source_id"]: piece for piece in evidence(found)}
    assert pieces[first]["address"] == f"http://127.0.0.1:8000/xapi/statements?statementId={first}"
    assert (pieces[first]["counted"], pieces[second]["why"]) == (True, "before_start")
    told_of = [
        (one["source"], one["claims"]["status"], one["claims"]["score"], one["details"]) for one in pieces.values()
    ]
    details = [
        (source, status or value, one["recorded_by"], one["remark"]) for source, status, value, one in told_of if one
    ]
    assert details == [
        ("mark", "alpa", "Facilitator", ""),
        ("mark", "terlambat", "Facilitator", "Ban bocor"),
        ("entry", "75.25", "Facilitator", "Salah ketik"),
    ]


def test_everybody_who_may_see_it_gets_the_very_same_file_and_paper(world: World, printed: list[Paper]) -> None:
    something(world)
    clients = [world.client(role) for role in ("participant", "facilitator", "manager", "auditor")]
    files = {client.get(f"{base(world)}/explain.json").headers["ETag"] for client in clients}
    assert len(files) == 1
    answer = clients[0].get(f"{base(world)}/explain.pdf")
    assert (answer.status_code, answer.mimetype, pages(answer.data)) == (200, "application/pdf", 2)
    assert {f'"{printed[0].digest}"'} == files
    # The paper tells where its file is found: as of the same moment it is the same.
    again = clients[1].get(printed[0].address.removeprefix("http://127.0.0.1:8000"))
    assert {again.headers["ETag"]} == files
    assert (
        clients[0].get(f"{base(world)}/explain.json", headers={"If-None-Match": again.headers["ETag"]}).status_code
        == 304
    )


def test_an_override_says_who_decided_and_why_and_what_no_longer_counts(world: World, printed: list[Paper]) -> None:
    something(world)
    override(world, "session", status="hadir")
    client = world.client("participant")
    (decided,) = [one for one in evidence(document(client, world)) if one["source"] == "override"]
    assert (decided["claims"]["status"], decided["counted"]) == ("hadir", True)
    assert decided["details"] == {"recorded_by": "Manager", "remark": REASON}
    client.get(f"{base(world)}/explain.pdf")
    (session,) = [unit for part in printed[0].parts for unit in part.units if "Pembukaan" in unit.title]
    assert [piece.why for piece in session.pieces][-2:] == ["An override counts in its place.", ""]


def test_the_paper_is_in_the_language_of_its_reader(world: World, printed: list[Paper]) -> None:
    something(world)
    client = world.client("participant")
    client.set_cookie(LOCALE_COOKIE, "id")
    client.get(f"{base(world)}/explain.pdf")
    facts = {name: value.strip("\u2068\u2069") for name, value in printed[0].facts}
    assert (facts["Peserta"], facts["Kelompok"]) == ("Ani Contoh", "A")
    assert printed[0].figures[1][:2] == ("Dari keseluruhan", "56,08")


def test_page_file_and_paper_are_as_of_the_moment_asked_for(world: World, printed: list[Paper]) -> None:
    something(world)
    client, earlier = world.client("manager"), "2026-03-09T07:00:00+07:00"
    found = document(client, world, earlier)
    assert found["as_of"] == "2026-03-09T00:00:00Z"
    assert found["result"]["figures"]["so_far"]["rounded"] == "75.25"
    assert [piece["why"] for piece in evidence(found)] == ["before_start", "later", "later", "later", ""]
    client.get(f"{base(world)}/explain.pdf", query_string={"as_of": earlier})
    assert (printed[0].figures[0][1], dict(printed[0].facts)["As of"]) == ("75.25", "9 Mar 2026, 07:00 WIB")
    page = client.get(f"{base(world)}/explain?as_of={quote(earlier)}").text
    assert "as of 9 Mar 2026, 07:00 WIB" in page
    assert 'explain/mooc?as_of=2026-03-09T00:00:00Z"' in page
    assert 'explain.pdf?as_of=2026-03-09T00:00:00Z"' in page
    of_unit = told(world, f"{unit(world, 'module', MODULE_1)}&as_of={earlier}")  # with a plus that comes as a space
    assert "It is dated later; it counts from then on." in of_unit


@pytest.mark.parametrize("what", ["explain", "explain.json", "explain.pdf", "units/module"])
def test_a_moment_that_is_none_is_refused(world: World, what: str) -> None:
    answer = world.client("participant").get(f"{base(world)}/{what}?as_of=soon&unit={MODULE_1}")
    assert answer.status_code == 400
    assert "soon is no date and time; write it as 2021-05-20T06:00:00+07:00." in answer.text


def test_it_takes_as_many_queries_however_much_there_is(world: World) -> None:
    """Ten, beside those of signing in."""
    client, numbers = world.client("participant"), []
    for _ in range(2):
        with world.app.app_context(), counted(reading()) as sent:
            client.get(f"{base(world)}/explain.json")
        numbers.append(len(sent))
        something(world)
        scored(world, "Ani", "61")
    assert numbers[0] == numbers[1]
