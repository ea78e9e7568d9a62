"""What a file may hold, and that everything wrong with it is told at once: line, column, and what would be right."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.errors import Problems
from lms.exchange import rules
from lms.exchange.cells import CellError
from lms.exchange.readers import read_table
from lms.programme.rules import AttendanceStatus

NIP, OTHER = "199001012026031001", "199001012026031002"
ANI, BUDI, S01, S02 = (UUID(int=number) for number in range(1, 5))
PEOPLE = {NIP: ANI, OTHER: BUDI}
STATUSES = (
    AttendanceStatus(code="hadir", title="Hadir"),
    AttendanceStatus(code="alpa", title="Alpa", weight=Decimal(0), absent=True),
    AttendanceStatus(code="dinas luar", title="Dinas luar", weight=Decimal(0), excluded=True),
)
KINDS = {"mooc": "modules", "attendance": "attendance", "project": None, "project.report": "assessment"}


def participants(text: str) -> Sequence[Any]:
    return rules.participants(read_table(text.encode()))


def sessions(text: str) -> Sequence[Any]:
    return rules.sessions(read_table(text.encode()), groups=["A", "B"])


def attendance(text: str) -> Sequence[Any]:
    return rules.attendance(
        read_table(text.encode()), people=PEOPLE, sessions={"S01": S01, "S02": S02}, statuses=STATUSES
    )


def assessments(text: str) -> Sequence[Any]:
    return rules.assessments(read_table(text.encode()), people=PEOPLE, kinds=KINDS, time_zone="Asia/Jakarta")


def _problems(read: Callable[[str], object], text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(Problems) as refused:
        read(text)
    found = []
    for problem in refused.value.problems:
        assert isinstance(problem, CellError)
        found.append((problem.line, problem.column, problem.message))
    return found


def test_it_reads_participants() -> None:
    (row,) = participants(f"identifier,name,email,group,category,unit\n{NIP}, Ani  Contoh ,ani@x.example,A,,Dinas 1\n")
    assert row == rules.ParticipantRow(
        line=2, identifier=NIP, name="Ani Contoh", email="ani@x.example", group="A", category="", unit="Dinas 1"
    )


def test_only_identifier_and_name_are_needed() -> None:
    (row,) = participants(f"Name;IDENTIFIER\nAni;'{NIP}\n")
    assert (row.identifier, row.name, row.email, row.group) == (NIP, "Ani", None, None)


def test_it_reads_sessions() -> None:
    text = (
        "code;title;starts_at;ends_at;jp;group\nS01;Etika;2026-03-12T08:00:00+07:00;2026-03-12T10:15:00+07:00;2,5;a\n"
    )
    (row,) = sessions(text)
    assert row == rules.SessionRow(
        line=2,
        code="S01",
        title="Etika",
        starts_at=datetime(2026, 3, 12, 1, tzinfo=UTC),
        ends_at=datetime(2026, 3, 12, 3, 15, tzinfo=UTC),
        jp=Decimal("2.5"),
        group="A",
    )


def test_it_reads_attendance() -> None:
    (row,) = attendance(f'session,identifier,status,minutes_late,remark\ns01,{NIP},Hadir,15,"macet,\nhujan"\n')
    assert row == rules.MarkRow(
        line=2, session_id=S01, participant_id=ANI, status="hadir", minutes_late=15, remark="macet,\nhujan"
    )


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("", None),
        ("2026-03-12", datetime(2026, 3, 11, 17, tzinfo=UTC)),
        ("2026-03-12T09:00:00+07:00", datetime(2026, 3, 12, 2, tzinfo=UTC)),
    ],
)
def test_it_reads_assessments_dated_or_not(date: str, expected: datetime | None) -> None:
    (row,) = assessments(f'component,identifier,score,date\nproject.report,{NIP},"75,25",{date}\n')
    assert row == rules.EntryRow(
        line=2, path="project.report", participant_id=ANI, score=Decimal("75.25"), remark="", dated_at=expected
    )


def test_one_person_may_have_scores_of_several_dates() -> None:
    text = f"component,identifier,score,date\nproject.report,{NIP},60,2026-03-12\nproject.report,{NIP},80,2026-04-12\n"
    assert [row.score for row in assessments(text)] == [60, 80]


HEADERS = [
    (participants, f"identifier,nama\n{NIP},Ani\n", "unknown"),
    (participants, f"identifier,name,e-mail\n{NIP},Ani,a@x.example\n", "did you mean email"),
    (participants, f"identifier\n{NIP}\n", "name is missing"),
    (participants, f"identifier,name,Name\n{NIP},Ani,Ani\n", "twice"),
    (attendance, "sessions,identifier,status\n", "did you mean session"),
    (assessments, "component,identifier\n", "score is missing"),
    (sessions, "code,title\n", "starts_at is missing"),
]


@pytest.mark.parametrize(("read", "text", "message"), HEADERS)
def test_it_checks_the_header_before_anything_else(read: Callable[[str], object], text: str, message: str) -> None:
    found = _problems(read, text)
    assert all((line, column) == (1, "") for line, column, _ in found)
    assert any(message in told for *_, told in found)


PARTICIPANTS, SESSIONS = "identifier,name,email,group\n", "code,title,starts_at,ends_at,jp,group\n"
ATTENDANCE = "session,identifier,status,minutes_late,remark\n"
ASSESSMENTS = "component,identifier,score,remark,date\n"
START, END = "2026-03-12T08:00:00+07:00", "2026-03-12T10:00:00+07:00"

BAD = [
    (participants, PARTICIPANTS + ",Ani,,\n", "identifier", "empty"),
    (participants, PARTICIPANTS + f"{NIP},,,\n", "name", "empty"),
    (participants, PARTICIPANTS + "1.99E+17,Ani,,\n", "identifier", "last digits are lost"),
    (participants, PARTICIPANTS + '"1,99E+17",Ani,,\n', "identifier", "last digits are lost"),
    (participants, PARTICIPANTS + "1.9900101202603E+17,Ani,,\n", "identifier", "last digits are lost"),
    (participants, PARTICIPANTS + "1.99001012026031e+17,Ani,,\n", "identifier", "last digits are lost"),
    (participants, PARTICIPANTS + f"{NIP},Ani,ani at x,\n", "email", "no e-mail address"),
    (participants, PARTICIPANTS + f"{NIP},A\x00ni,,\n", "name", "cannot be shown"),
    (participants, PARTICIPANTS + f"{NIP},{'A' * 201},,\n", "name", "longer than 200"),
    (participants, PARTICIPANTS + f"{NIP},Ani,,A,left over\n", "", "column without a name"),
    (sessions, SESSIONS + f"S/1,Etika,{START},{END},3,\n", "code", "no /"),
    (sessions, SESSIONS + f"new,Etika,{START},{END},3,\n", "code", "cannot be a code"),
    (sessions, SESSIONS + f"S1,,{START},{END},3,\n", "title", "empty"),
    (sessions, SESSIONS + f"S1,Etika,2026-03-12T08:00:00,{END},3,\n", "starts_at", "time zone"),
    (sessions, SESSIONS + f"S1,Etika,2026-03-12,{END},3,\n", "starts_at", "time zone"),
    (sessions, SESSIONS + f"S1,Etika,12/03/2026 08.00,{END},3,\n", "starts_at", "no date and time"),
    (sessions, SESSIONS + f"S1,Etika,,{END},3,\n", "starts_at", "empty"),
    (sessions, SESSIONS + f"S1,Etika,0001-01-01T00:00:00+07:00,{END},3,\n", "starts_at", "outside the years"),
    (sessions, SESSIONS + f"S1,Etika,{END},{START},3,\n", "ends_at", "before it starts"),
    (sessions, SESSIONS + f"S1,Etika,{START},{START},3,\n", "ends_at", "before it starts"),
    (sessions, SESSIONS + f"S1,Etika,{START},{END},0,\n", "jp", "more than 0"),
    (sessions, SESSIONS + f"S1,Etika,{START},{END},-3,\n", "jp", "more than 0"),
    (sessions, SESSIONS + f"S1,Etika,{START},{END},three,\n", "jp", "no number"),
    (sessions, SESSIONS + f"S1,Etika,{START},{END},3,C\n", "group", "it has: A, B"),
    (attendance, ATTENDANCE + f"S03,{NIP},hadir,,\n", "session", "did you mean S0"),
    (attendance, ATTENDANCE + f"Etika,{NIP},hadir,,\n", "session", "no session Etika"),
    (attendance, ATTENDANCE + f"S01,{NIP[:-1]}9,hadir,,\n", "identifier", "Nobody"),
    (attendance, ATTENDANCE + "S01,1.99E+17,hadir,,\n", "identifier", "last digits are lost"),
    (attendance, ATTENDANCE + f"S01,{NIP},datang,,\n", "status", "hadir, alpa, dinas luar"),
    (attendance, ATTENDANCE + f"S01,{NIP},,,\n", "status", "empty"),
    (attendance, ATTENDANCE + f"S01,{NIP},hadir,-5,\n", "minutes_late", "0 to 600"),
    (attendance, ATTENDANCE + f"S01,{NIP},hadir,601,\n", "minutes_late", "0 to 600"),
    (attendance, ATTENDANCE + f"S01,{NIP},hadir,1.5,\n", "minutes_late", "0 to 600"),
    (attendance, ATTENDANCE + f"S01,{NIP},alpa,5,\n", "minutes_late", "absent"),
    (attendance, ATTENDANCE + f"S01,{NIP},hadir,,{'x' * 501}\n", "remark", "longer than 500"),
    (assessments, ASSESSMENTS + f"design,{NIP},80,,\n", "component", "project.report"),
    (assessments, ASSESSMENTS + f"mooc,{NIP},80,,\n", "component", "no scores for the component mooc"),
    (assessments, ASSESSMENTS + f"project,{NIP},80,,\n", "component", "no scores for the component project"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},100.01,,\n", "score", "0 to 100"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},-1,,\n", "score", "0 to 100"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},NaN,,\n", "score", "no number"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},1e1,,\n", "score", "no number"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},1.234.5,,\n", "score", "no number"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},٧٥,,\n", "score", "no number"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},,,\n", "score", "empty"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},75.12345,,\n", "score", "4 decimals"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},80,,12-03-2026\n", "date", "no date and time"),
    (assessments, ASSESSMENTS + f"project.report,{NIP},80,,2026-03-12T09:00:00\n", "date", "time zone"),
]


@pytest.mark.parametrize(("read", "text", "column", "message"), BAD)
def test_it_says_what_is_wrong_with_a_cell(read: Callable[[str], object], text: str, column: str, message: str) -> None:
    ((line, told, what),) = _problems(read, text)
    assert (line, told) == (2, column)
    assert message in what


def test_it_tells_every_bad_cell_at_once_in_the_order_of_lines() -> None:
    text = ATTENDANCE + f"S01,{NIP},hadir,,\nS09,999,datang,x,\nS02,{OTHER},hadir,,\nS02,{NIP},?,,\n"
    assert [(line, column) for line, column, _ in _problems(attendance, text)] == [
        (3, "session"),
        (3, "identifier"),
        (3, "status"),
        (3, "minutes_late"),
        (5, "status"),
    ]


REPEATS = [
    (participants, PARTICIPANTS + f"{NIP},Ani,,\n{OTHER},Budi,,\n{NIP},Ana,,\n", (4, "identifier", "repeats line 2")),
    (participants, "identifier,name,email\nab,Ani,\ncd,Budi,\nAB,Ana,\n", (4, "identifier", "repeats line 2")),
    (participants, PARTICIPANTS + "1,Ani,a@x.example,\n2,Budi,A@X.example,\n", (3, "email", "repeats line 2")),
    (sessions, SESSIONS + f"S1,Etika,{START},{END},3,\nS1,Etika,{START},{END},3,\n", (3, "code", "repeats line 2")),
    (attendance, ATTENDANCE + f"S01,{NIP},hadir,,\nS01,{NIP},alpa,,\n", (3, "identifier", "repeats line 2")),
    (
        assessments,
        ASSESSMENTS + f"project.report,{NIP},80,,\nproject.report,{NIP},81,,\n",
        (3, "identifier", "repeats line 2"),
    ),
]


@pytest.mark.parametrize(("read", "text", "expected"), REPEATS)
def test_it_names_both_lines_of_a_repeat(
    read: Callable[[str], object], text: str, expected: tuple[int, str, str]
) -> None:
    ((line, column, what),) = _problems(read, text)
    assert (line, column) == expected[:2]
    assert expected[2] in what


def test_a_code_with_a_plain_exponent_is_left_alone() -> None:
    assert participants("identifier,name\n12E5,Ani\n")[0].identifier == "12E5"


def test_a_header_without_rows_is_no_problem() -> None:
    assert participants("identifier,name\n") == ()


@given(st.integers(0, 1_000_000), st.sampled_from(".,"))
def test_any_score_is_read_exactly(hundredths_of_a_hundredth: int, point: str) -> None:
    score = Decimal(hundredths_of_a_hundredth).scaleb(-4)
    written = str(score).replace(".", point)
    assert assessments(f'component,identifier,score\nproject.report,{NIP},"{written}"\n')[0].score == score


@given(st.lists(st.sampled_from([NIP, OTHER, "", "x", "1E+17", "hadir", "S01", ",", '"', "\n", ";"]), max_size=12))
def test_whatever_a_file_holds_only_problems_are_raised(parts: list[str]) -> None:
    for read in (participants, attendance):
        with suppress(Problems, CellError):
            read(ATTENDANCE + "".join(parts))
