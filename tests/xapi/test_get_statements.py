"""GET /statements: filters, references, order, pages and formats."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lms.xapi import rules
from lms.xapi.replies import MOST_AT_ONCE
from tests.world import World
from tests.xapi.lrs import ANI, BUDI, HOME, MODULE, SECOND, Lrs, Statement, lrs, referring, statement, voiding

REGISTRATION = "3fdba88f-54ae-4a2f-956b-76143df1760e"
VIEWED = "https://mooc.example/verbs/viewed"
COURSE = "https://mooc.example/kursus/1"
MENTOR = {"mbox": "mailto:mentor@sukabumi.example"}


def agent(name: str) -> dict[str, Any]:
    return {"account": {"homePage": HOME, "name": name}}


def a_sub_statement() -> Statement:
    """Somebody plans that Budi views the second module, under a mentor's eyes."""
    planned = {
        "objectType": "SubStatement",
        "actor": agent(BUDI),
        "verb": {"id": VIEWED},
        "object": {"id": SECOND},
        "context": {"instructor": MENTOR},
    }
    return statement("perencana", "https://mooc.example/verbs/planned") | {"object": planned}


@pytest.fixture
def client(world: World) -> Lrs:
    """A client with seven statements, each under the id that its number makes."""
    found = lrs(world, version="2.0.0")
    sent = [
        statement(ANI, context={"registration": REGISTRATION, "instructor": MENTOR}),
        statement(ANI, VIEWED, SECOND, context={"contextActivities": {"parent": [{"id": COURSE}]}}),
        statement(BUDI, iri=SECOND),
        statement(BUDI, VIEWED) | {"object": {"objectType": "Agent", **agent(ANI)}},
        statement(BUDI) | {"actor": {"objectType": "Group", "member": [agent(BUDI), MENTOR]}, "object": {"id": COURSE}},
        a_sub_statement(),
        statement(ANI, VIEWED, COURSE, context={"contextAgents": [{"objectType": "contextAgent", "agent": MENTOR}]}),
    ]
    for number, one in enumerate(sent):
        found.post(one | {"id": identity(number)})
    return found


def identity(number: int) -> str:
    return f"01890a5d-ac96-774b-bcce-b302099a80{number:02}"


def numbers(client: Lrs, **parameters: Any) -> list[int]:
    return sorted(int(one[-2:]) for one in client.found(**parameters))


FILTERS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "everything": ({}, [0, 1, 2, 3, 4, 5, 6]),
    "actor or object": ({"agent": agent(ANI)}, [0, 1, 3, 6]),
    "member of the actor": ({"agent": agent(BUDI)}, [2, 3, 4]),
    "agent in a SubStatement": ({"agent": agent(BUDI), "related_agents": True}, [2, 3, 4, 5]),
    "a mentor is nobody's actor": ({"agent": MENTOR}, [4]),
    "a mentor anywhere": ({"agent": MENTOR, "related_agents": True}, [0, 4, 5, 6]),
    "the same name elsewhere": ({"agent": {"account": {"homePage": "https://x.example", "name": ANI}}}, []),
    "verb": ({"verb": VIEWED}, [1, 3, 6]),
    "verb, letter by letter": ({"verb": VIEWED.upper()}, []),
    "object": ({"activity": SECOND}, [1, 2]),
    "object of a SubStatement": ({"activity": SECOND, "related_activities": True}, [1, 2, 5]),
    "parent": ({"activity": COURSE}, [4, 6]),
    "anywhere": ({"activity": COURSE, "related_activities": True}, [1, 4, 6]),
    "registration": ({"registration": REGISTRATION}, [0]),
    "several at once": ({"agent": agent(ANI), "verb": VIEWED, "activity": COURSE}, [6]),
    "nothing matches all": ({"agent": agent(BUDI), "verb": VIEWED, "activity": SECOND}, []),
}


@pytest.mark.parametrize("case", FILTERS)
def test_it_finds_what_matches_every_filter(client: Lrs, case: str) -> None:
    parameters, expected = FILTERS[case]

    assert numbers(client, **parameters) == expected


def test_the_newest_come_first_unless_ascending(client: Lrs) -> None:
    newest_first = client.found()

    assert newest_first == [identity(number) for number in reversed(range(7))]
    assert client.found(ascending="true") == newest_first[::-1]
    assert client.found(limit="2") == newest_first[:2]


