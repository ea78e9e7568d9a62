"""What was refused, as people read, repair and send it again."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lms.xapi import refusal_pages
from lms.xapi.refusal_queries import Refused
from tests.world import World
from tests.xapi.lrs import HOME, MODULE, Lrs, Statement, drain, evidence, limit, lrs, module, score, statement
from tests.xapi.pages import CHANGERS, NOBODYS, READERS, ROLES, credential_id, kept, main, text
from tests.xapi.test_attachments import CONTENT, attachment, body, first, part, read, send

ID = "01890a5d-ac96-774b-bcce-b302099a8050"
LIST = "/credentials/refused"
FLAT = {"score": {"raw": 0, "min": 0, "max": 0}}
NO_IRI = "modul satu"


def refuse(world: World, *statements: Statement, sender: Lrs | None = None) -> Refused:
    """What is kept of these statements, by default of one with a score whose least is its most."""
    sender = sender or lrs(world)
    assert sender.post(*(statements or (statement(result=FLAT),))).status_code in (400, 403, 409)
    return kept(world)[0]


def path(one: Refused, *more: str) -> str:
    return "/".join((LIST, str(one.id), *more))


def again(world: World, one: Refused, statements: Any, *, role: str = "manager", **data: Any) -> TestResponse:
    """Send it again, with other JSON in it."""
    typed = statements if isinstance(statements, str) else json.dumps(statements)
    return world.client(role).post(path(one), data={"statements": typed} | data)


def field(response: TestResponse, name: str = "statements") -> str:
    """What stands in a field of a page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\r?\n?(.*?)</textarea>', response.text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


# Who may


@pytest.mark.parametrize("role", ROLES)
def test_readers_see_what_was_refused_and_only_managers_act(world: World, role: str) -> None:
    one, client = refuse(world), world.client(role)
    for address in (LIST, path(one), path(one, "download"), path(one, "download?json=1")):
        assert client.get(address).status_code == (200 if role in READERS else 403)
    assert client.post(path(one, "dismiss")).status_code == (303 if role in CHANGERS else 403)
    assert again(world, one, [], role=role).status_code == (303 if role in CHANGERS else 403)
    assert kept(world)[0].settled == ("sent" if role in CHANGERS else "")


def test_an_auditor_reads_and_is_offered_nothing_to_change(world: World) -> None:
    one, client = refuse(world), world.client("auditor")

    assert '"max": 0' in unescape(main(client.get(path(one))))
    assert 'method="post"' not in main(client.get(path(one)))
    assert 'method="post"' not in main(client.get(LIST))


def test_whoever_is_not_signed_in_is_asked_to(world: World) -> None:
    one = refuse(world)
    for address in (LIST, path(one), path(one, "download")):
        assert world.client().get(address).status_code == 303


def test_another_organisation_neither_sees_nor_touches_it(world: World) -> None:
    one = refuse(world)
    stranger = world.client("admin", name="orang_lain", organisation_id=world.bandung)

    assert "Nothing is open" in text(stranger.get(LIST))
    assert stranger.get(path(one)).status_code == 404
    assert stranger.get(path(one, "download")).status_code == 404
    assert stranger.post(path(one), data={"statements": "[]"}).status_code == 404
    assert stranger.post(path(one, "dismiss")).status_code == 404
    assert stranger.get(f"{LIST}?credential={one.credential_id}").status_code == 200
    assert kept(world)[0].settled == ""


def test_one_that_is_kept_no_longer_is_told_so(world: World) -> None:
    client = world.client("manager")
    for answer in (client.get(f"{LIST}/{NOBODYS}"), client.post(f"{LIST}/{NOBODYS}", data={"statements": "[]"})):
        assert answer.status_code == 404
        assert "it may have been let go to make room for later ones" in text(answer)
    assert client.post(f"{LIST}/{NOBODYS}/dismiss").status_code == 404


# From a refusal to a figure


