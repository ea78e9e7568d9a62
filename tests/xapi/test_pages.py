"""The pages of the record store: credentials, what waits, and a statement."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from lms.xapi import queries, rules, service
from lms.xapi.projection import TRIES
from tests.world import NOW, World
from tests.xapi.lrs import ANI, CITRA, HOME, MODULE, Lrs, counts, drain, evidence, lrs, score, statement, voiding

ROLES = ("admin", "manager", "facilitator", "auditor", "participant")
READERS, CHANGERS = {"admin", "manager", "auditor"}, {"admin", "manager"}
STRANGER = "peserta-lama-77"
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def key_of(name: str) -> bytes:
    return rules.agent_key(rules.AgentRef(kind="account", value=name, home_page=HOME))


def text(response: TestResponse) -> str:
    """The words of a page, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def match(world: World, agent: str, identifier: str, *, role: str = "manager", follow: bool = True) -> TestResponse:
    data = {"agent": agent, f"identifier-{agent}": identifier}
    return world.client(role).post("/waiting/match", data=data, follow_redirects=follow)


# Who may


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["/credentials", "/waiting"])
def test_staff_who_set_up_and_auditors_read(world: World, path: str, role: str) -> None:
    assert world.client(role).get(path).status_code == (200 if role in READERS else 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/credentials"),
        ("POST", f"/credentials/{ID}/revoke"),
        ("GET", "/waiting/participants?identifier-00=a"),
        ("POST", "/waiting/match"),
        ("POST", "/waiting/again"),
    ],
)
def test_only_admins_and_managers_change(world: World, method: str, path: str, role: str) -> None:
    status = world.client(role).open(path, method=method).status_code

    assert (status != 403) is (role in CHANGERS)


def test_an_auditor_is_offered_nothing_to_change(world: World) -> None:
    lrs(world).sent(statement(STRANGER))
    client = world.client("auditor")

    for path in ("/credentials", "/waiting"):
        assert 'method="post"' not in client.get(path).text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("path", ["/credentials", "/waiting", f"/statements/{ID}"])
def test_whoever_is_not_signed_in_is_asked_to(world: World, path: str) -> None:
    _ = world.sukabumi

    assert world.client().get(path).status_code == 303


# Credentials


def test_a_credential_is_made_and_its_secret_shown_once(world: World) -> None:
    client = world.client("manager")
    made = client.post(
        "/credentials", data={"label": " MOOC kota ", "scope": ["statements/write", "statements/read/mine"]}
    )
    key, secret = (re.search(rf'id="{name}" value="([^"]+)"', made.text) for name in ("key", "secret"))

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert key is not None
    assert secret is not None
    sender = Lrs(world=world, client=world.app.test_client(), key=key[1], secret=secret[1])
    assert sender.post(statement()).status_code == 200
    listed = client.get("/credentials")
    assert "MOOC kota" in listed.text
    assert secret[1] not in listed.text
    assert "Send statements, Read the statements that it sent itself" in text(listed)


def test_the_ready_command_tries_the_credential_and_leaves_nothing(world: World) -> None:
    made = world.client("manager").post("/credentials", data={"label": "MOOC", "scope": "statements/write"})
    command = re.search(r'id="command" value="([^"]+)"', made.text)
    assert command is not None
    line = unescape(command[1])
    credential = re.search(r"-u '([^:]+):([^']+)'", line)
    assert credential is not None
    sender = Lrs(world=world, client=world.app.test_client(), key=credential[1], secret=credential[2])

    assert line.endswith("-d '[]' http://127.0.0.1:8000/xapi/statements")
    assert sender.request("POST", data="[]", content_type="application/json").json == []


def test_one_that_only_reads_is_given_a_command_that_reads(world: World) -> None:
    made = world.client("manager").post("/credentials", data={"label": "Dasbor", "scope": "statements/read"})

    assert "/xapi/statements?limit=1&#39;" in made.text
    assert "-d &#39;[]&#39;" not in made.text