def test_since_is_exclusive_and_until_inclusive(client: Lrs) -> None:
    stored = (client.get(statementId=identity(3)).json or {})["stored"]

    assert numbers(client, since=stored) == [4, 5, 6]
    assert numbers(client, until=stored) == [0, 1, 2, 3]
    assert numbers(client, since=stored, until=stored) == []
    in_jakarta = datetime.fromisoformat(stored).astimezone(tz=None).isoformat()
    assert numbers(client, since=in_jakarta) == [4, 5, 6]


# References and voiding


def test_a_statement_about_a_match_matches_by_any_number_of_steps(client: Lrs) -> None:
    (first,) = client.sent(referring(identity(0)))
    (second,) = client.sent(referring(first))
    client.sent(referring(identity(2)))

    assert client.found(registration=REGISTRATION) == [second, first, identity(0)]
    assert client.found(agent=agent(ANI), verb=rules.COMPLETED) == [second, first, identity(0)]


def test_a_reference_to_what_comes_later_is_followed_too(client: Lrs) -> None:
    later = identity(50)
    (first,) = client.sent(referring(later))
    assert client.found(activity="https://mooc.example/modul/baru") == []
    client.sent(statement(iri="https://mooc.example/modul/baru", id=later))

    assert client.found(activity="https://mooc.example/modul/baru") == [later, first]


def test_statements_that_refer_to_each_other_end_nothing(client: Lrs) -> None:
    client.sent(referring(identity(61), id=identity(60)), referring(identity(60), id=identity(61)))

    assert numbers(client, verb="https://mooc.example/verbs/reviewed") == [60, 61]


def test_the_limits_of_time_hold_for_the_reference_alone(client: Lrs) -> None:
    stored = (client.get(statementId=identity(6)).json or {})["stored"]
    (first,) = client.sent(referring(identity(0)))

    assert client.found(registration=REGISTRATION, since=stored) == [first]


def test_a_voided_statement_is_left_out_and_the_voiding_one_takes_its_place(client: Lrs) -> None:
    (by,) = client.sent(voiding(identity(0)))

    assert client.found(registration=REGISTRATION) == [by]
    assert identity(0) not in client.found()
    assert client.get(statementId=identity(0)).status_code == 404
    assert (client.get(voidedStatementId=identity(0)).json or {})["id"] == identity(0)
    assert client.get(voidedStatementId=identity(1)).status_code == 404
    assert client.get(voidedStatementId=by).status_code == 404
    assert client.get(statementId=by).status_code == 200


# Pages


def pages(client: Lrs, **parameters: Any) -> list[list[str]]:
    """The ids of every page, going on by `more` as it is given."""
    response = client.get(**parameters)
    found = []
    while True:
        body = response.json or {}
        found.append([one["id"] for one in body["statements"]])
        if not body["more"]:
            return found
        assert len(found) < 100, "more leads in a circle"
        response = client.request("GET", body["more"])
        assert response.status_code == 200, response.text


@pytest.mark.parametrize("direction", [{}, {"ascending": "true"}])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_more_leads_through_every_page(client: Lrs, limit: int, direction: dict[str, str]) -> None:
    found = pages(client, limit=str(limit), **direction)

    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert [one for page in found for one in page] == client.found(**direction)


def test_pages_are_found_by_key_though_many_have_the_same_moment(world: World) -> None:
    client = lrs(world)
    ids = client.sent(*(statement(f"peserta-{number}") for number in range(25)))

    assert [one for page in pages(client, limit="4") for one in page] == ids[::-1]


def test_what_comes_in_meanwhile_moves_no_page(client: Lrs) -> None:
    body = client.get(limit="3").json or {}
    client.sent(statement(BUDI))
    rest = client.request("GET", body["more"]).json or {}

    assert [one["id"] for one in rest["statements"]] == [identity(number) for number in (3, 2, 1)]


def test_a_page_has_no_more_than_the_store_allows(world: World) -> None:
    client = lrs(world)
    client.sent(*(statement(f"peserta-{number}") for number in range(MOST_AT_ONCE + 1)))

    assert [len(page) for page in pages(client)] == [MOST_AT_ONCE, 1]
    assert [len(page) for page in pages(client, limit="0")] == [MOST_AT_ONCE, 1]
    assert [len(page) for page in pages(client, limit="5000")] == [MOST_AT_ONCE, 1]


def test_more_repeats_the_filters_and_writes_a_space_so_that_everybody_reads_it(client: Lrs) -> None:
    spaced = {"mbox": "mailto:mentor@sukabumi.example", "name": "A mentor + friend"}
    body = client.get(agent=spaced, related_agents="true", limit="2").json or {}
    query = urlsplit(body["more"]).query

    assert "+" not in query
    assert "A%20mentor%20%2B%20friend" in query
    assert {"agent", "related_agents", "limit", "cursor"} == {name for name, _ in parse_qsl(query)}
    assert body["more"].startswith("/xapi/statements?")
    assert len((client.request("GET", body["more"]).json or {})["statements"]) == 2