def test_a_score_whose_least_is_its_most_is_repaired_and_counts(world: World) -> None:
    _ = world.cohort
    sender = lrs(world, "statements/write")
    sent = [statement(), statement(result={"score": {"raw": 85, "min": 100, "max": 100}})]
    refusal = sender.post(*sent)
    assert (refusal.status_code, refusal.json) == (
        400,
        {"error": "min must be less than max, which is 100.", "place": "statements[1].result.score.min"},
    )
    assert module(world, "Ani").value is None
    client = world.client("manager")
    listed = client.get(LIST)
    assert "min must be less than max, which is 100. statements[1].result.score.min 1 Still open" in text(listed)
    (one,) = kept(world)
    assert f'href="{path(one)}"' in listed.text
    page = client.get(path(one))
    assert "Why it was refused min must be less than max, which is 100. statements[1].result.score.min = 100" in text(
        page
    )
    assert '&#34;min&#34;: <mark id="wrong">100</mark>' in page.text
    assert json.loads(field(page)) == sent

    repaired = field(page).replace('"min": 100', '"min": 0')
    done = client.post(path(one), data={"statements": repaired}, follow_redirects=True)
    drain(world)

    assert "2 statements were stored." in text(done)
    assert module(world, "Ani").value == 85
    assert "Nothing is open" in text(client.get(LIST))
    settled = client.get(path(one))
    assert "A refused request Sent again" in text(settled)
    assert "What it came to Manager sent it again: " in text(settled)
    links = re.findall(r'href="(/statements/[^"?]+)"', main(settled))
    assert [client.get(link).status_code for link in links] == [200, 200]
    assert "<textarea" not in main(settled)
    assert "MOOC of the tests" in text(client.get(links[0]))


def test_an_id_that_is_no_iri_is_repaired_and_counts(world: World) -> None:
    _ = world.cohort
    one = refuse(world, statement(iri=NO_IRI, result=score(70)))
    client = world.client("admin")
    page = client.get(path(one))
    assert f"{NO_IRI} is not an absolute IRI; it needs a scheme, such as https:." in text(page)
    assert f'<mark id="wrong">&#34;{NO_IRI}&#34;</mark>' in page.text

    client.post(path(one), data={"statements": field(page).replace(NO_IRI, MODULE)})
    drain(world)

    assert module(world, "Ani").value == 70


def test_what_is_still_wrong_is_told_and_what_was_typed_stays(world: World) -> None:
    one = refuse(world)
    typed = json.dumps(statement(verb="selesai <b>", result=score(7)))
    answer = again(world, one, typed)

    assert answer.status_code == 422
    assert "It was refused again, and nothing was stored selesai <b> is not an absolute IRI" in text(answer)
    assert 'statement.verb.id = "selesai <b>"' in text(answer)
    assert field(answer) == typed
    assert "<b>" not in main(answer)
    assert kept(world)[0].settled == ""
    assert lrs(world).found() == []


@pytest.mark.parametrize("typed", ["", "{", "[1]", '{"a": 1, "a": 2}', "null", "[" * 5000, '"\\ud800"', "é" * 9])
def test_whatever_is_typed_is_answered_politely(world: World, typed: str) -> None:
    answer = again(world, refuse(world), typed)

    assert answer.status_code == 422
    assert "It was refused again, and nothing was stored" in text(answer)


def test_it_is_sent_again_once(world: World) -> None:
    one = refuse(world)
    assert again(world, one, statement(result=score(9))).status_code == 303
    second = again(world, one, statement(result=score(9)))

    assert second.status_code == 422
    assert "It was sent again already, or is kept no longer; nothing was stored this time." in text(second)
    assert len(lrs(world).found()) == 1


def test_the_same_again_from_the_system_stays_settled(world: World) -> None:
    sender = lrs(world)
    one = refuse(world, sender=sender)
    again(world, one, [])
    refuse(world, sender=sender)

    (now,) = kept(world)
    assert (now.settled, now.times) == ("sent", 2)
    assert "Came again 2 times" in text(world.client("manager").get(path(now)))


def test_an_id_that_is_taken_by_another_statement_is_told(world: World) -> None:
    sender = lrs(world)
    sender.sent(statement(id=ID))
    one = refuse(world, statement(id=ID, result=score(3)), sender=sender)
    assert one.status == 409
    answer = again(world, one, statement(id=ID, result=score(4)))

    assert answer.status_code == 422
    assert ID in text(answer)
    assert again(world, one, statement(result=score(3))).status_code == 303


