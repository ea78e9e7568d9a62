"""The pages on which a programme is built: who may open them, what they keep, and what they never lose."""

import io
import re
from uuid import uuid4

import pytest

from lms.programme import queries
from lms.programme.draft_rules import toml_of
from lms.programme.rules import canonical, parse_programme
from tests.programme.drafting import Fields, begin, put, saved, send
from tests.world import PROGRAMME, World


@pytest.mark.parametrize(
    ("role", "status"),
    [("admin", 200), ("manager", 200), ("auditor", 403), ("facilitator", 403), ("participant", 403), (None, 303)],
)
def test_managers_build_drafts_and_nobody_else_sees_them(world: World, role: str | None, status: int) -> None:
    _ = world.programme
    draft, client = begin(world), world.client(role)
    for address in ("/programmes/drafts/new", draft, f"{draft}/parts/1", f"{draft}/text", f"{draft}.toml"):
        assert client.get(address).status_code == status, address
    changed = {"revision": "1", "was": "", "title": "Lain", "text": 'title = "Lain"', "place": ""}
    for address in (draft, f"{draft}/parts/1", f"{draft}/text", f"{draft}/discard"):
        if status != 200:
            assert client.post(address, data=changed).status_code == status, address
    if status != 200:
        assert client.post("/programmes/drafts/new", data=changed).status_code == status
        assert client.post("/programmes/contoh/1/draft").status_code == status
        assert saved(world, draft)[0] == 1
        assert "Start a draft" not in client.get("/programmes").text


def test_another_organisation_has_none_of_it(world: World) -> None:
    draft, client = begin(world), world.client("admin", organisation_id=world.bandung)
    assert "drafts/0" not in client.get("/programmes").text
    for address in (draft, f"{draft}/parts/1", f"{draft}/text", f"{draft}.toml", f"/programmes/drafts/{uuid4()}"):
        assert client.get(address).status_code == 404
    for address in (draft, f"{draft}/parts/1", f"{draft}/text", f"{draft}/discard"):
        assert client.post(address, data={"revision": "1", "text": "version = 2"}).status_code == 404
    assert client.post("/programmes/contoh/1/draft").status_code == 404
    assert saved(world, draft)[0] == 1


def test_a_programme_is_built_from_nothing_and_published(world: World) -> None:
    """Everything by the buttons of the pages: components, a sub-component, a module, a mark, a predicate."""
    client = world.client("manager")
    begun = client.post("/programmes/drafts/new", data={"do": "empty"})
    draft = begun.location
    send(client, draft, "component.add", code="baru", title="Pelatihan baru", pass_mark="70,01")
    send(client, draft, "component.add", **{"component.1.key": "akademik", "component.1.weight": "90"})
    page = client.get(draft).text
    assert "Sum of the weights: <span data-total>90</span> of 100" in page
    typed = {"component.2.key": "hadir", "component.2.kind": "attendance", "component.2.weight": "10"}
    send(client, draft, "attendance_status.add", **typed)
    send(client, draft, "predicate.add", **{"attendance_status.1.code": "hadir", "absence_limit.sessions": "3"})
    opened = send(client, draft, "component.1.open", **{"predicate.1.name": "Lulus", "predicate.1.from": "0"})
    assert opened.location == f"{draft}/parts/1"
    send(client, opened.location, "component.add", source="Keputusan 1, pasal 2", verified="on")
    typed = {"component.1.key": "mooc", "component.1.kind": "modules", "component.1.weight": "100"}
    deeper = send(client, opened.location, "component.1.open", **typed).location
    assert deeper == f"{draft}/parts/1.1"
    send(client, deeper, "module.add")
    typed = {"module.1.iri": "https://mooc.example/1", "module.1.jp": "2,5", "module.1.due_after_days": "16"}
    send(client, deeper, **typed | {"module.1.attempts": "mean", "module.1.title": "Satu"})
    page = client.get(draft).text
    assert "keeps this draft from being published" not in page
    done = send(client, draft, "publish")
    assert (done.status_code, done.location) == (303, "/programmes/baru/1")
    page = client.get("/programmes/baru/1").text
    for words in ("Pelatihan baru", "70.01", "akademik.mooc", "Satu", "After 16 days", "Keputusan 1, pasal 2", "Lulus"):
        assert words in page
    assert client.get(draft).status_code == 404


