"""What a grid of scores may say, and what saving one adds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment import rules
from lms.assessment.rules import NewEntry, PastEntry
from lms.errors import NotAllowed, Problems

NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
ANI, BUDI = UUID(int=1), UUID(int=2)
PATH, UNIT = "project", ("project", ANI)
EARLIER, TODAY, LATER = NOW - timedelta(days=9), NOW - timedelta(hours=1), NOW + timedelta(days=9)


def past(score: str, *, dated_at: datetime | None = None, remark: str = "", recorded_at: datetime = NOW) -> PastEntry:
    return PastEntry(
        id=uuid4(),
        path=PATH,
        participant_id=ANI,
        score=Decimal(score),
        remark=remark,
        dated_at=dated_at,
        source="grid",
        recorded_at=recorded_at,
        recorded_by="Fasilitator",
    )


def new(score: str, *, dated_at: datetime | None = None, remark: str = "", who: UUID = ANI) -> NewEntry:
    return NewEntry(path=PATH, participant_id=who, score=Decimal(score), remark=remark, dated_at=dated_at)


PLAIN = past("80", recorded_at=NOW - timedelta(days=3))
OLD = past("70", dated_at=EARLIER)
TOLD = past("60", remark="salah ketik")
COMING = past("90", dated_at=LATER)


def test_the_entry_that_counts_is_the_newest_by_its_date_or_else_by_its_recording() -> None:
    for entries, counts in [
        ([], None),
        ([PLAIN], PLAIN),
        ([PLAIN, OLD], PLAIN),
        ([OLD, COMING], OLD),
        ([COMING], None),
        ([PLAIN, OLD, COMING], PLAIN),
    ]:
        assert rules.counting(rules.ordered(entries), NOW) is counts
        assert rules.counting(rules.ordered(reversed(entries)), NOW) is counts


@pytest.mark.parametrize(
    ("history", "seen", "entry", "outcome"),
    [
        ([], None, new("80"), "new"),
        ([PLAIN], None, new("80.00"), "unchanged"),
        ([PLAIN], None, new("80", remark="ulang"), "new"),
        ([PLAIN], None, new("80", dated_at=EARLIER), "new"),
        # A file with two dates of one person, imported again.
        ([OLD, PLAIN], None, new("70", dated_at=EARLIER), "unchanged"),
        ([OLD, PLAIN], None, new("80"), "unchanged"),
        ([], {UNIT: None}, new("80"), "new"),
        ([PLAIN], {UNIT: PLAIN.id}, new("80.0"), "unchanged"),
        ([PLAIN], {UNIT: PLAIN.id}, new("81"), "new"),
        ([PLAIN], {UNIT: None}, new("81"), "overtaken"),
        ([PLAIN], {UNIT: None}, new("80"), "unchanged"),
        ([OLD, PLAIN], {UNIT: OLD.id}, new("70", dated_at=EARLIER), "unchanged"),
        ([OLD, PLAIN], {UNIT: OLD.id}, new("71", dated_at=EARLIER), "overtaken"),
        ([PLAIN, COMING], {UNIT: PLAIN.id}, new("81"), "new"),
        ([TOLD], None, new("60"), "new"),
        ([TOLD], {UNIT: TOLD.id}, new("60"), "unchanged"),
        ([TOLD], {UNIT: TOLD.id}, new("60", remark="benar"), "new"),
    ],
)
def test_an_entry_is_new_unchanged_or_overtaken(
    history: list[PastEntry], seen: rules.Seen | None, entry: NewEntry, outcome: str
) -> None:
    sifted = rules.sift([entry], history={UNIT: history}, seen=seen, now=NOW)
    assert (sifted.new, sifted.overtaken, sifted.unchanged) == {
        "new": ((entry,), (), 0),
        "overtaken": ((), (entry,), 0),
        "unchanged": ((), (), 1),
    }[outcome]


entries = st.builds(
    NewEntry,
    path=st.just(PATH),
    participant_id=st.just(ANI),
    score=st.sampled_from([Decimal(70), Decimal("70.0"), Decimal("85.25")]),
    remark=st.sampled_from(["", "ulang"]),
    dated_at=st.sampled_from([None, EARLIER, TODAY, LATER]),
)


@given(st.lists(entries, unique_by=lambda entry: entry.dated_at))
def test_importing_the_same_file_twice_adds_nothing(file: list[NewEntry]) -> None:
    first = rules.sift(file, history={}, seen=None, now=NOW)
    saved = rules.ordered(past(str(one.score), dated_at=one.dated_at, remark=one.remark) for one in first.new)
    again = rules.sift(file, history={UNIT: saved}, seen=None, now=NOW)
    assert (len(first.new), again.new, again.unchanged) == (len(file), (), len(file))


@pytest.mark.parametrize(
    ("history", "entry", "counts"),
    [
        ([], new("80", dated_at=EARLIER), True),
        ([PLAIN], new("81"), True),
        ([past("80", recorded_at=NOW + timedelta(seconds=1))], new("81"), True),
        ([PLAIN], new("81", dated_at=TODAY), True),
        ([PLAIN], new("81", dated_at=EARLIER), False),
        ([PLAIN], new("80", dated_at=EARLIER), True),
        ([OLD], new("71", dated_at=EARLIER), True),
        ([COMING], new("71", dated_at=EARLIER), True),
    ],
)
def test_a_score_dated_before_the_one_that_counts_would_not_count(
    history: list[PastEntry], entry: NewEntry, counts: bool
) -> None:
    assert rules.would_count(entry, history, NOW) is counts


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("0", "0"),
        ("100", "100"),
        (" 85,5 ", "85.5"),
        ("85.1234", "85.1234"),
        ("100.0000", "100"),
        ("085", "85"),
    ],
)
def test_a_score_is_read_with_a_point_or_a_comma(text: str, score: str) -> None:
    assert rules.parse_score(text) == Decimal(score)


@pytest.mark.parametrize(
    "text", ["", "-1", "100.01", "101", "85.12345", "1e1", "NaN", "Infinity", "8 5", "85,5,5", "٨٥", "85.", ".5", "1_0"]
)
def test_what_is_no_score_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (it has no message of its own)
        rules.parse_score(text)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_at_all_is_a_score_or_none(score: Decimal) -> None:
    assert rules.is_score(score) is bool(score.is_finite() and 0 <= score <= 100 and score * 10000 % 1 == 0)


def test_every_bad_entry_is_named_at_once_by_the_persons_identifier() -> None:
    wrong = [
        new("100.5"),
        new("80", who=BUDI, remark="x" * 501),
        new("80", who=UUID(int=99)),
        NewEntry(path="mooc", participant_id=ANI, score=Decimal(1)),
        new("100.5"),
        new("80", dated_at=EARLIER),
    ]
    with pytest.raises(Problems) as refusal:
        rules.check(wrong, paths={PATH}, people={ANI: "NIP-1", BUDI: "NIP-2"}, allowed={ANI})
    told = [(problem.place, problem.message.split()[0]) for problem in refusal.value.problems]
    assert told == [
        ("NIP-1", "A"),
        ("NIP-2", "You"),
        ("NIP-2", "A"),
        (str(UUID(int=99)), "This"),
        ("NIP-1", "“mooc”"),
        ("NIP-1", "This"),
        ("NIP-1", "A"),
    ]


def test_groups_of_another_cohort_do_not_help() -> None:
    cohort, groups = uuid4(), {(UUID(int=7), uuid4(), "A")}
    assert rules.own_groups(None, cohort) is None
    assert rules.own_groups(groups, UUID(int=7)) == {"A"}
    with pytest.raises(NotAllowed):
        rules.own_groups(groups, cohort)


def test_an_entry_is_recorded_after_those_before_it() -> None:
    assert rules.recording_moment(NOW, []) == NOW
    assert rules.recording_moment(NOW, [OLD, PLAIN]) > NOW
    assert rules.recording_moment(NOW - timedelta(days=1), [OLD]) > NOW


def test_a_local_day_begins_in_the_cohorts_own_zone() -> None:
    assert rules.start_of(date(2026, 3, 12), "Asia/Jayapura") == datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