# Ways of sending


def test_a_file_goes_before_what_was_typed(world: World) -> None:
    one = refuse(world)
    file = b"\xef\xbb\xbf" + json.dumps([statement(result=score(5)), statement(result=score(6))]).encode()
    answer = again(world, one, "nothing", file=(io.BytesIO(file), "perbaikan.json"))

    assert answer.status_code == 303
    assert len(kept(world)[0].ids) == 2


def test_a_file_that_is_wrong_is_shown_to_be_corrected(world: World) -> None:
    answer = again(world, refuse(world), "nothing", file=(io.BytesIO(b'{"actor": \xff}'), "x.json"))

    assert answer.status_code == 422
    assert field(answer) == '{"actor": \ufffd}'


def test_what_is_too_long_for_a_page_is_sent_as_it_came_or_by_a_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_pages, "EDITABLE", 10)
    sender = lrs(world)
    limit(world, sender, home_pages=("https://lain.example",))
    one, other = refuse(world, statement(), sender=sender), refuse(world, statement("b"), sender=sender)
    client = world.client("manager")
    page = client.get(path(one))
    assert "<textarea" not in main(page)
    assert "It is too long to be repaired on a page." in text(page)
    assert client.post(path(one)).status_code == 422
    limit(world, sender, home_pages=(HOME,))

    assert client.post(path(one)).status_code == 303
    file = (io.BytesIO(json.dumps(statement("c")).encode()), "c.json")
    assert client.post(path(other), data={"file": file}).status_code == 303
    assert len(sender.found()) == 2


def test_a_put_keeps_its_id_unless_another_is_given(world: World) -> None:
    sender = lrs(world)
    assert sender.put(statement(result=FLAT), statementId=ID).status_code == 400
    (one,) = kept(world)
    client = world.client("manager")
    assert f'value="{ID}"' in main(client.get(path(one)))
    assert f"PUT /xapi/statements?statementId={ID}" in text(client.get(path(one)))
    wrong = again(world, one, statement(), statement_id="x")
    assert (wrong.status_code, "statementId" in text(wrong)) == (422, True)
    assert again(world, one, statement(), statement_id=f" {ID} ").status_code == 303
    assert sender.found() == [ID]


def test_attachments_stay_as_they_came(world: World) -> None:
    sender = lrs(world)
    wrong = statement(id=ID, result=FLAT, attachments=[attachment()])
    assert send(sender, body(first(wrong), part())).status_code == 400
    (one,) = kept(world)
    page = world.client("manager").get(path(one))
    assert "The contents of its attachments stay as they came." in text(page)
    assert json.loads(field(page)) == wrong
    assert again(world, one, wrong | {"result": score(60)}).status_code == 303

    tree, parts = read(sender.get(statementId=ID, attachments="true"))
    assert tree["result"] == score(60)
    assert [each.content for each in parts] == [CONTENT]


def test_an_attachment_that_the_repaired_statements_do_not_name_is_refused(world: World) -> None:
    send(lrs(world), body(first(statement(result=FLAT, attachments=[attachment()])), part()))

    assert again(world, kept(world)[0], statement()).status_code == 422


def test_a_wrong_content_type_needs_no_repair(world: World) -> None:
    sender = lrs(world)
    assert sender.request("POST", data=json.dumps(statement()), content_type="text/plain").status_code == 400
    (one,) = kept(world)

    assert again(world, one, field(world.client("manager").get(path(one)))).status_code == 303


# The credential


@pytest.mark.parametrize("scopes", [("statements/write",), ("all",)])
def test_a_credential_that_was_revoked_sends_nothing_again(world: World, scopes: tuple[str, ...]) -> None:
    sender = lrs(world, *scopes)
    one, client = refuse(world, sender=sender), world.client("manager")
    client.post(f"/credentials/{one.credential_id}/revoke")
    answer = again(world, one, statement())

    assert answer.status_code == 422
    assert "The credential that sent this was revoked or has expired" in text(answer)
    assert lrs(world).found() == []
    assert client.get(path(one, "download")).status_code == 200