def test_it_expires_when_its_last_day_ends(world: World) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    world.client("manager").post(
        "/credentials", data={"label": "MOOC", "scope": "all", "expires": tomorrow.isoformat()}
    )
    with world.reading() as session:
        (found,) = queries.credentials(session, organisation_id=world.sukabumi)

    assert found.expires_at is not None
    assert timedelta(days=1) < found.expires_at - datetime.now(UTC) < timedelta(days=4)


@pytest.mark.parametrize(
    "data",
    [
        {"label": "", "scope": "all"},
        {"label": "x" * 101, "scope": "all"},
        {"label": "MOOC"},
        {"label": "MOOC", "scope": "everything"},
        {"label": "MOOC", "scope": "all", "expires": "soon"},
        {"label": "MOOC", "scope": "all", "expires": "2020-01-01"},
    ],
)
def test_a_credential_that_makes_no_sense_is_asked_for_again(world: World, data: dict[str, str]) -> None:
    client = world.client("manager")
    response = client.post("/credentials", data=data)

    assert response.status_code == 422
    assert 'class="field-error"' in response.text
    assert "No credential yet" in client.get("/credentials").text


def test_a_credential_is_revoked(world: World) -> None:
    sender = lrs(world)
    client = world.client("manager")
    with world.reading() as session:
        (found,) = queries.credentials(session, organisation_id=world.sukabumi)
    page = client.post(f"/credentials/{found.id}/revoke", follow_redirects=True)

    assert "The credential opens nothing any more" in page.text
    assert sender.get().status_code == 401
    assert "Revoke it" not in page.text


def test_nobody_revokes_that_of_another_organisation(world: World) -> None:
    sender = lrs(world, organisation_id=world.bandung)
    with world.reading() as session:
        (found,) = queries.credentials(session, organisation_id=world.bandung)

    assert world.client("admin").post(f"/credentials/{found.id}/revoke").status_code == 404
    assert sender.get().status_code == 200
    assert sender.key not in world.client("admin").get("/credentials").text


# What waits


def test_an_organisation_where_nothing_waits_is_told_so(world: World) -> None:
    page = text(world.client("manager").get("/waiting"))

    assert "Everybody is known" in page
    assert "Every module is known" in page
    assert "Nothing was set aside" in page


def test_it_lists_unknown_people_and_modules_with_how_often(world: World) -> None:
    _ = world.cohort
    named = statement(STRANGER)
    named["actor"]["name"] = "Ibu <Lama>"
    lrs(world).sent(named, statement(STRANGER), statement(ANI, iri="https://mooc.example/modul/99"))
    lrs(world).sent(statement("x") | {"actor": {"mbox": "mailto:siapa@sukabumi.example"}})
    response = world.client("auditor").get("/waiting")
    page = text(response)

    assert f"Ibu <Lama> account {STRANGER} at {HOME} 2" in page
    assert "siapa@sukabumi.example 1" in page
    assert "https://mooc.example/modul/99 1" in page
    assert "Of unknown people 3" in page
    assert "<Lama>" not in response.text


def test_nothing_of_another_organisation_is_listed(world: World) -> None:
    lrs(world, organisation_id=world.bandung).post(statement(STRANGER))
    drain(world, organisation_id=world.bandung)

    assert STRANGER not in world.client("manager").get("/waiting").text


def test_whoever_is_matched_counts_at_once(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(STRANGER, result=score(66)))
    page = match(world, key_of(STRANGER).hex(), f" {CITRA} ")

    assert "This is Citra Contoh." in page.text
    assert "Everybody is known" in page.text
    assert [piece.score for piece in evidence(world, "Citra")] == [66]


@pytest.mark.parametrize(
    ("agent", "identifier", "told"),
    [
        (key_of(STRANGER).hex(), "199001012026031999", "No participant has the identifier “199001012026031999”."),
        (key_of(STRANGER).hex(), "", "No participant has the identifier"),
        (key_of(STRANGER).hex(), "Citra", "No participant has the identifier “Citra”."),
    ],
)
def test_an_identifier_of_nobody_is_told_at_its_field(world: World, agent: str, identifier: str, told: str) -> None:
    _ = world.cohort
    lrs(world).sent(statement(STRANGER))
    response = match(world, agent, identifier)

    assert response.status_code == 422
    assert told in text(response)
    assert f'value="{identifier}"' in response.text
    assert counts(world).persons == 1


