"""The pages about programmes: who may open them, and what they do."""

import io
import re
from functools import reduce
from html import unescape

import pytest
from flask.testing import FlaskClient

from lms.programme import queries, service
from tests.world import NOW, PROGRAMME, World

WRONG = PROGRAMME.replace('weight = "30"', 'weight = "31"').replace("version = 1", "version = 0")


def published(world: World) -> list[tuple[str, int]]:
    with world.reading() as session:
        return [(one.code, one.version) for one in queries.versions(session, organisation_id=world.sukabumi)]


def publish(client: FlaskClient, text: str, *, do: str = "publish", **fields: object) -> tuple[int, str]:
    response = client.post("/programmes/new", data={"text": text, "do": do, **fields})
    return response.status_code, response.text


@pytest.mark.parametrize(
    ("role", "reads", "changes"),
    [
        ("admin", 200, 200),
        ("manager", 200, 200),
        ("auditor", 200, 403),
        ("facilitator", 403, 403),
        ("participant", 403, 403),
        (None, 303, 303),
    ],
)
def test_managers_change_auditors_read_and_nobody_else_sees_them(
    world: World, role: str | None, reads: int, changes: int
) -> None:
    _ = world.programme
    client = world.client(role)
    for address in ("/programmes", *(f"/programmes/contoh/1{end}" for end in ("", ".toml", "/differences"))):
        assert client.get(address).status_code == reads, address
    assert client.get("/programmes/new").status_code == changes
    second = PROGRAMME.replace("version = 1", "version = 2")
    assert publish(client, second)[0] == (303 if changes == 200 else changes)
    assert (("contoh", 2) in published(world)) == (changes == 200)


def test_another_organisation_sees_none_of_it(world: World) -> None:
    _ = world.programme
    client = world.client("admin", organisation_id=world.bandung)
    assert "Pelatihan contoh" not in client.get("/programmes").text
    assert client.get("/programmes/contoh/1").status_code == 404
    assert client.get("/programmes/contoh/1.toml").status_code == 404
    assert client.get("/programmes/contoh/1/differences").status_code == 404


def test_a_pasted_file_is_published_and_shown(world: World) -> None:
    client = world.client("manager")
    response = client.post("/programmes/new", data={"text": PROGRAMME, "do": "publish"})
    assert (response.status_code, response.location) == (303, "/programmes/contoh/1")
    page = client.get("/programmes/contoh/1").text
    for words in ("Pelatihan contoh", "MOOC", "60.00%", "https://mooc.example/modul/2", "After 16 days", "dinas luar"):
        assert words in page


def test_an_uploaded_file_goes_before_the_text(world: World) -> None:
    file = (io.BytesIO(b"\xef\xbb\xbf" + PROGRAMME.replace("\n", "\r\n").encode()), "contoh.toml")
    assert publish(world.client("manager"), "nonsense", file=file)[0] == 303
    assert published(world) == [("contoh", 1)]


def test_the_file_can_be_taken_away_as_it_was_published(world: World) -> None:
    _ = world.programme
    response = world.client("auditor").get("/programmes/contoh/1.toml")
    assert response.text == PROGRAMME
    assert response.headers["Content-Disposition"] == "attachment; filename=contoh-1.toml"


def test_checking_publishes_nothing(world: World) -> None:
    status, page = publish(world.client("manager"), PROGRAMME, do="check")
    assert status == 200
    assert "Nothing is wrong" in page
    assert published(world) == []


def test_a_check_tells_that_a_version_is_published_already(world: World) -> None:
    _ = world.programme
    status, page = publish(world.client("manager"), PROGRAMME, do="check")
    assert status == 200
    assert "published already" in page


@pytest.mark.parametrize("do", ["check", "publish"])
def test_every_problem_is_shown_with_its_place_and_the_text_is_kept(world: World, do: str) -> None:
    status, page = publish(world.client("manager"), WRONG, do=do)
    assert status == 422
    for words in ("2 things are wrong", "version", "they must sum to exactly 100", "title = &#34;Proyek&#34;"):
        assert words in page
    assert published(world) == []


@pytest.mark.parametrize("do", ["check", "publish"])
def test_other_content_under_the_same_number_tells_the_free_one(world: World, do: str) -> None:
    _ = world.programme
    status, page = publish(world.client("manager"), PROGRAMME.replace("Proyek", "Proyek lain"), do=do)
    assert status == 409
    assert "Version 2 is free" in page


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "Choose a programme file"),
        ("title = 'é'".encode("latin-1"), "not in UTF-8"),
        (b"code = = 1", "line 1"),
    ],
)
def test_what_is_no_programme_file_is_refused_with_the_reason(world: World, file: bytes, words: str) -> None:
    status, page = publish(world.client("manager"), "", file=(io.BytesIO(file), "contoh.toml"))
    assert status == 422
    assert words in page


