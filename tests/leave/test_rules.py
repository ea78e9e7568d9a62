"""What a leave covers, what it says as marks, and what may come with it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.rules import TAKEN_BACK, PastMark
from lms.errors import DomainError
from lms.leave import rules
from lms.programme.rows import TimetableSession

ZONE = "Asia/Makassar"
ANI = UUID(int=1)
CODE = "L-0000ABCD"
THERE = {"hadir", "terlambat"}
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def meeting(starts: datetime, hours: int = 2, *, group: str | None = None, cancelled: bool = False) -> TimetableSession:
    return TimetableSession(
        id=uuid4(),
        cohort_id=UUID(int=9),
        code="S",
        title="S",
        starts_at=starts,
        ends_at=starts + timedelta(hours=hours),
        jp=Decimal(3),
        group=group,
        cancelled_at=starts if cancelled else None,
    )


def mark(status: str, *, source: str = "register", remark: str = "", minutes: int | None = None) -> PastMark:
    return PastMark(
        id=uuid4(),
        participant_id=ANI,
        status=status,
        minutes_late=minutes,
        remark=remark,
        source=source,
        recorded_at=START,
        recorded_by=None,
    )


def own(status: str) -> PastMark:
    return mark(status, source="leave", remark=CODE)


def says(*past: PastMark, status: str = "sakit") -> rules.Outcome | None:
    return rules.outcome(past, code=CODE, participant_id=ANI, status=status, there=THERE)


def test_whole_days_are_those_of_the_cohorts_zone() -> None:
    period = rules.whole_days(date(2026, 3, 2), date(2026, 3, 3), time_zone=ZONE)
    assert period.starts_at == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    assert rules.days(period, time_zone=ZONE) == (date(2026, 3, 2), date(2026, 3, 3))


@given(
    first=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    length=st.integers(0, 365),
    zone=st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"]),
)
def test_days_come_back_as_they_were_asked_for(first: date, length: int, zone: str) -> None:
    last = first + timedelta(days=length)
    assert rules.days(rules.whole_days(first, last, time_zone=zone), time_zone=zone) == (first, last)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 3), date(2026, 3, 2)),
        (date(2026, 3, 3), date(2027, 3, 4)),
        (date(9999, 12, 31), date(9999, 12, 31)),
        (date(1, 1, 1), date(1, 1, 1)),
    ],
)
def test_days_that_make_no_leave_are_refused(first: date, last: date) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.whole_days(first, last, time_zone=ZONE)
    assert refusal.value.place == "last"


def test_it_covers_what_reaches_into_it_for_the_persons_group() -> None:
    period = rules.whole_days(date(2026, 3, 2), date(2026, 3, 2), time_zone="UTC")
    noon = START + timedelta(hours=12)
    inside, own_group, reaching = meeting(noon), meeting(noon, group="A"), meeting(START - timedelta(hours=1))
    outside = [
        meeting(START - timedelta(hours=2)),
        meeting(START + timedelta(days=1)),
        meeting(noon, group="B"),
        meeting(noon, cancelled=True),
    ]
    assert rules.covered([inside, own_group, reaching, *outside], period, group="A") == (inside, own_group, reaching)
    assert rules.covered([inside, own_group], period, group=None) == (inside,)
    assert rules.worth([inside, own_group]) == 6


def test_it_marks_who_has_no_mark_or_was_absent() -> None:
    for past in ((), (mark("alpa"),), (mark("hadir"), mark(TAKEN_BACK)), (mark("izin"),)):
        found = says(*past)
        assert found is not None
        assert (found.mark.status, found.mark.remark, found.contested) == ("sakit", CODE, False)


@pytest.mark.parametrize("status", sorted(THERE))
def test_it_contests_a_mark_that_says_the_person_came(status: str) -> None:
    came = mark(status)
    found = says(came)
    assert found is not None
    assert (found.contested, found.against) == (True, came.id)


def test_it_says_nothing_twice_nor_over_what_somebody_said_after_it() -> None:
    assert says(own("sakit")) is None
    assert says(mark("sakit")) is None
    assert says(own("sakit"), mark("alpa")) is None
    assert says(own("sakit"), mark(TAKEN_BACK)) is None


def test_it_speaks_again_where_it_was_taken_back_by_itself() -> None:
    found = says(own("sakit"), own(TAKEN_BACK))
    assert found is not None
    assert found.mark.status == "sakit"


def back(*past: PastMark) -> tuple[str, int | None] | None:
    found = rules.taken_back(past, code=CODE, participant_id=ANI, status="sakit")
    return None if found is None else (found.status, found.minutes_late)


def test_taking_back_lets_count_what_was_marked_before() -> None:
    assert back(own("sakit")) == (TAKEN_BACK, None)
    assert back(mark("alpa"), own("sakit")) == ("alpa", None)
    assert back(mark("terlambat", minutes=5), own("sakit")) == ("terlambat", 5)
    assert back(mark("hadir"), mark(TAKEN_BACK), own("sakit")) == (TAKEN_BACK, None)


def test_only_its_own_mark_that_counts_is_taken_back() -> None:
    assert back() is None
    assert back(own("sakit"), mark("hadir")) is None
    assert back(mark("sakit", source="leave", remark="L-11111111")) is None
    assert back(own("sakit"), own(TAKEN_BACK)) is None


@given(
    st.lists(st.sampled_from([mark("hadir"), mark("alpa"), mark("izin"), mark(TAKEN_BACK), own("sakit")]), max_size=6)
)
def test_after_it_has_spoken_it_has_nothing_more_to_say(past: list[PastMark]) -> None:
    found = says(*past)
    if found is not None and not found.contested:
        after = [*past, own(found.mark.status)]
        assert says(*after) is None
        unsaid = rules.taken_back(after, code=CODE, participant_id=ANI, status="sakit")
        assert unsaid is not None
        assert unsaid.status != "sakit"


@pytest.mark.parametrize(
    ("name", "content", "kept", "kind"),
    [
        ("surat dokter.pdf", b"%PDF-1.7", "surat dokter.pdf", "application/pdf"),
        ("foto.exe", b"\xff\xd8\xff\xe0", "foto.jpg", "image/jpeg"),
        ("../../etc/passwd", b"\x89PNG\r\n\x1a\n", "passwd.png", "image/png"),
        ('C:\\Dokumen\\a"b\n.png', b"\x89PNG\r\n\x1a\n", "ab.png", "image/png"),
        (".pdf", b"%PDF-1.7", "pdf.pdf", "application/pdf"),
        ("x" * 300 + ".pdf", b"%PDF-1.7", "x" * 96 + ".pdf", "application/pdf"),
        ("", b"%PDF-1.7", "document.pdf", "application/pdf"),
    ],
)
def test_a_document_is_what_its_bytes_say(name: str, content: bytes, kept: str, kind: str) -> None:
    found = rules.document(name, content)
    assert (found.name, found.type) == (kept, kind)


@pytest.mark.parametrize(
    "content", [b"", b"<html><script>", b"MZ\x90", b"GIF89a", b" %PDF-1.7", b"%PDF-" + bytes(rules.MOST_BYTES)]
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.document("surat.pdf", content)
    assert refusal.value.place == "document"


def test_a_text_is_bounded_and_a_reason_is_needed() -> None:
    assert rules.check_text(" a\r\nb ", most=3, place="note") == "a\nb"
    for text, needed in (("abcd", False), (" \n ", True)):
        with pytest.raises(DomainError):
            rules.check_text(text, most=3, place="reason", needed=needed)
