"""Bringing a file into a cohort: all or nothing, the same file again says nothing new, and the figures follow."""

from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy.orm import Session

from lms.db import reading, retrying
from lms.errors import NotFound, Problems
from lms.exchange.service import Report, import_file, trial
from lms.programme import queries as programmes
from lms.progress import queries as progress
from tests.world import NOW, World

NIP = {name: f"19900101202603100{number}" for number, name in enumerate(("Ani", "Budi", "Citra", "Dedi"), start=1)}
FILES = {
    "participants": f"identifier,name,email,group,category,unit\n{NIP['Ani']},Ani Contoh,ani@sukabumi.example,B,,\n"
    "199001012026031005,Eka,,C,,\n",
    "sessions": "code;title;starts_at;ends_at;jp;group\r\n"
    "S01;Pembukaan;2026-03-12T08:00:00+07:00;2026-03-12T10:15:00+07:00;3;\r\n"
    "S03;Penutupan;2026-03-14T08:00:00+07:00;2026-03-14T10:15:00+07:00;2,5;B\r\n",
    "attendance": f"session,identifier,status,minutes_late,remark\nS01,{NIP['Ani']},hadir,,\n"
    f"S02,{NIP['Ani']},terlambat,10,\nS01,{NIP['Citra']},alpa,,sakit\n",
    "assessments": f"component;identifier;score;remark\nproject;{NIP['Ani']};87,5;\nproject;{NIP['Budi']};60;\n",
}
FIRST = {"participants": (1, 1, 0), "sessions": (1, 0, 1), "attendance": (3, 0, 0), "assessments": (2, 0, 0)}


def _bring(world: World, kind: str, text: str, *, dry: bool = False, organisation_id: int | None = None) -> Report:
    cohort = world.cohort
    with world.app.app_context():
        return (trial if dry else retrying)(
            partial(
                import_file,
                kind=kind,
                organisation_id=organisation_id or world.sukabumi,
                cohort_id=cohort,
                filename=f"{kind}.csv",
                content=text.encode(),
                recorded_by=None,
                now=NOW,
            )
        )


def _counts(report: Report) -> tuple[int, int, int]:
    return report.added, report.changed, report.unchanged


def _figures(world: World) -> object:
    with world.reading() as session:
        where = {"organisation_id": world.sukabumi, "cohort_id": world.cohort}
        people = programmes.roster(session, **where)
        ids = [person.participant_id for person in people]
        return people, programmes.timetable(session, **where), progress.stored(session, **where, participant_ids=ids)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_brought_in_and_the_same_again_changes_nothing(world: World, kind: str) -> None:
    first = _bring(world, kind, FILES[kind])
    assert (first.rows, _counts(first)) == (sum(FIRST[kind]), FIRST[kind])
    before = _figures(world)
    again = _bring(world, kind, FILES[kind])
    assert _counts(again) == (0, 0, first.rows)
    assert _figures(world) == before


@pytest.mark.parametrize("kind", FILES)
def test_a_trial_tells_the_same_and_changes_nothing(world: World, kind: str) -> None:
    _ = world.cohort
    before = _figures(world)
    assert _counts(_bring(world, kind, FILES[kind], dry=True)) == FIRST[kind]
    assert _figures(world) == before


def test_marks_and_scores_count_at_once(world: World) -> None:
    _bring(world, "attendance", FILES["attendance"])
    _bring(world, "assessments", FILES["assessments"])
    with world.reading() as session:
        ani = world.participant("Ani")
        stored = progress.stored(session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_ids=[ani])
    of_all = progress.COMPONENT_FIGURES.index("of_all")
    assert stored[ani, "project"][of_all] == Decimal("87.50")
    # S01 counts 100, S02 is still to come, SEM-A has no mark: 3 of 10 JP.
    assert stored[ani, "attendance"][of_all] == Decimal("30.00")


def test_somebody_who_was_in_another_group_is_moved(world: World) -> None:
    _bring(world, "participants", FILES["participants"])
    with world.reading() as session:
        people = programmes.roster(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert [(person.name, person.group) for person in people] == [
        ("Ani Contoh", "B"),
        ("Budi Contoh", "A"),
        ("Citra Contoh", "B"),
        ("Dedi Contoh", "B"),
        ("Eka", "C"),
    ]


def test_a_column_that_a_file_does_not_have_keeps_what_was_there(world: World) -> None:
    assert _counts(_bring(world, "participants", f"identifier,name\n{NIP['Ani']},Ani Contoh\n")) == (0, 0, 1)


def test_one_bad_row_keeps_the_whole_file_out(world: World) -> None:
    _ = world.cohort
    before = _figures(world)
    with pytest.raises(Problems) as refused:
        _bring(world, "attendance", FILES["attendance"] + "S09,x,hadir,,\n")
    assert [problem.place for problem in refused.value.problems] == ["line 5, session", "line 5, identifier"]
    assert _figures(world) == before


def test_what_only_the_database_knows_is_told_with_its_line(world: World) -> None:
    text = f"identifier,name,email\n{NIP['Dedi']},Dedi Contoh,ani@sukabumi.example\n"
    with pytest.raises(Problems) as refused:
        _bring(world, "participants", text)
    (problem,) = refused.value.problems
    assert problem.place == "line 2, email"
    assert "ani@sukabumi.example" in problem.message


def test_an_old_mark_stays_and_the_new_one_counts(world: World) -> None:
    _bring(world, "attendance", f"session,identifier,status\nS01,{NIP['Ani']},alpa\n")
    assert _counts(_bring(world, "attendance", f"session,identifier,status\nS01,{NIP['Ani']},hadir\n")) == (0, 1, 0)


def test_it_rejects_a_cohort_of_another_organisation(world: World) -> None:
    with pytest.raises(NotFound):
        _bring(world, "participants", FILES["participants"], organisation_id=world.bandung)


def test_it_knows_four_kinds_of_files(world: World) -> None:
    with pytest.raises(NotFound):
        _bring(world, "statements", "")


def test_people_of_the_cohort_only_can_be_marked(world: World) -> None:
    with pytest.raises(Problems, match="Nobody in this cohort"):
        _bring(world, "attendance", "session,identifier,status\nS01,199001012026039999,hadir\n")


def test_a_trial_leaves_no_transaction_behind(world: World) -> None:
    with world.app.app_context():
        assert trial(Session.in_transaction)
        assert not reading().in_transaction()