@pytest.mark.parametrize("agent", ["", "zz", "00" * 16, "0" * 5000])
def test_an_agent_that_sent_nothing_here_is_not_matched(world: World, agent: str) -> None:
    _ = world.cohort

    assert match(world, agent, CITRA).status_code == 422


def test_a_participant_of_another_organisation_cannot_be_named(world: World) -> None:
    _ = world.cohort
    lrs(world, organisation_id=world.bandung).post(statement(STRANGER))
    drain(world, organisation_id=world.bandung)
    client = world.client("manager", organisation_id=world.bandung)
    agent = key_of(STRANGER).hex()

    assert client.post("/waiting/match", data={"agent": agent, f"identifier-{agent}": CITRA}).status_code == 422
    assert "Citra" not in client.get("/waiting/participants?identifier-00=cit").text


def test_participants_are_offered_by_name_and_identifier(world: World) -> None:
    _ = world.cohort
    client = world.client("manager")

    assert re.findall(r'value="(\d+)"', client.get("/waiting/participants?identifier-00=citra").text) == [CITRA]
    assert re.findall(r'value="(\d+)"', client.get("/waiting/participants?identifier-00=31003").text) == [CITRA]
    assert len(re.findall("<option", client.get("/waiting/participants").text)) == 4


def test_what_is_still_queued_is_told(world: World) -> None:
    ids = [UUID(one) for one in lrs(world).sent(statement(STRANGER), statement(STRANGER))]
    with world.transaction() as session:
        service.requeue(session, organisation_id=world.sukabumi, statement_ids=ids)

    assert "2 statements have come in and are about to be counted." in world.client("manager").get("/waiting").text


def park(world: World, *statement_ids: str) -> None:
    def fail(_statement: object) -> None:
        raise ValueError("a dialect <broke> down")

    with world.transaction() as session:
        ids = [UUID(one) for one in statement_ids]
        service.requeue(session, organisation_id=world.sukabumi, statement_ids=ids)
    for _ in range(TRIES):
        with world.transaction() as session:
            service.project(session, organisation_id=world.sukabumi, dialects=[fail], now=NOW)


def test_what_was_set_aside_is_shown_with_its_error_and_tried_again(world: World) -> None:
    _ = world.cohort
    first, second = lrs(world).sent(statement(ANI, result=score(44)), statement(ANI, iri=f"{MODULE}/x"))
    park(world, first, second)
    client = world.client("manager")
    page = text(client.get("/waiting"))
    assert f"{first} ValueError: a dialect <broke> down" in page

    client.post("/waiting/again", data={"statement": first})
    assert (counts(world).parked, counts(world).queued) == (1, 0)
    client.post("/waiting/again", data={"statement": ID})
    assert counts(world).parked == 1
    client.post("/waiting/again")
    assert (counts(world).parked, counts(world).queued) == (0, 0)


def test_a_long_list_is_shown_in_part_and_says_so(world: World) -> None:
    lrs(world).sent(*(statement(f"peserta-{number}") for number in range(60)))
    page = text(world.client("manager").get("/waiting"))

    assert "The first 50 are shown" in page
    assert "Of unknown people 60" in page


# A statement


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("admin", "", 200),
        ("manager", "", 200),
        ("auditor", "", 200),
        ("facilitator", "", 200),
        ("facilitator", "facilitator_b", 404),
        ("participant", "", 200),
        ("participant", "Budi", 404),
    ],
)
def test_a_statement_is_shown_to_whom_it_concerns(world: World, role: str, name: str, status: int) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, id=ID, result=score(70)))

    assert world.client(role, name=name).get(f"/statements/{ID}").status_code == status


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("facilitator", 404), ("participant", 404)])
def test_one_of_nobody_known_is_for_those_who_see_everything(world: World, role: str, status: int) -> None:
    _ = world.cohort
    lrs(world).sent(statement(STRANGER, id=ID))

    assert world.client(role).get(f"/statements/{ID}").status_code == status


def test_none_of_another_organisation_is_shown(world: World) -> None:
    lrs(world, organisation_id=world.bandung).post(statement(ANI, id=ID))

    assert world.client("admin").get(f"/statements/{ID}").status_code == 404
    assert world.client("admin", organisation_id=world.bandung).get(f"/statements/{ID}").status_code == 200