def test_pages_that_are_saved_as_they_are_change_nothing(world: World) -> None:
    text = toml_of(saved(world, begin(world))[1])
    draft, client = begin(world, text), world.client("manager")
    for address in (draft, f"{draft}/parts/1", f"{draft}/parts/2"):
        assert send(client, address).status_code == 303
    assert saved(world, draft)[0] == 1
    assert client.get(f"{draft}.toml").text == text


@pytest.mark.parametrize(
    ("do", "keys"),
    [
        ("component.1.down", ["attendance", "mooc", "project"]),
        ("component.3.up", ["mooc", "project", "attendance"]),
        ("component.1.up", ["mooc", "attendance", "project"]),
        ("component.2.remove", ["mooc", "project"]),
        ("component.9.remove", ["mooc", "attendance", "project"]),
        ("module.add", ["mooc", "attendance", "project"]),
    ],
)
def test_a_button_moves_a_row_and_keeps_what_was_typed(world: World, do: str, keys: list[str]) -> None:
    draft = begin(world)
    answer = send(world.client("manager"), draft, do, title="Judul lain")
    tree = saved(world, draft)[1]
    assert (answer.status_code, tree["title"]) == (303, "Judul lain")
    assert [one["key"] for one in tree["component"]] == keys
    assert [len(one.get("module", ())) for one in tree["component"] if one["key"] == "mooc"] == [2]


def test_a_wrong_draft_is_kept_and_every_problem_stands_at_its_field_and_on_top(world: World) -> None:
    draft, client = begin(world), world.client("manager")
    send(client, draft, **{"pass_mark": "tujuh puluh", "component.1.weight": "50", "predicate.1.from": ""})
    send(client, f"{draft}/parts/1", **{"module.2.closes_after_days": "sebulan"})
    page = client.get(draft).text
    assert "4 things keep this draft from being published" in page
    assert f'href="{draft}/parts/1#module.2.closes_after_days"' in page
    for name in ("pass_mark", "predicate.1.from"):
        assert f'id="{name}-error"' in page
        assert f'href="{draft}#{name}"' in page
    assert 'value="tujuh puluh"' in page
    assert "The weights here sum to 90" in page
    assert "Publish" not in re.sub(r"published|Publishing", "", page)
    assert 'id="module.2.closes_after_days-error"' in client.get(f"{draft}/parts/1").text
    assert send(client, draft, "publish").status_code == 422
    with world.reading() as session:
        assert queries.versions(session, organisation_id=world.sukabumi) == []


def test_pages_speak_of_fields_where_the_file_has_quotes_and_brackets(world: World) -> None:
    text = PROGRAMME.partition("[[attendance_status]]")[0] + '[[component]]\nkey = "a"\nkind = "attendance"\n'
    wrong = text.replace('pass_mark = "70"', 'pass_mark = "x"').replace("sessions = 1", 'sessions = "x"')
    draft, client = (
        begin(world, wrong.replace('from = "0"', 'from = "1"').replace('"Cukup"', '""')),
        world.client("manager"),
    )
    for address in (draft, begin(world, "version = 1")):
        problems = re.findall(r"<li><a .*</li>|field-error.*", client.get(address).text)
        assert len(problems) > 4
        assert [said for said in problems if "quotes" in said or "[[" in said or "&#34;0" in said] == []


def test_a_version_that_is_taken_is_told_and_the_draft_stays(world: World) -> None:
    _ = world.programme
    draft, client = begin(world), world.client("manager")
    answer = send(client, draft, "publish", title="Judul lain")
    assert answer.status_code == 409
    assert "Version 2 is free" in answer.text
    assert saved(world, draft)[1]["title"] == "Judul lain"


def test_a_new_version_begins_with_all_that_the_published_one_says(world: World) -> None:
    _ = world.programme
    client = world.client("manager")
    assert 'action="/programmes/contoh/1/draft"' in client.get("/programmes/contoh/1").text
    draft = client.post("/programmes/contoh/1/draft").location
    text = client.get(f"{draft}.toml").text
    second = PROGRAMME.replace("version = 1", "version = 2")
    assert canonical(parse_programme(text)) == canonical(parse_programme(second))
    assert f'href="{draft}"' in client.get("/programmes").text


