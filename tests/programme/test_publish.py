"""Publishing a version of a programme."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from lms.errors import Conflict, NotFound
from lms.events import ModulesPublished
from lms.programme import queries, service
from lms.programme.rules import ProgrammeErrors
from lms.programme.service import Published
from tests.world import NOW, PROGRAMME, World

OTHER_FORM = PROGRAMME.replace('pass_mark = "70"\n\n', 'pass_mark = "70.0"\n\n')
SECOND = PROGRAMME.replace("version = 1", "version = 2")


def publish(world: World, text: str, *, organisation_id: int | None = None) -> Published:
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        return service.publish(session, organisation_id=organisation_id, text=text, published_by=None, now=NOW)


def test_it_keeps_the_file_as_it_was_written(world: World) -> None:
    done = publish(world, PROGRAMME)
    with world.reading() as session:
        found = queries.version(session, organisation_id=world.sukabumi, code="contoh", version=1)
    assert (found.id, found.content, found.published_at, done.already) == (done.id, PROGRAMME, NOW, False)


@pytest.mark.parametrize(
    "again",
    [PROGRAMME, "# a remark\n" + PROGRAMME, PROGRAMME.replace('pass_mark = "70"\n\n', 'pass_mark = "70.0"\n\n')],
)
def test_the_same_content_again_changes_nothing_however_it_is_written(world: World, again: str) -> None:
    first = publish(world, PROGRAMME)
    second = publish(world, again)
    assert (second.id, second.already) == (first.id, True)
    with world.reading() as session:
        found = queries.version(session, organisation_id=world.sukabumi, code="contoh")
    assert found.content == PROGRAMME


def test_other_content_under_the_same_number_is_refused_and_the_free_number_told(world: World) -> None:
    publish(world, PROGRAMME)
    publish(world, PROGRAMME.replace("version = 1", "version = 7"))
    with pytest.raises(Conflict, match="Version 8 is free") as refused:
        publish(
            world, PROGRAMME.replace('weight = "30"', 'weight = "30.0"').replace('pass_mark = "70"', 'pass_mark = "71"')
        )
    assert refused.value.place == "version"


def test_a_wrong_file_is_refused_with_everything_that_is_wrong(world: World) -> None:
    wrong = PROGRAMME.replace('weight = "30"', 'weight = "31"').replace("version = 1", "version = 0")
    with pytest.raises(ProgrammeErrors) as refused:
        publish(world, wrong)
    assert {problem.place for problem in refused.value.problems} == {"version", "component"}


def test_it_announces_the_modules_once(world: World) -> None:
    heard: list[object] = []
    organisation_id = world.sukabumi
    with world.transaction() as session:
        session.info["listeners"] = {ModulesPublished: [lambda _, fact: heard.append(fact)]}
        for _ in range(2):
            service.publish(session, organisation_id=organisation_id, text=PROGRAMME, published_by=None, now=NOW)
    iris = ("https://mooc.example/modul/1", "https://mooc.example/modul/2")
    assert heard == [ModulesPublished(organisation_id=organisation_id, iris=iris)]


def test_its_modules_are_known_to_its_organisation_only(world: World) -> None:
    publish(world, PROGRAMME)
    asked = ["https://mooc.example/modul/1", "https://mooc.example/modul/9"]
    with world.reading() as session:
        here = queries.known_modules(session, organisation_id=world.sukabumi, iris=asked)
        there = queries.known_modules(session, organisation_id=world.bandung, iris=asked)
    assert (here, there) == ({"https://mooc.example/modul/1"}, set())


def test_the_newest_version_is_found_without_a_number(world: World) -> None:
    publish(world, SECOND)
    publish(world, PROGRAMME)
    with world.reading() as session:
        assert queries.version(session, organisation_id=world.sukabumi, code="contoh").version == 2


@pytest.mark.parametrize(("code", "version"), [("contoh", 3), ("lain", None)])
def test_it_says_which_version_there_is_not(world: World, code: str, version: int | None) -> None:
    publish(world, PROGRAMME)
    with world.reading() as session, pytest.raises(NotFound, match=code):
        queries.version(session, organisation_id=world.sukabumi, code=code, version=version)


def test_another_organisation_does_not_see_it_and_may_publish_its_own(world: World) -> None:
    ours = publish(world, PROGRAMME)
    with world.reading() as session, pytest.raises(NotFound):
        queries.version(session, organisation_id=world.bandung, code="contoh")
    theirs = publish(world, PROGRAMME.replace("Pelatihan contoh", "Lain"), organisation_id=world.bandung)
    assert theirs.id != ours.id


def test_two_who_publish_the_same_at_once_publish_it_once(world: World) -> None:
    organisation_id = world.sukabumi
    start = Barrier(2)

    def work(_: int) -> Published:
        start.wait()
        with world.transaction() as session:
            return service.publish(session, organisation_id=organisation_id, text=PROGRAMME, published_by=None, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, range(2)))
    assert sorted(one.already for one in done) == [False, True]
    assert done[0].id == done[1].id