def test_its_json_is_readable_and_exact(world: World) -> None:
    sent = json.dumps(statement(ANI, id=ID)).replace(
        '"timestamp"', '"result": {"score": {"raw": 8.50E1, "max": 100}}, "timestamp"'
    )
    lrs(world).request("POST", data=sent, content_type="application/json")
    client = world.client("manager")
    page = client.get(f"/statements/{ID}")
    raw = client.get(f"/statements/{ID}?raw=1")

    assert '"raw": 8.50E1' in unescape(page.text)
    assert raw.mimetype == "application/json"
    assert '\n  "actor": {\n' in raw.text
    assert '"raw": 8.50E1' in raw.text
    assert (raw.json or {})["id"] == ID
    assert client.get(f"/statements/{ID}", headers={"Accept": "application/json"}).text == raw.text
    assert "Content-Disposition" not in raw.headers
    download = client.get(f"/statements/{ID}?raw=1&download=1")
    assert download.headers["Content-Disposition"] == f"attachment; filename=statement-{ID}.json"


def test_what_it_says_is_never_markup(world: World) -> None:
    lrs(world).sent(statement("<script>alert(1)</script>", id=ID))

    assert "<script>alert" not in world.client("manager").get(f"/statements/{ID}").text


def test_a_voided_one_says_so(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, id=ID), voiding(ID))

    assert "Voided" in text(world.client("participant").get(f"/statements/{ID}"))


# Taking a match back


def matched_wrongly(world: World) -> str:
    """Citra's people page, after a stranger's statement was matched with her."""
    _ = world.cohort
    lrs(world).sent(statement(STRANGER, result=score(64)))
    match(world, key_of(STRANGER).hex(), CITRA)
    return f"/people/participants/{world.participant('Citra')}"


@pytest.mark.parametrize("role", ROLES)
def test_readers_see_who_was_matched_by_whom_and_only_managers_take_it_back(world: World, role: str) -> None:
    page = matched_wrongly(world)
    client = world.client(role)
    assert client.get(f"{page}/agents").status_code == (200 if role in READERS else 403)
    if role in READERS:
        assert f"{page}/agents" in client.get(page).text
        assert f"account {STRANGER} at {HOME} Manager" in text(client.get(f"{page}/agents"))
        assert ('name="agent"' in client.get(f"{page}/agents").text) is (role in CHANGERS)
    status = client.post(f"{page}/agents", data={"agent": key_of(STRANGER).hex()}).status_code
    assert status == (303 if role in CHANGERS else 403)
    assert bool(evidence(world, "Citra")) is (role not in CHANGERS)


def test_what_was_matched_wrongly_waits_again_once_it_is_taken_back(world: World) -> None:
    page = matched_wrongly(world)
    assert [one.score for one in evidence(world, "Citra")] == [64]
    client = world.client("manager")
    data = {"agent": key_of(STRANGER).hex()}
    answer = client.post(f"{page}/agents", data=data, follow_redirects=True)
    assert "Taken back." in text(answer)
    assert "Nobody was matched with this person by hand" in text(answer)
    assert evidence(world, "Citra") == []
    assert counts(world).persons == 1
    assert "/agents" not in client.get(page).text
    assert "Taken back." not in text(client.post(f"{page}/agents", data=data, follow_redirects=True))


@pytest.mark.parametrize("agent", ["", "zz", "00"])
def test_taking_back_what_nobody_said_changes_nothing(world: World, agent: str) -> None:
    page = matched_wrongly(world)
    assert world.client("manager").post(f"{page}/agents", data={"agent": agent}).status_code == 303
    assert [one.score for one in evidence(world, "Citra")] == [64]


def test_another_organisation_takes_nothing_back(world: World) -> None:
    page = matched_wrongly(world)
    stranger = world.client("manager", name="orang_lain", organisation_id=world.bandung)
    assert stranger.get(f"{page}/agents").status_code == 404
    assert stranger.post(f"{page}/agents", data={"agent": key_of(STRANGER).hex()}).status_code == 404
    assert [one.score for one in evidence(world, "Citra")] == [64]