def test_two_people_in_one_draft_never_overwrite_each_other_unseen(world: World) -> None:
    draft = begin(world)
    ani, budi = world.client("manager"), world.client("admin")
    fields = Fields(ani.get(draft).text).sent
    ticked: dict[str, str | None] = {"attendance_status.2.absent": "on", "pass_mark": "75"}
    send(budi, draft, "component.1.remove", **ticked)
    typed = put(fields, {"pass_mark": "80", "component.1.title": "MOOC baru", "component.2.title": "Hadir"})
    answer = ani.post(draft, data=typed | {"do": "save"})
    assert answer.status_code == 409
    assert saved(world, draft)[1]["pass_mark"] == "75"
    after = Fields(answer.text).sent
    assert (after["pass_mark"], after["component.1.title"]) == ("80", "Hadir")
    assert "Saved meanwhile: “75”" in answer.text
    assert "mooc · MOOC baru · modules · 60" in answer.text
    folds = re.findall(r'id="(attendance_status\.\d)".*\n<details class="more"( open)?>', answer.text)
    assert [name for name, is_open in folds if is_open] == ["attendance_status.2"]
    assert "admin has changed this draft meanwhile" in answer.text.replace("Admin", "admin")
    assert ani.post(draft, data=after | {"do": "save"}).status_code == 303
    tree = saved(world, draft)[1]
    assert (tree["pass_mark"], [one["title"] for one in tree["component"]]) == ("80", ["Hadir", "Proyek"])


@pytest.mark.parametrize("button", ["component.1.down", "component.1.remove"])
def test_what_was_typed_for_a_component_never_lands_on_another(world: World, button: str) -> None:
    draft = begin(world)
    ani, budi = world.client("manager"), world.client("admin")
    fields = Fields(ani.get(f"{draft}/parts/1").text).sent
    send(budi, draft, button)
    before = saved(world, draft)
    answer = ani.post(f"{draft}/parts/1", data=put(fields, {"module.1.title": "Modul pertama"}) | {"do": "save"})
    assert answer.status_code == 409
    assert "Modul pertama" in answer.text
    assert saved(world, draft) == before


def test_a_draft_is_brought_and_taken_as_text(world: World) -> None:
    draft, client = begin(world, "code = 1"), world.client("manager")
    fields = Fields(client.get(f"{draft}/text").text).sent
    wrong = client.post(f"{draft}/text", data=fields | {"text": "code = = 1"})
    assert (wrong.status_code, "line 1" in wrong.text, "code = = 1" in wrong.text) == (422, True, True)
    file = {"file": (io.BytesIO(PROGRAMME.encode()), "contoh.toml")}
    assert client.post(f"{draft}/text", data=fields | file).status_code == 303
    taken = client.get(f"{draft}.toml")
    assert canonical(parse_programme(taken.text)) == canonical(parse_programme(PROGRAMME))
    assert taken.headers["Content-Disposition"] == "attachment; filename=contoh.toml"
    late = client.post(f"{draft}/text", data=fields | {"text": "version = 3"})
    assert (late.status_code, "version = 3" in late.text) == (409, True)
    assert saved(world, draft)[0] == 2


@pytest.mark.parametrize(("text", "status"), [("code = = 1", 422), ("", 422), ('title = "Baru"', 303)])
def test_a_draft_may_begin_with_any_toml(world: World, text: str, status: int) -> None:
    client = world.client("manager")
    assert client.post("/programmes/drafts/new", data={"text": text, "do": "bring"}).status_code == status
    assert ("Baru" in client.get("/programmes").text) == (status == 303)


def test_a_draft_is_thrown_away_unless_somebody_has_changed_it(world: World) -> None:
    draft, client = begin(world), world.client("manager")
    send(client, draft, title="Judul lain")
    assert client.post(f"{draft}/discard", data={"revision": "1"}).status_code == 409
    assert client.post(f"{draft}/discard", data={"revision": "2"}).status_code == 303
    assert client.get(draft).status_code == 404


@pytest.mark.parametrize("where", ["9", "0", "1.1", "x", "1..2", "99999999", "²"])
def test_a_part_that_is_not_there_is_not_found(world: World, where: str) -> None:
    assert world.client("manager").get(f"{begin(world)}/parts/{where}").status_code == 404


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_page_that_names_no_revision_changes_nothing(world: World, revision: str) -> None:
    draft = begin(world)
    sent = {"revision": revision, "was": "", "title": "Lain", "do": "save", "place": ""}
    assert world.client("manager").post(draft, data=sent).status_code == 409
    assert saved(world, draft)[0] == 1
