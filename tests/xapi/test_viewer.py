"""The viewer of statements: who may, what it says, filters, both ways through the pages, what is new, and files."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from lms.xapi import rules, viewer_pages
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, HOME, MODULE, SECOND, lrs, referring, score, statement, store_now, voiding

ROLES = ("admin", "manager", "facilitator", "auditor", "participant")
READERS = {"admin", "manager", "auditor"}
STRANGER = "peserta-lama-77"
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
PATHS = ("/statements", "/statements/newer", "/statements/download")
EVIL = "<script>alert(1)</script>"


def text(response: TestResponse) -> str:
    """The words of a page, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def shown(response: TestResponse) -> list[str]:
    """The ids of the statements of a page, in their order."""
    assert response.status_code == 200, response.text
    return re.findall(r"statement-when\"><a href=\"/statements/([^\"]+)\"", response.text)


def link(response: TestResponse, words: str) -> str:
    """Where the link with these words leads."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<svg(?:(?!</svg>).)*</svg>)?<span>{words}</span>', response.text)
    assert found is not None, words
    return unescape(found[1])


def tail(response: TestResponse) -> str:
    """Where a page or a fragment asks for what is newer."""
    found = re.search(r'hx-get="([^"]+)"', response.text)
    assert found is not None
    return unescape(found[1])


def stored(world: World, *statements: dict[str, Any], after: int = 0) -> list[str]:
    """Store statements one second after another, from so many seconds after NOW; returns their ids."""
    ids, _ = [], world.sukabumi
    for number, one in enumerate(statements):
        moment = NOW + timedelta(seconds=after + number)
        prepared = rules.prepare(
            json.dumps(one).encode(),
            version=rules.V1,
            now=moment,
            authority={"objectType": "Agent", "account": {"homePage": HOME, "name": "key"}, "name": "MOOC"},
        )
        with world.transaction() as session:
            store_now(session, world, prepared, stored=moment)
        ids.append(str(prepared[0].id))
    return ids


# Who may


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PATHS)
def test_staff_who_set_up_and_auditors_read(world: World, path: str, role: str) -> None:
    assert (world.client(role).get(path).status_code < 300) is (role in READERS)


@pytest.mark.parametrize("path", PATHS)
def test_whoever_is_not_signed_in_is_asked_to(world: World, path: str) -> None:
    _ = world.sukabumi
    assert world.client().get(path).status_code == 303
    asked_again = world.client().get(path, headers={"HX-Request": "true"})
    assert (asked_again.status_code, "HX-Redirect" in asked_again.headers) == (401, True)


@pytest.mark.parametrize("asked", ["", f"?who={ANI}", f"?agent={'00' * 16}", f"?activity={MODULE}"])
def test_nothing_of_another_organisation_is_shown(world: World, asked: str) -> None:
    _ = world.cohort
    (theirs,) = lrs(world, organisation_id=world.bandung).post(statement(ANI)).json or ()
    client = world.client("admin")

    for path in PATHS:
        assert theirs not in client.get(path + asked).text
    own = world.client("admin", organisation_id=world.bandung)
    assert theirs in own.get("/statements").text


# What it says


def test_a_statement_is_told_in_words(world: World) -> None:
    _ = world.cohort
    module = {"id": MODULE, "definition": {"name": {"id": "Modul satu", "en": "Module one"}}}
    result = {"score": {"raw": 85, "max": 100}, "success": True, "duration": "PT1H12M30.5S", "response": "ya"}
    stored(world, statement(ANI, rules.PASSED, result=result) | {"object": module})
    page = text(world.client("auditor").get("/statements"))

    assert "Ani Contoh passed Module one" in page
    assert "Success 85 of 100 1 h 12 min “ya”" in page
    assert f"Actor {ANI} {HOME} Verb {rules.PASSED} Object {MODULE}" in page
    assert "Sent by MOOC" in page


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"actor": {"mbox": "mailto:siapa@mooc.example"}}, "siapa@mooc.example completed 1"),
        ({"actor": {"name": "Bu Siapa", "openid": "https://siapa.example"}}, "Bu Siapa completed 1"),
        ({"actor": {"objectType": "Group", "member": [{"name": "A", "mbox": "mailto:a@x.example"}]}}, "A completed 1"),
        ({"verb": {"id": "https://x.example/verbs/waved-at"}}, "waved-at 1"),
        ({"verb": {"id": "https://x.example/v", "display": {"id": "melambai", "en": "waved at"}}}, "waved at 1"),
        ({"object": {"objectType": "Agent", "mbox": "mailto:b@x.example"}}, "completed b@x.example"),
        (
            {
                "object": {
                    "objectType": "SubStatement",
                    "actor": {"mbox": "mailto:b@x.example"},
                    "verb": {"id": "https://x.example/verbs/plans"},
                    "object": {"id": SECOND},
                }
            },
            "completed b@x.example plans 2",
        ),
        ({"result": {"score": {"scaled": 0.825}}}, "completed 1 82.5%"),
        ({"result": {"score": {"raw": 7}}}, "completed 1 7 Identifiers"),
        ({"result": {"success": False, "completion": False}}, "No success Not completed"),
        ({"result": {"duration": "P1Y"}}, "completed 1 Identifiers"),
        ({"result": {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 40}}}, "40% done"),
    ],
)
def test_every_kind_of_statement_has_words(world: World, members: dict[str, Any], words: str) -> None:
    stored(world, statement(STRANGER) | members)
    assert words in text(world.client("manager").get("/statements"))


@pytest.mark.parametrize("raw", ["1e300", "1e-300", "9" * 40])
def test_a_figure_beyond_all_measure_is_left_to_the_json(world: World, raw: str) -> None:
    sent = json.dumps(statement(ANI)).replace('"timestamp"', f'"result": {{"score": {{"raw": {raw}}}}}, "timestamp"')
    assert lrs(world).request("POST", data=sent, content_type="application/json").status_code == 200
    page = world.client("manager").get("/statements")
    assert "completed 1 Identifiers" in text(page)


def test_whatever_was_sent_is_never_markup(world: World) -> None:
    hurting = statement(EVIL, iri=f"https://x.example/{EVIL}", result={"response": EVIL}) | {
        "actor": {"name": EVIL, "account": {"homePage": HOME, "name": EVIL}},
        "verb": {"id": "https://x.example/v", "display": {"en": EVIL}},
        "object": {"id": MODULE, "definition": {"name": {"en": EVIL}}},
    }
    lrs(world).sent(hurting | {"id": ID}, referring(ID))
    client = world.client("manager")
    page = client.get("/statements")
    agent = rules.agent_key(rules.AgentRef(kind="account", value=EVIL, home_page=HOME)).hex()

    for response in (page, client.get(f"/statements?agent={agent}"), client.get(f"/statements?who={EVIL}&verb={EVIL}")):
        assert "<script>alert" not in response.text
        assert unescape(response.text).count(EVIL) > 0


def test_what_is_voided_stands_struck_in_what_voids_it(world: World) -> None:
    _ = world.cohort
    first, second = stored(world, statement(ANI, id=ID), voiding(ID))
    page = world.client("manager").get("/statements")

    assert shown(page) == [second]
    assert re.search(rf'<s>“<a href="/statements/{first}">Ani Contoh completed 1</a>”</s>', page.text)
    told = world.client("manager").get(f"/statements/{first}")
    assert f'href="/statements/{second}"' in told.text
    assert f'href="/statements/{second}"' not in world.client("participant").get(f"/statements/{first}").text


def test_what_is_about_a_statement_that_is_not_here_says_so(world: World) -> None:
    stored(world, referring(uuid4()))
    assert "a statement that is not here" in text(world.client("manager").get("/statements"))


# Filters


def _history(world: World) -> dict[str, str]:
    """A few statements by what is special about each, the oldest first."""
    _ = world.cohort
    course = {"contextActivities": {"parent": [{"id": "https://mooc.example/kursus"}]}}
    sent = {
        "ani": statement(ANI),
        "budi": statement(BUDI, rules.FAILED),
        "mail": statement("x") | {"actor": {"mbox": "mailto:ani@sukabumi.example"}},
        "course": statement(BUDI, iri=SECOND, context=course),
        "registered": statement(BUDI, iri=SECOND, context={"registration": ID}),
        "stranger": statement(STRANGER, rules.PASSED),
    }
    return dict(zip(sent, stored(world, *sent.values()), strict=True))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["stranger", "registered", "course", "mail", "budi", "ani"]),
        ({"who": ANI}, ["mail", "ani"]),
        ({"who": " Ani contoh "}, ["mail", "ani"]),
        ({"who": "ani@sukabumi.example"}, ["mail", "ani"]),
        ({"who": STRANGER}, ["stranger"]),
        ({"who": "Dedi"}, []),
        ({"verb": rules.FAILED}, ["budi"]),
        ({"verb": "Failed"}, ["budi"]),
        ({"activity": SECOND}, ["registered", "course"]),
        ({"activity": "https://mooc.example/kursus"}, []),
        ({"activity": "https://mooc.example/kursus", "related": "1"}, ["course"]),
        ({"registration": ID}, ["registered"]),
        ({"since": "2026-03-12T08:00"}, ["stranger", "registered", "course", "mail", "budi", "ani"]),
        ({"since": "2026-03-12T08:01"}, []),
        ({"until": "2026-03-12T08:00"}, ["stranger", "registered", "course", "mail", "budi", "ani"]),
        ({"until": "2026-03-12T07:59"}, []),
        ({"since": "2026-03-12T01:00:03Z", "until": "2026-03-12T01:00:04Z"}, ["registered", "course"]),
        ({"who": BUDI, "verb": "completed", "activity": SECOND, "registration": ID}, ["registered"]),
    ],
)
def test_filters_find(world: World, asked: dict[str, str], expected: list[str]) -> None:
    sent = _history(world)
    client = world.client("manager")

    assert shown(client.get("/statements", query_string=asked)) == [sent[name] for name in expected]
    lines = client.get("/statements/download", query_string=asked).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [sent[name] for name in reversed(expected)]


def test_what_a_system_sent_is_found(world: World) -> None:
    first, second = lrs(world), lrs(world)
    (wanted,) = first.sent(statement(ANI))
    second.sent(statement(BUDI))
    client = world.client("manager")
    options = re.findall(r'<option value="([0-9a-f-]{36})"', client.get("/statements").text)
    found = [shown(client.get(f"/statements?credential={one}")) for one in options]

    assert [wanted] in found


def test_of_several_who_fit_one_is_chosen(world: World) -> None:
    sent = _history(world)
    page = world.client("manager").get("/statements?who=contoh")

    assert shown(page) == []
    assert "Whom do you mean?" in text(page)
    chosen = re.search(r'href="([^"]+)">Ani Contoh</a>', page.text)
    assert chosen is not None
    assert shown(world.client("manager").get(unescape(chosen[1]))) == [sent["mail"], sent["ani"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"verb": "no iri"},
        {"activity": "modul/1"},
        {"registration": "x"},
        {"credential": "x"},
        {"agent": "zz"},
        {"since": "kemarin"},
        {"since": "0001-01-01T00:00"},
        {"until": "9999-12-31T23:59"},
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_finds_nothing(world: World, asked: dict[str, str]) -> None:
    _history(world)
    client = world.client("manager")
    page = client.get("/statements", query_string=asked)

    assert shown(page) == []
    assert "makes no sense yet" in text(page)
    assert client.get("/statements/download", query_string=asked).text == ""


@pytest.mark.parametrize("path", ["/statements?cursor=x", "/statements/newer?after=x"])
def test_a_cursor_that_is_none_is_refused(world: World, path: str) -> None:
    assert world.client("manager").get(path).status_code == 400


def test_the_list_of_what_waits_leads_to_its_statements(world: World) -> None:
    sender = lrs(world)
    (unknown,) = sender.sent(statement(STRANGER))
    _ = world.cohort
    (about,) = sender.sent(statement(ANI, iri="https://mooc.example/modul/99"))
    client = world.client("manager")
    found = re.findall(r'href="(/statements\?[^"]+)"', client.get("/waiting").text)

    assert [shown(client.get(unescape(one))) for one in found] == [[unknown], [about]]


# Pages


@pytest.mark.parametrize("asked", ["", f"?who={ANI}"])
def test_pages_lead_both_ways(world: World, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_pages, "SHOWN", 2)
    _ = world.cohort
    mail = {"actor": {"mbox": "mailto:ani@sukabumi.example"}}
    ids = stored(world, *(statement(ANI) | (mail if number % 2 else {}) for number in range(5)))[::-1]
    client = world.client("manager")

    first = client.get(f"/statements{asked}")
    second = client.get(link(first, "Older"))
    third = client.get(link(second, "Older"))
    assert [shown(page) for page in (first, second, third)] == [ids[:2], ids[2:4], ids[4:]]
    assert ">Older<" not in third.text
    back = client.get(link(third, "Newer"))
    assert shown(back) == ids[2:4]
    assert shown(client.get(link(back, "Older"))) == ids[4:]
    assert shown(client.get(link(back, "Newer"), follow_redirects=True)) == ids[:2]
    assert shown(client.get(link(third, "To the newest"))) == ids[:2]


# What is new


@pytest.mark.parametrize("asked", ["", f"?who={ANI}"])
def test_what_comes_in_is_told_once(world: World, asked: str) -> None:
    _ = world.cohort
    (old,) = stored(world, statement(ANI))
    client = world.client("manager")
    page = client.get(f"/statements{asked}")
    assert client.get(tail(page)).status_code == 204

    first, second = stored(world, statement(ANI), statement(ANI), after=10)
    stored(world, statement(BUDI), after=5)
    fragment = client.get(tail(page))
    assert [one for one in shown(fragment) if one != old][:2] == [second, first]
    assert old not in shown(fragment)
    assert "<html" not in fragment.text
    assert 'hx-swap-oob="afterbegin:#statements"' in fragment.text
    assert client.get(tail(fragment)).status_code == 204
    (third,) = stored(world, statement(ANI), after=20)
    assert shown(client.get(tail(fragment))) == [third]


def test_a_list_that_is_empty_goes_on_too(world: World) -> None:
    page = world.client("manager").get("/statements")
    assert "No statement yet" in text(page)
    (first,) = lrs(world).sent(statement(ANI))
    assert shown(world.client("manager").get(tail(page))) == [first]


def test_more_than_is_shown_at_once_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(world, statement(ANI))
    client = world.client("manager")
    page = client.get("/statements")
    monkeypatch.setattr(viewer_pages, "SHOWN", 2)
    ids = stored(world, *(statement(ANI) for _ in range(5)), after=10)
    fragment = client.get(tail(page))

    assert shown(fragment) == ids[:2:-1]
    assert "More came in at once than is shown here." in text(fragment)
    assert client.get(tail(fragment)).status_code == 204


def test_statements_of_one_moment_are_told_once(world: World) -> None:
    prepared = rules.prepare(
        json.dumps([statement(ANI), statement(BUDI)]).encode(),
        version=rules.V1,
        now=NOW,
        authority={"account": {"homePage": HOME, "name": "key"}},
    )
    _ = world.sukabumi
    lower, higher = sorted(prepared, key=lambda one: one.id)
    with world.transaction() as session:
        store_now(session, world, [lower])
    client = world.client("manager")
    page = client.get("/statements")
    with world.transaction() as session:
        store_now(session, world, [higher])

    assert shown(client.get(tail(page))) == [str(higher.id)]


@pytest.mark.parametrize("asked", ["?until=2026-03-12T08:00", "?verb=no+iri", "?who=nobody+there"])
def test_what_is_over_or_is_nothing_does_not_go_on(world: World, asked: str) -> None:
    stored(world, statement(ANI))
    assert "hx-get" not in world.client("manager").get(f"/statements{asked}").text


# Files


def test_a_page_is_there_as_json(world: World) -> None:
    ids = stored(world, statement(ANI), statement(BUDI, result=score(70)))
    client = world.client("manager")
    raw = client.get(link(client.get("/statements"), "This page as JSON"))

    assert raw.mimetype == "application/json"
    assert [one["id"] for one in raw.json or ()] == ids[::-1]


def test_the_download_has_the_voided_ones_in_their_places(world: World) -> None:
    _ = world.cohort
    ids = stored(world, statement(BUDI), statement(ANI, id=ID), statement(BUDI), voiding(ID))
    client = world.client("manager")
    file = client.get(link(client.get("/statements"), "Download"))

    assert [json.loads(line)["id"] for line in file.text.splitlines()] == ids
    assert file.headers["Content-Disposition"].startswith("attachment; filename=statements-")
    assert file.headers["Cache-Control"] == "no-store"
    anis = client.get(f"/statements/download?who={ANI}").text.splitlines()
    assert [json.loads(line)["id"] for line in anis] == [ids[1], ids[3]]


def test_a_download_is_as_long_as_it_has_to_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.xapi.file_queries.AT_ONCE", 2)
    ids = stored(world, *(statement(ANI) for _ in range(5)))
    lines = world.client("manager").get("/statements/download").text.splitlines()
    assert [UUID(json.loads(line)["id"]) for line in lines] == [UUID(one) for one in ids]
