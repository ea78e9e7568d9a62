"""Taking a register."""

from datetime import timedelta
from uuid import UUID

import pytest

from lms.attendance import queries
from lms.attendance.rules import MarkedMeanwhile
from lms.attendance.service import Changed, NewMark, replay, take_register
from lms.errors import Conflict, NotAllowed, NotFound, Problems
from lms.programme import queries as programmes
from lms.progress import queries as progress
from tests.world import NOW, World


def take(world: World, code: str, *marks: tuple[str, str], **options: object) -> Changed:
    settings: dict[str, object] = {"recorded_by": None, "source": "register", "now": NOW} | options
    rows = [NewMark(participant_id=world.participant(name), status=status) for name, status in marks]
    session_id = world.session_id(code)
    with world.transaction() as session:
        return take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=rows,
            **settings,  # type: ignore[arg-type]
        )


def statuses(world: World, code: str, name: str) -> list[str]:
    session_id, participant_id = world.session_id(code), world.participant(name)
    with world.reading() as session:
        found = queries.mark_history(
            session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
        )
    return [mark.status for mark in found]


def groups(world: World, name: str = "facilitator") -> set[tuple[UUID, UUID, str]]:
    account = world.account("facilitator", name=name)
    with world.reading() as session:
        return programmes.groups_of(session, organisation_id=world.sukabumi, account_id=account)


def test_it_adds_marks_and_never_overwrites_them(world: World) -> None:
    assert take(world, "S01", ("Ani", "hadir"), ("Citra", "alpa")) == Changed(added=2, changed=0, unchanged=0)
    assert take(world, "S01", ("Ani", "hadir"), ("Citra", "hadir")) == Changed(added=0, changed=1, unchanged=1)
    assert statuses(world, "S01", "Citra") == ["alpa", "hadir"]


def test_it_counts_the_marks_in_the_results(world: World) -> None:
    take(world, "S01", ("Ani", "hadir"), ("Budi", "alpa"))
    with world.reading() as session:
        stored = progress.folded(session, organisation_id=world.sukabumi, cohort_id=world.cohort, as_of=NOW)
    done = {person.name.split()[0]: result.jp_done for person, result in stored}
    absent = {person.name.split()[0]: result.absence.sessions for person, result in stored}
    assert done == {"Ani": 3, "Budi": 0, "Citra": 0, "Dedi": 0}
    assert absent == {"Ani": 0, "Budi": 1, "Citra": 0, "Dedi": 0}


def test_it_lets_the_newest_mark_count_even_if_the_clocks_of_two_servers_differ(world: World) -> None:
    take(world, "S01", ("Ani", "alpa"))
    take(world, "S01", ("Ani", "hadir"), now=NOW - timedelta(seconds=5))
    with world.reading() as session:
        result = progress.result_of(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            participant_id=world.participant("Ani"),
            as_of=NOW,
        )
    assert result.jp_done == 3


def test_it_tells_who_did_it(world: World) -> None:
    take(world, "S01", ("Ani", "hadir"), recorded_by=world.account("manager"))
    session_id = world.session_id("S01")
    with world.reading() as session:
        (mark,) = queries.history(session, organisation_id=world.sukabumi, session_id=session_id)[
            world.participant("Ani")
        ]
    assert (mark.recorded_by, mark.recorded_at, mark.source) == ("Manager", NOW, "register")


def test_it_writes_nothing_where_one_mark_is_bad(world: World) -> None:
    with pytest.raises(Problems) as refusal:
        take(world, "S01", ("Ani", "hadir"), ("Budi", "datang"), ("Citra", "pergi"))
    assert [problem.place[-1] for problem in refusal.value.problems] == ["2", "3"]
    assert statuses(world, "S01", "Ani") == []


def test_it_refuses_a_session_of_a_later_day_but_an_import_may(world: World) -> None:
    with pytest.raises(Conflict, match="not open yet"):
        take(world, "S02", ("Ani", "hadir"))
    assert take(world, "S02", ("Ani", "hadir"), source="import").added == 1


def test_it_refuses_people_of_another_group_to_a_facilitator(world: World) -> None:
    with pytest.raises(Problems, match="don't mark"):
        take(world, "S01", ("Ani", "hadir"), ("Citra", "hadir"), groups=groups(world))
    assert statuses(world, "S01", "Ani") == []
    assert take(world, "S01", ("Ani", "hadir"), groups=groups(world)).added == 1


def test_it_refuses_another_groups_session_to_a_facilitator(world: World) -> None:
    with pytest.raises(NotAllowed):
        take(world, "SEM-B", ("Ani", "hadir"), groups=groups(world))


def test_it_lets_somebody_with_all_groups_mark_a_guest(world: World) -> None:
    assert take(world, "SEM-B", ("Ani", "hadir")).added == 1


def test_it_rejects_another_organisation(world: World) -> None:
    session_id, ani, bandung = world.session_id("S01"), world.participant("Ani"), world.bandung
    with pytest.raises(NotFound), world.transaction() as session:
        take_register(
            session,
            organisation_id=bandung,
            session_id=session_id,
            marks=[NewMark(participant_id=ani, status="hadir")],
            recorded_by=None,
            source="import",
            now=NOW,
        )


def test_it_overwrites_nobody_silently(world: World) -> None:
    ani, budi = world.participant("Ani"), world.participant("Budi")
    opened = {ani: None, budi: None}
    take(world, "S01", ("Ani", "alpa"), seen=opened)
    with pytest.raises(MarkedMeanwhile) as refusal:
        take(world, "S01", ("Ani", "hadir"), ("Budi", "hadir"), seen=opened)
    assert refusal.value.participant_ids == {ani}
    assert (statuses(world, "S01", "Ani"), statuses(world, "S01", "Budi")) == (["alpa"], [])


def test_its_evidence_can_be_replayed(world: World) -> None:
    take(world, "S01", ("Ani", "hadir"), ("Budi", "alpa"))
    take(world, "S01", ("Ani", "terlambat"))
    with world.reading() as session:
        replayed = list(replay(session, organisation_id=world.sukabumi))
        stored = progress.evidence_of(
            session,
            organisation_id=world.sukabumi,
            participant_ids=[world.participant("Ani"), world.participant("Budi")],
        )
    assert len(replayed) == 3
    assert {(one.participant_id, one.evidence) for one in replayed} == {
        (participant_id, piece) for participant_id, pieces in stored.items() for piece in pieces
    }
