"""What a register may say, and what saving one adds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance import rules
from lms.attendance.rules import NewMark, PastMark
from lms.errors import NotAllowed, Problems
from lms.programme.rules import AttendanceStatus

NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
ANI, BUDI = UUID(int=1), UUID(int=2)
COHORT, OTHER = UUID(int=10), UUID(int=11)
PRESENT = AttendanceStatus(code="hadir", title="Hadir")
LATE = AttendanceStatus(code="terlambat", title="Terlambat", weight=Decimal("0.5"))
ABSENT = AttendanceStatus(code="alpa", title="Alpa", weight=Decimal(0), absent=True)
AWAY = AttendanceStatus(code="dinas luar", title="Dinas luar", weight=Decimal(1), excluded=True)
STATUSES = (ABSENT, AWAY, PRESENT, LATE)


def past(status: str, *, minutes: int | None = None, remark: str = "", who: UUID = ANI) -> PastMark:
    return PastMark(
        id=uuid4(),
        participant_id=who,
        status=status,
        minutes_late=minutes,
        remark=remark,
        source="register",
        recorded_at=NOW,
        recorded_by="Fasilitator",
    )


def new(status: str, *, minutes: int | None = None, remark: str = "", who: UUID = ANI) -> NewMark:
    return NewMark(participant_id=who, status=status, minutes_late=minutes, remark=remark)


FIRST, SECOND = past("hadir"), past("alpa")
TOLD = past("terlambat", minutes=12, remark="macet")


@pytest.mark.parametrize(
    ("history", "seen", "mark", "outcome"),
    [
        ([], None, new("hadir"), "new"),
        ([FIRST], None, new("hadir"), "unchanged"),
        ([FIRST], None, new("hadir", remark="salah"), "new"),
        ([FIRST], None, new("hadir", minutes=0), "new"),
        ([FIRST, SECOND], None, new("hadir"), "new"),
        ([], {ANI: None}, new("hadir"), "new"),
        ([FIRST], {ANI: FIRST.id}, new("alpa"), "new"),
        ([FIRST], {ANI: FIRST.id}, new("hadir"), "unchanged"),
        ([FIRST], {ANI: None}, new("alpa"), "overtaken"),
        ([FIRST], {ANI: None}, new("hadir"), "unchanged"),
        ([FIRST, SECOND], {ANI: FIRST.id}, new("hadir"), "unchanged"),
        ([FIRST, SECOND], {ANI: FIRST.id}, new("alpa"), "unchanged"),
        ([FIRST, SECOND], {ANI: FIRST.id}, new("terlambat"), "overtaken"),
        ([FIRST, SECOND], {ANI: SECOND.id}, new("hadir"), "new"),
        ([FIRST, SECOND], {ANI: uuid4()}, new("hadir"), "overtaken"),
        ([TOLD], None, new("terlambat", minutes=12), "new"),
        ([TOLD], {ANI: TOLD.id}, new("terlambat", minutes=12), "unchanged"),
        ([TOLD], {ANI: TOLD.id}, new("terlambat", minutes=12, remark="hujan"), "new"),
        ([TOLD], {ANI: TOLD.id}, new("terlambat"), "new"),
    ],
)
def test_a_mark_is_new_unchanged_or_overtaken(
    history: list[PastMark], seen: dict[UUID, UUID | None] | None, mark: NewMark, outcome: str
) -> None:
    sifted = rules.sift([mark], history={ANI: history}, seen=seen)
    assert (sifted.new, sifted.overtaken, sifted.unchanged) == {
        "new": ((mark,), (), 0),
        "overtaken": ((), (mark,), 0),
        "unchanged": ((), (), 1),
    }[outcome]


marks = st.builds(
    NewMark,
    participant_id=st.sampled_from([ANI, BUDI]),
    status=st.sampled_from(["hadir", "alpa"]),
    minutes_late=st.sampled_from([None, 0, 5]),
    remark=st.sampled_from(["", "salah"]),
)


@given(st.lists(marks, unique_by=lambda mark: mark.participant_id), st.booleans())
def test_saving_the_same_register_twice_adds_nothing(register: list[NewMark], by_form: bool) -> None:
    seen = {ANI: None, BUDI: None} if by_form else None
    saved = {
        mark.participant_id: [past(mark.status, minutes=mark.minutes_late, remark=mark.remark, who=mark.participant_id)]
        for mark in rules.sift(register, history={}, seen=seen).new
    }
    again = rules.sift(register, history=saved, seen=seen)
    assert (again.new, again.overtaken, again.unchanged) == ((), (), len(register))


@pytest.mark.parametrize(
    ("mark", "flaw"),
    [
        (new("hadir", minutes=0), None),
        (new("terlambat", minutes=600), None),
        (new("dinas luar", minutes=5), None),
        (new("alpa", minutes=0), None),
        (new("alpa", minutes=1), "was absent"),
        (new("terlambat", minutes=601), "from 0 to 600"),
        (new("terlambat", minutes=-1), "from 0 to 600"),
        (new("datang"), "no status of this programme"),
        (new("hadir", remark="x" * 500), None),
        (new("hadir", remark="x" * 501), "at most 500"),
        (new("hadir", remark="a\0b"), "text only"),
    ],
)
def test_what_is_wrong_with_a_mark_is_said(mark: NewMark, flaw: str | None) -> None:
    flaws = [str(one) for one in rules.flaws(mark, {status.code: status for status in STATUSES})]
    assert len(flaws) == (flaw is not None)
    assert flaw is None or flaw in flaws[0]


def test_every_bad_mark_is_named_at_once_by_the_persons_identifier() -> None:
    stranger = UUID(int=99)
    wrong = [new("datang"), new("alpa", minutes=3, who=BUDI), new("hadir", who=stranger), new("hadir")]
    with pytest.raises(Problems) as refusal:
        rules.check(wrong, statuses=STATUSES, people={ANI: "NIP-1", BUDI: "NIP-2"}, allowed={ANI})
    assert [problem.place for problem in refusal.value.problems] == ["NIP-1", "NIP-2", "NIP-2", str(stranger), "NIP-1"]
    assert "twice" in str(refusal.value.problems[-1])


@pytest.mark.parametrize(
    ("person_group", "session_group", "own", "may"),
    [
        ("A", None, None, True),
        ("A", "B", None, True),
        (None, None, None, True),
        ("A", None, {"A"}, True),
        ("A", "A", {"A"}, True),
        ("B", None, {"A"}, False),
        ("B", "A", {"A"}, False),
        ("A", "B", {"A", "B"}, False),
        (None, None, {"A"}, False),
    ],
)
def test_a_facilitator_marks_the_people_of_their_groups_and_no_guests(
    person_group: str | None, session_group: str | None, own: set[str] | None, may: bool
) -> None:
    assert rules.may_mark(person_group=person_group, session_group=session_group, own=own) is may


def test_groups_of_another_cohort_do_not_help() -> None:
    groups = {(COHORT, uuid4(), "A"), (OTHER, uuid4(), "B")}
    assert rules.own_groups(groups, COHORT) == {"A"}
    assert rules.own_groups(None, COHORT) is None
    with pytest.raises(NotAllowed):
        rules.own_groups(groups, uuid4())
    with pytest.raises(NotAllowed):
        rules.own_groups_at(groups, cohort_id=COHORT, session_group="B")


@pytest.mark.parametrize(
    ("starts_at", "when"),
    [
        ("2026-03-11T23:59:59+07:00", "earlier"),
        ("2026-03-12T00:00:00+07:00", "today"),
        ("2026-03-12T23:59:59+07:00", "today"),
        ("2026-03-13T00:00:00+07:00", "later"),
    ],
)
def test_the_day_of_a_session_is_the_cohorts_own(starts_at: str, when: str) -> None:
    now = datetime.fromisoformat("2026-03-12T00:30:00+07:00")
    found = rules.when(datetime.fromisoformat(starts_at), time_zone="Asia/Jakarta", now=now)
    assert found == when


def test_the_usual_status_is_the_first_of_the_greatest_weight_that_is_there() -> None:
    assert rules.usual_status(STATUSES) == PRESENT
    assert rules.usual_status((ABSENT, AWAY)) is None


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(seconds=3)])
def test_a_mark_is_recorded_after_the_one_it_follows(behind: timedelta) -> None:
    assert rules.recording_moment(NOW, None) == NOW
    assert rules.recording_moment(NOW - behind, FIRST) > FIRST.recorded_at
    assert rules.recording_moment(NOW + timedelta(days=1), FIRST) == NOW + timedelta(days=1)


def test_a_remark_is_kept_on_one_line() -> None:
    assert rules.tidy(new("hadir", remark=" izin\n pulang ")).remark == "izin pulang"