def test_its_limits_hold_for_what_is_sent_again(world: World) -> None:
    sender = lrs(world)
    one = refuse(world, sender=sender)
    limit(world, sender, home_pages=("https://lain.example",))
    answer = again(world, one, statement())

    assert answer.status_code == 422
    assert (
        "This credential is limited to accounts of https://lain.example; this one is of https://mooc.example."
        in text(answer)
    )


# Putting aside


def test_what_is_put_aside_is_no_longer_open_and_can_still_be_sent(world: World) -> None:
    _ = world.cohort
    one, client = refuse(world), world.client("manager")
    answer = client.post(path(one, "dismiss"), follow_redirects=True)

    assert "Put aside. It is kept until later ones need its place." in text(answer)
    assert "Nothing is open" in text(answer)
    assert "Put aside" in text(client.get(f"{LIST}?state=settled"))
    assert f'action="{path(one, "dismiss")}"' not in client.get(path(one)).text
    assert text(client.get(path(one))).count(" · Manager") == 1
    assert again(world, one, statement(result=score(50))).status_code == 303
    drain(world)
    assert [each.score for each in evidence(world, "Ani")] == [50]
    client.post(path(one, "dismiss"))
    assert kept(world)[0].settled == "sent"


# Downloads


def test_it_is_downloaded_byte_for_byte_and_never_runs(world: World) -> None:
    raw = b'<script>alert(1)</script>\x00\xff{"a'
    assert lrs(world).request("POST", data=raw, content_type="application/json").status_code == 400
    (one,) = kept(world)
    answer = world.client("auditor").get(path(one, "download"))

    assert answer.data == raw
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=refused-{one.id}.bin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_json_of_a_multipart_request_is_downloaded_alone(world: World) -> None:
    wrong = statement(result=FLAT, attachments=[attachment()])
    send(lrs(world), body(first(wrong), part()))
    answer = world.client("auditor").get(path(kept(world)[0], "download?json=1"))

    assert json.loads(answer.data) == wrong
    assert answer.headers["Content-Disposition"].endswith(".json")


# What the pages say


def test_what_cannot_be_taken_apart_can_be_downloaded_only(world: World) -> None:
    assert send(lrs(world), b"nothing").status_code == 400
    (one,) = kept(world)
    page = world.client("manager").get(path(one))

    assert "The JSON in it cannot be told from the attachments" in text(page)
    assert "<textarea" not in main(page)
    assert world.client("manager").get(path(one, "download?json=1")).data == b"nothing"
    assert again(world, one, statement()).status_code == 422


def test_one_that_was_too_large_says_that_nothing_of_it_is_here(world: World) -> None:
    settings = world.app.extensions["settings"]
    sender = lrs(world)
    world.app.extensions["settings"] = replace(settings, xapi_max_body_bytes=100)
    try:
        assert sender.post(statement()).status_code == 413
    finally:
        world.app.extensions["settings"] = settings
    (one,) = kept(world)
    page = world.client("manager").get(path(one))

    assert "The system has to send it in smaller parts." in text(page)
    assert "Answered with 413" in text(page)
    assert "<textarea" not in main(page)
    assert world.client("manager").get(path(one, "download")).data == b""


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"\0", b"[" * 3000, b'{"a": 1, "a": 2}', b'"\\ud800"', b"[]]", b'{"x": 1e999999999}']
)
def test_whatever_came_can_be_looked_at(world: World, raw: bytes) -> None:
    assert lrs(world).request("POST", data=raw, content_type="application/json").status_code == 400
    (one,) = kept(world)
    client = world.client("manager")

    assert "Why it was refused" in text(client.get(path(one)))
    assert client.get(path(one, "download")).data == raw
    assert client.get(LIST).status_code == 200


def test_what_came_is_never_markup(world: World) -> None:
    sender = lrs(world)
    refuse(world, statement("<script>alert(1)</script>", iri="<script>alert(2)</script>"), sender=sender)
    client = world.client("manager")

    assert "<script>alert" not in client.get(LIST).text
    assert "<script>alert" not in client.get(path(kept(world)[0])).text