def test_a_plugin_s_programme_is_offered_as_a_start(world: World) -> None:
    client = world.client("manager")
    assert "/programmes/new?pack=latsar-cpns-13-2022" in client.get("/programmes/new").text
    page = client.get("/programmes/new?pack=latsar-cpns-13-2022").text
    assert "code = &#34;latsar-cpns-13-2022&#34;" in page
    assert client.get("/programmes/new?pack=lain").status_code == 404


def test_a_code_may_hold_a_slash(world: World) -> None:
    client = world.client("manager")
    response = client.post("/programmes/new", data={"text": PROGRAMME.replace('"contoh"', '"a/b c"'), "do": "publish"})
    assert client.get(response.location).status_code == 200


def test_rules_that_nobody_has_confirmed_are_told(world: World) -> None:
    text = PROGRAMME.replace('title = "Proyek"', 'title = "Proyek"\nsource = "From memory"')
    organisation_id = world.sukabumi
    with world.transaction() as session:
        service.publish(session, organisation_id=organisation_id, text=text, published_by=None, now=NOW)
    page = world.client("auditor").get("/programmes/contoh/1").text
    assert "1 rule of this version is not confirmed" in page
    assert "From memory" in page


def test_of_the_file_and_its_text_neither_is_said_to_be_optional(world: World) -> None:
    assert "(optional)" not in world.client("manager").get("/programmes/new").text


def test_a_version_beyond_all_measure_is_not_found(world: World) -> None:
    _ = world.programme
    client = world.client("manager")
    for address in ("/programmes/contoh/99999999999999999999", "/programmes/contoh/99999999999999999999.toml"):
        assert client.get(address).status_code == 404


NEXT = reduce(
    lambda text, change: text.replace(*change),
    {
        "version = 1": "version = 2",
        'pass_mark = "70"\n\n': 'pass_mark = "70.001"\n\n',
        "sessions = 1": 'jp = "7.5"',
        'from = "80"': 'from = "85"',
        '[[attendance_status]]\ncode = "terlambat"\nweight = "0.5"\n\n': "",
        'title = "Modul 1"': 'title = "Modul 1"\nrequires = ["https://mooc.example/modul/2"]',
        "closes_after_days = 30": 'closes_after_days = 1\nattempts = "mean"',
        'title = "Proyek"': 'title = "Proyek"\nsource = "Kep. 13"\nverified = true',
    }.items(),
    PROGRAMME,
)


def told(page: str) -> str:
    """What a page says, without its markup."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<main" + main)))


def test_what_is_different_from_the_version_before_is_told_side_by_side(world: World) -> None:
    _ = world.programme
    client = world.client("manager")
    assert "This is the first version of the programme." in client.get("/programmes/contoh/1/differences").text
    publish(client, NEXT)
    publish(client, NEXT.replace("version = 2", "version = 3"))
    page = told(client.get("/programmes/contoh/2/differences").text)
    for words in (
        "contoh: version 2 beside version 1. Beside version 3 Beside version 1 9 rules are different.",
        "Pass mark Changed 70 70.001",
        "Sessions that may be missed Changed 1 no limit",
        "Lesson hours that may be missed Changed no limit 7.5 JP",
        "terlambat Removed counts as 50% –",
        "Baik Changed From 80 85",
        "Modul 1 https://mooc.example/modul/1 Changed What comes first – Modul 2",
        "Changed Score The best attempt counts The mean of all attempts counts",
        "Changed Closes After 30 days After 1 day",
        "Proyek component[project] Added – Kep. 13 Confirmed",
    ):
        assert words in page, page
    back = told(client.get("/programmes/contoh/1/differences?from=2").text)
    assert "terlambat Added – counts as 50%" in back
    assert "Both versions say the same." in client.get("/programmes/contoh/3/differences").text


def test_a_version_to_compare_with_that_is_none_is_told(world: World) -> None:
    _ = world.programme
    client = world.client("auditor")
    for wanted, status in (("9", 404), ("x", 400), ("-1", 400), ("²", 400), ("9" * 30, 400)):
        page = client.get("/programmes/contoh/1/differences", query_string={"from": wanted})
        assert (page.status_code, "a whole number" in page.text) == (status, status == 400), wanted


def test_versions_lead_to_each_other_and_say_what_comes_first(world: World) -> None:
    _ = world.programme
    client = world.client("manager")
    assert "/differences" not in client.get("/programmes/contoh/1").text
    publish(client, NEXT)
    page = client.get("/programmes/contoh/2").text
    assert 'href="/programmes/contoh/1"' in page
    assert 'href="/programmes/contoh/2/differences"' in page
    assert "What comes first is advice to participants" in page
    assert "After 16 days – Modul 2" in told(page)
    assert "/differences" not in client.get("/programmes/contoh/1").text
