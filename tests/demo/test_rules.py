"""The story of the demo: always the same from the same seed, and never ahead of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.demo import rules
from lms.demo.learning import DAYS
from lms.demo.seeding import PROGRAMME, programme_modules
from lms.demo.values import Story
from lms.programme.rules import leaves, parse_programme

ZONE = ZoneInfo(rules.ZONE)
START = rules.began(date(2026, 11, 24))
FEW = {"I": 8, "III": 8}


MODULES = programme_modules()


def tell(*, seed: int = 1, start: datetime = START, sizes: dict[str, int] | None = None) -> Story:
    return rules.story(seed=seed, start=start, modules=MODULES, sizes=sizes or dict(rules.SIZES))


def test_the_same_seed_and_start_tell_the_same_story() -> None:
    assert tell() == tell(start=START.astimezone(UTC))


def test_another_seed_tells_of_other_people() -> None:
    one, other = tell(seed=1), tell(seed=2)
    ours, theirs = ({person.identifier for person in story.running.people} for story in (one, other))
    assert not ours <= theirs


def test_there_are_39_people_in_four_groups_and_three_categories() -> None:
    people = tell().running.people
    assert len(people) == 39
    assert {person.group for person in people} == {"A", "B", "C", "D"}
    assert {person.category for person in people} == {"tenaga pendidik", "tenaga kesehatan", "tenaga teknis"}


def test_nobody_shares_an_identifier_a_name_or_an_email() -> None:
    story = tell(sizes={"I": 300, "III": 1200})
    people = (*story.finished.people, *story.running.people)
    for facet in ("identifier", "name", "email"):
        assert len({getattr(person, facet) for person in people}) == len(people)


def test_even_few_people_show_everything_that_can_happen() -> None:
    profiles = {person.profile for person in tell(sizes=FEW).running.people}
    assert profiles >= {"ahead", "behind", "truant", "failing", "lapsed"}


def test_a_statement_has_the_id_of_no_other() -> None:
    story = tell()
    sent = (*story.sent_before, *story.sent_lately)
    assert len({one.id for one in sent}) == len(sent)
    assert 600 <= len(sent) <= 1200


@settings(deadline=None, max_examples=40)
@given(today=st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_whatever_the_day_nothing_has_happened_that_is_still_to_come(today: date) -> None:
    story = tell(start=rules.began(today), sizes=FEW)
    midnight = datetime(today.year, today.month, today.day, tzinfo=ZONE)
    assert story.running.starts_at <= midnight - timedelta(days=27)
    assert all(one.at < midnight for one in (*story.sent_before, *story.sent_lately))
    assert all(one.ends_at < midnight for one in story.running.meetings if one.held)
    assert all(one.starts_at > midnight for one in story.running.meetings if not one.held)
    assert all(one.given_at < midnight for one in (*story.finished.scored, *story.running.scored))
    assert story.finished.ends_at < story.running.starts_at


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(), size=st.integers(8, 60))
def test_whatever_the_seed_the_programme_knows_all_that_is_said(seed: int, size: int) -> None:
    story = tell(seed=seed, sizes={"I": size, "III": size})
    programme = parse_programme(PROGRAMME)
    statuses = {status.code for status in programme.statuses}
    assessments = {one.path for one in leaves(programme) if one.kind == "assessment"}
    for batch in (story.finished, story.running):
        assert {one.status for one in batch.attended} <= statuses
        assert {one.path for one in batch.scored} <= assessments
        assert all(0 <= one.score <= 100 for one in batch.scored)
    assert all(0 <= one.raw <= 100 for one in (*story.sent_before, *story.sent_lately))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(), size=st.integers(8, 60))
def test_whatever_the_seed_the_finished_batch_averages_a_little_above_90(seed: int, size: int) -> None:
    passed = [one.raw for one in tell(seed=seed, sizes={"I": size, "III": 8}).sent_before if one.verb == "completed"]
    assert len(passed) == 12 * size
    assert 90 * len(passed) < sum(passed) < 93 * len(passed)


@given(minutes=st.integers(0, 4_000_000))
def test_todays_meeting_has_begun_today(minutes: int) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    meeting = rules.todays_meeting(now)
    assert meeting.starts_at <= now
    assert meeting.starts_at.astimezone(ZONE).date() == now.astimezone(ZONE).date()


def test_there_is_a_day_for_each_module() -> None:
    assert len(MODULES) == len(DAYS)


@pytest.mark.parametrize(
    ("today", "began"),
    [
        pytest.param(date(2026, 11, 23), date(2026, 10, 26), id="a Monday"),
        pytest.param(date(2026, 11, 29), date(2026, 10, 26), id="a Sunday"),
    ],
)
def test_the_running_batch_began_on_a_monday_four_weeks_before_this_weeks(today: date, began: date) -> None:
    assert rules.began(today) == datetime(began.year, began.month, began.day, 8, tzinfo=ZONE)