def test_the_reason_is_told_in_the_readers_language(world: World) -> None:
    one = refuse(world)
    page = world.client("manager").get(path(one), headers={"Accept-Language": "id"})

    assert "min harus kurang dari max, yaitu 0." in text(page)


def test_of_many_statements_the_one_that_is_wrong_is_shown(world: World) -> None:
    one = refuse(world, *(statement(f"orang-{number}") for number in range(30)), statement("terakhir", result=FLAT))
    shown = main(world.client("auditor").get(path(one))).partition("<pre")[2]

    assert "terakhir" in shown
    assert "orang-7" not in shown


# The list


def listed(response: TestResponse) -> list[str]:
    """The ids of the requests of a list, in their order."""
    return re.findall(rf'<th role="rowheader" scope="row"><a href="{LIST}/([^"]+)"', response.text)


def settled_in_all_ways(world: World) -> dict[str, str]:
    """Ids of a request that is open, one that was sent again and one put aside."""
    names = {}
    for name in ("open", "sent", "dismissed"):
        one = refuse(world, statement(name, result=FLAT))
        names[name] = str(one.id)
        if name == "sent":
            again(world, one, [])
        if name == "dismissed":
            world.client("manager").post(path(one, "dismiss"))
    return names


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"open"}),
        ("?state=open", {"open"}),
        ("?state=settled", {"sent", "dismissed"}),
        ("?state=all", {"open", "sent", "dismissed"}),
        ("?state=whatever", {"open"}),
        ("?credential=whatever", {"open"}),
        (f"?state=all&credential={NOBODYS}", set()),
    ],
)
def test_the_list_is_filtered_by_state(world: World, query: str, expected: set[str]) -> None:
    names = settled_in_all_ways(world)

    assert set(listed(world.client("auditor").get(LIST + query))) == {names[name] for name in expected}


def test_the_list_is_filtered_by_who_sent(world: World) -> None:
    first_one, second_one = (refuse(world, sender=lrs(world)) for _ in range(2))
    client = world.client("auditor")

    assert listed(client.get(f"{LIST}?credential={first_one.credential_id}")) == [str(first_one.id)]
    assert listed(client.get(f"{LIST}?credential={second_one.credential_id}")) == [str(second_one.id)]


def test_a_long_list_is_gone_through_by_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_pages, "SHOWN", 2)
    sender = lrs(world)
    for number in range(5):
        sender.post(statement(str(number), result=FLAT))
    expected = [str(one.id) for one in kept(world)]
    client = world.client("auditor")
    found, seen = client.get(f"{LIST}?state=all&credential={kept(world)[0].credential_id}"), []
    seen += listed(found)
    while step := next_page(found):
        found = client.get(step)
        seen += listed(found)

    assert seen == expected
    assert "To the beginning" in text(found)


def next_page(response: TestResponse) -> str:
    found = re.search(r'href="([^"]+)"[^>]*><span>Next</span>', response.text)
    return "" if found is None else unescape(found[1])


def test_a_place_in_the_list_that_is_none_is_told(world: World) -> None:
    assert world.client("auditor").get(f"{LIST}?after=x").status_code == 400


def test_what_was_let_go_is_told_for_all_and_for_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.xapi.refusals.MOST", 1)
    sender, other = lrs(world), lrs(world)
    for number in range(3):
        sender.post(statement(str(number), result=FLAT))
    other.post(statement(result=FLAT))
    client, told = world.client("auditor"), "2 older requests were let go to make room for later ones."
    address: Callable[[Lrs], str] = lambda one: f"{LIST}?credential={credential_id(world, one.key)}"  # noqa: E731

    assert told in text(client.get(LIST))
    assert told in text(client.get(address(sender)))
    assert told not in text(client.get(address(other)))


def test_the_page_of_what_waits_leads_to_it(world: World) -> None:
    refuse(world)
    page = world.client("auditor").get("/waiting")

    assert "Refused 1" in text(page)
    assert f'href="{LIST}"' in page.text