def test_more_asks_for_a_credential_too(client: Lrs) -> None:
    more = (client.get(limit="2").json or {})["more"]

    assert client.request("GET", more, auth=None).status_code == 401


def test_a_cursor_shows_another_organisation_nothing(client: Lrs, world: World) -> None:
    more = (client.get(limit="2").json or {})["more"]
    response = lrs(world, organisation_id=world.bandung).request("GET", more)

    assert response.json == {"statements": [], "more": ""}


# Formats


def test_exact_gives_back_what_was_sent_and_no_more(client: Lrs) -> None:
    sent = statement(ANI, id=identity(40))
    client.sent(sent)
    found = client.get(statementId=identity(40), format="exact").json or {}

    assert {name: found[name] for name in sent} == sent
    assert found.keys() - sent.keys() == {"stored", "authority", "version"}


def test_ids_and_canonical_are_given_for_one_and_for_many(client: Lrs) -> None:
    described = {"id": MODULE, "definition": {"name": {"en": "Module 1", "id": "Modul 1"}}}
    client.sent(statement(ANI, id=identity(41)) | {"object": described})

    (listed,) = (client.get(format="ids", limit="1").json or {})["statements"]
    assert listed["object"] == {"id": MODULE}
    headers = {"Accept-Language": "id-ID,id;q=0.9,en;q=0.5"}
    response = client.request("GET", query_string={"format": "canonical", "limit": "1"}, headers=headers)
    (listed,) = (response.json or {})["statements"]
    assert listed["object"]["definition"]["name"] == {"id": "Modul 1"}
    assert (client.get(statementId=identity(41), format="ids").json or {})["object"] == {"id": MODULE}


def test_the_last_modification_of_a_statement_is_when_it_was_stored(client: Lrs) -> None:
    response = client.get(statementId=identity(0))
    stored = datetime.fromisoformat((response.json or {})["stored"])

    assert response.last_modified == stored.replace(microsecond=0)


# Parameters


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"Verb": VIEWED}, "Verb"),
        ({"verb": "viewed"}, "verb"),
        ({"verb": "//mooc.example/verbs/viewed"}, "verb"),
        ({"activity": "mooc.example/modul/1"}, "activity"),
        ({"activity": ""}, "activity"),
        ({"related_agents": "1"}, "related_agents"),
        ({"related_activities": "True"}, "related_activities"),
        ({"attachments": "yes"}, "attachments"),
        ({"since": "2026-03-02T00:00:00-00:00"}, "since"),
        ({"until": "2026-03-02"}, "until"),
        ({"limit": "1.0"}, "limit"),
        ({"voidedStatementId": "x"}, "voidedStatementId"),
        ({"agent": {"objectType": "Group", "member": [MENTOR]}}, "agent"),
        ({"agent": {"mbox": "mentor@sukabumi.example"}}, "agent.mbox"),
        ({"agent": "{"}, "agent"),
        ({"agent": {"name": "Ani"}}, "agent.name"),
        ({"registration": "1"}, "registration"),
        ({"since": "yesterday"}, "since"),
        ({"limit": "-1"}, "limit"),
        ({"ascending": "TRUE"}, "ascending"),
        ({"format": "short"}, "format"),
        ({"statementId": identity(0), "verb": VIEWED}, "statementId"),
        ({"statementId": identity(0), "voidedStatementId": identity(0)}, "statementId"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_a_wrong_parameter_is_told(client: Lrs, parameters: dict[str, Any], place: str) -> None:
    response = client.get(**parameters)

    assert response.status_code == 400
    assert (response.json or {})["place"].startswith(place.partition(".")[0])


@pytest.mark.parametrize("parameters", [{}, {"limit": "x"}, {"statementId": identity(99)}])
def test_every_reply_says_up_to_when_it_is_complete(client: Lrs, parameters: dict[str, str]) -> None:
    text = client.get(**parameters).headers["X-Experience-API-Consistent-Through"]
    moment = datetime.fromisoformat(text)

    assert text.endswith("Z")
    assert timedelta() < datetime.now(UTC) - moment < timedelta(seconds=30)


def test_a_statement_without_a_moment_has_that_of_its_arrival(world: World) -> None:
    client = lrs(world)
    sent = statement(id=identity(0))
    del sent["timestamp"]
    client.sent(sent)
    found = client.get(statementId=identity(0)).json or {}

    assert found["timestamp"] == found["stored"]
