"""How a mark or a score came to be, told as changes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lms.assessment.rules import PastEntry
from lms.attendance.rules import PastMark
from lms.dashboards import history
from lms.progress.rules import Evidence, Weighed
from tests.progress.folds import day, entered

ANI = UUID(int=1)
TITLES = {"hadir": "Hadir", "alpa": "Tanpa keterangan"}


def a_mark(number: int, status: str, *, remark: str = "") -> PastMark:
    return PastMark(
        id=UUID(int=number),
        participant_id=ANI,
        status=status,
        minutes_late=None,
        remark=remark,
        source="register",
        recorded_at=day(number),
        recorded_by="Rina" if number > 1 else None,
    )


def an_entry(number: int, score: int, dated_at: datetime | None = None) -> PastEntry:
    return PastEntry(
        id=UUID(int=number),
        path="ujian",
        participant_id=ANI,
        score=Decimal(score),
        remark="",
        dated_at=dated_at,
        source="grid",
        recorded_at=day(number),
        recorded_by="Rina",
    )


def weighed(number: int, why: str) -> Weighed:
    evidence: Evidence = entered(1, source_id=UUID(int=number))
    return Weighed(evidence=evidence, counted=not why, why=why)


def test_marks_are_told_from_the_newest_with_what_each_replaced() -> None:
    marks = [a_mark(1, "hadir"), a_mark(2, "alpa", remark="tanpa kabar"), a_mark(3, "hadir")]
    told = history.of_marks(marks, [weighed(1, "superseded"), weighed(2, "superseded"), weighed(3, "")], TITLES)
    assert [(one.before, one.after, one.why, one.who, one.remark) for one in told] == [
        ("Tanpa keterangan", "Hadir", "", "Rina", ""),
        ("Hadir", "Tanpa keterangan", "superseded", "Rina", "tanpa kabar"),
        (None, "Hadir", "superseded", None, ""),
    ]


def test_a_status_that_the_programme_no_longer_names_is_told_by_its_code() -> None:
    (told,) = history.of_marks([a_mark(1, "izin")], [weighed(1, "")], TITLES)
    assert told.after == "izin"


def test_a_score_that_is_dated_later_does_not_count_yet() -> None:
    entries = [an_entry(2, 70), an_entry(1, 90, dated_at=day(20))]
    told = history.of_entries(entries, [weighed(2, ""), weighed(1, "later")])
    assert [(one.before, one.after, one.why) for one in told] == [
        (Decimal(70), Decimal(90), "later"),
        (None, Decimal(70), ""),
    ]


def test_without_entries_there_is_nothing_to_tell() -> None:
    assert history.of_entries([], []) == ()
