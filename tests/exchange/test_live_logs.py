"""Logs of live classes, as conference services write them."""

from datetime import UTC, datetime, timedelta

import pytest

from lms.attendance.presence_people import Known
from lms.errors import Problems
from lms.exchange.cells import CellError
from lms.exchange.live_logs import LogRow, read_log, stays

START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
END = START + timedelta(minutes=90)
MEETING = "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n"
HOST = "123 456,Pembukaan,03/12/2026 07:50:00 AM,03/12/2026 09:40:00 AM,host@example.org,110,2\n"


def _read(content: str | bytes) -> tuple[LogRow, ...]:
    table = read_log(content if isinstance(content, bytes) else content.encode())
    return stays(table, time_zone="Asia/Jakarta", starts_at=START, ends_at=END)


def _told(content: str | bytes) -> list[tuple[str, int, int]]:
    """Who, and from which until which minute of the session."""
    minute = timedelta(minutes=1)
    return [
        (row.known.who, (row.joined_at - START) // minute, (row.left_at - START) // minute) for row in _read(content)
    ]


def test_two_tables_with_a_list_of_stays() -> None:
    log = (
        MEETING
        + HOST
        + "\nName (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent\n"
        "Ani (Ani Contoh),ani@sukabumi.example,03/12/2026 08:02:00 AM,03/12/2026 09:00:00 AM,58,No,Y\n"
        "Ani (Ani Contoh),ani@sukabumi.example,03/12/2026 09:05:00 AM,03/12/2026 09:30:00 AM,25,No,Y\n"
        "Budi,,03/12/2026 07:55:00 AM,03/12/2026 09:31:00 AM,96,Yes,\n"
    )
    ani = "Ani (Ani Contoh) <ani@sukabumi.example>"
    assert _told(log) == [(ani, 2, 60), (ani, 65, 90), ("Budi", -5, 91)]


def test_numbered_parts_in_utf_16() -> None:
    log = (
        "1. Summary\nMeeting title\tPembukaan\nStart time\t3/12/26, 7:50:00 AM\n\n"
        "2. Participants\nName\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
        "Ani Contoh\t3/12/26, 8:00:00 AM\t3/12/26, 9:30:00 AM\t1h 10m 0s\tani@x.example\tani@x.example\tAttendee\n\n"
        "3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
        "Ani Contoh\t3/12/26, 8:00:00 AM\t3/12/26, 8:50:00 AM\t50m\tani@x.example\tAttendee\n"
        "Ani Contoh\t3/12/26, 9:10:00 AM\t3/12/26, 9:30:00 AM\t20m\tani@x.example\tAttendee\n\n"
        "4. Engagement\nName\tReactions\nAni Contoh\t3\n"
    )
    ani = "Ani Contoh <ani@x.example>"
    assert _told(log.encode("utf-16")) == [(ani, 0, 50), (ani, 70, 90)]


def test_first_and_last_names_with_times_alone() -> None:
    log = "First name,Last name,Email,Duration,Time joined,Time exited\nAni,Contoh,,1 hr 20 min,8:05 AM,9:25 AM\n"
    assert _told(log) == [("Ani Contoh", 5, 85)]


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("nama;durasi (menit)\nAni;40\nBudi;30\nAni;20\n", [("Ani", 0, 40), ("Budi", 0, 30), ("Ani", 40, 60)]),
        ("Name,Join time,Duration\nAni,2026-03-12 08:10,45\n", [("Ani", 10, 55)]),
        ("Name,Join time,Leave time\nAni,2026-03-12 08:10,\n", [("Ani", 10, 90)]),
        ("NIP,Join,Leave\n1990,08:00,09:00\n", [("1990", 0, 60)]),
        ("name,join,leave\nAni,23:50,00:20\n", [("Ani", -490, -460)]),
    ],
)
def test_what_is_left_out_is_filled_in(log: str, expected: list[tuple[str, int, int]]) -> None:
    assert _told(log) == expected


def test_a_number_is_kept_apart_from_the_name() -> None:
    (row,) = _read("NIP,Nama,Join,Leave\n199001012026031001,Ani,08:00,09:00\n")
    assert row.known == Known(identifier="199001012026031001", name="Ani")


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("name,join,leave\nAni,08:00,09:00\n,08:00,09:00\n", 3),
        ("name,join,leave\nAni,,09:00\n", 2),
        ("name,join,leave\nAni,2026-03-12 09:00,2026-03-12 08:00\n", 2),
        ("name,join,leave\nAni,2026-03-12 09:00,2026-03-20 08:00\n", 2),
        ("name,join,leave\nAni,soon,09:00\n", 2),
        ("name,duration\nAni,long\n", 2),
        ("identifier,join,leave\n1.99E+17,08:00,09:00\n", 2),
        ("person,came\nAni,08:00\n", 1),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(log: str, line: int) -> None:
    with pytest.raises(Problems) as refused:
        _read(log)
    assert [getattr(problem, "line", None) for problem in refused.value.problems] == [line]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"\xff\xfea"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(CellError):
        read_log(content)
