"""What a QR and a code are good for, and for how long; which claims stand."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lms.attendance import check_in_rules as rules
from lms.attendance.check_in_rules import Standing
from lms.attendance.cohort_rules import CohortRules

SECRET, OTHER_SECRET = bytes(range(32)), bytes(32)
SESSION, OTHER = UUID(int=1 << 120), UUID(int=2 << 120)
# A slot of 15 seconds and one of 60 begin at this moment.
NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
BUDI, ANI = rules.holder(UUID(int=7), UUID(int=70)), rules.holder(UUID(int=8), UUID(int=80))

organisations = st.integers(1, 2**63 - 1)
moments = st.integers(1_600_000_000, 3_700_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


def token(*, organisation_id: int = 1, session_id: UUID = SESSION, at: datetime = NOW, secret: bytes = SECRET) -> str:
    return rules.token(secret, organisation_id=organisation_id, session_id=session_id, now=at)


def problem(text: str, *, at: datetime, secret: bytes = SECRET, holder: bytes = b"") -> str:
    sent = rules.read(text)
    return "unread" if sent is None else rules.token_problem(sent, secret=secret, holder=holder, now=at)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (-16, "future_token"),
        (-15, ""),
        (0, ""),
        (14, ""),
        (44, ""),
        (45, "late_token"),
        (60, "late_token"),
        (86_400, "late_token"),
    ],
)
def test_a_token_is_taken_for_45_seconds_and_15_before_them(after: int, expected: str) -> None:
    assert problem(token(), at=NOW + seconds(after)) == expected


@pytest.mark.parametrize(("after", "expected"), [(0, ""), (179, ""), (180, ""), (194, ""), (195, "late_token")])
def test_a_ticket_is_taken_for_three_minutes(after: int, expected: str) -> None:
    ticket = rules.ticket(SECRET, organisation_id=1, session_id=SESSION, holder=BUDI, now=NOW)
    assert problem(ticket, at=NOW + seconds(after), holder=BUDI) == expected


def test_a_ticket_is_for_nobody_else() -> None:
    ticket = rules.ticket(SECRET, organisation_id=1, session_id=SESSION, holder=BUDI, now=NOW)
    assert problem(ticket, at=NOW, holder=ANI) == "bad_token"
    assert problem(ticket, at=NOW) == "bad_token"


def test_a_token_does_not_pass_for_a_ticket() -> None:
    content = bytearray(urlsafe_b64decode(token() + "="))
    content[0] = 2
    assert problem(urlsafe_b64encode(content).rstrip(b"=").decode(), at=NOW) == "bad_token"


def test_a_token_of_another_session_or_organisation_is_signed_for_that_one() -> None:
    sent = rules.read(token(session_id=OTHER, organisation_id=2))
    assert sent is not None
    assert (sent.session_id, sent.organisation_id) == (OTHER, 2)
    assert problem(token(session_id=OTHER), at=NOW, secret=OTHER_SECRET) == "bad_token"


def test_it_is_short_enough_for_a_qr_that_is_read_from_afar() -> None:
    assert len(token()) == 51


@pytest.mark.parametrize("text", ["", "x", "é" * 51, token()[:-1], token() + "A", token() + "=", "A" * 51, "_" * 4000])
def test_what_is_no_token_is_not_read(text: str) -> None:
    assert problem(text, at=NOW) in ("unread", "bad_token")


@given(organisation_id=organisations, session_id=st.uuids(), at=moments)
def test_what_is_made_is_read(organisation_id: int, session_id: UUID, at: datetime) -> None:
    text = token(organisation_id=organisation_id, session_id=session_id, at=at)
    sent = rules.read(text)
    assert sent is not None
    assert (sent.kind, sent.organisation_id, sent.session_id) == ("token", organisation_id, session_id)
    assert rules.token_problem(sent, secret=SECRET, holder=b"", now=at) == ""


@given(at=moments, later=st.integers(-10_000_000, 10_000_000))
def test_a_token_is_never_taken_outside_of_a_minute(at: datetime, later: int) -> None:
    assume(abs(later) >= 60)
    assert problem(token(at=at), at=at + seconds(later)) in ("late_token", "future_token")


@given(place=st.integers(0, 50), letter=st.sampled_from("ABCDabcd0189-_"))
def test_an_altered_token_is_not_taken(place: int, letter: str) -> None:
    text = token()
    assume(text[place] != letter)
    assert problem(text[:place] + letter + text[place + 1 :], at=NOW) in ("unread", "bad_token")


@given(text=st.text(max_size=200))
def test_any_text_can_be_sent(text: str) -> None:
    assert problem(text, at=NOW) in ("unread", "bad_token")


@given(secret=st.binary(min_size=32, max_size=32), at=moments)
def test_no_other_secret_signs_it(secret: bytes, at: datetime) -> None:
    assume(secret != SECRET)
    assert problem(token(at=at, secret=secret), at=at) == "bad_token"


# Six digits


def code(at: datetime = NOW, *, session_id: UUID = SESSION, organisation_id: int = 1) -> str:
    return rules.code(SECRET, organisation_id=organisation_id, session_id=session_id, now=at)


def is_code(text: str, at: datetime, *, session_id: UUID = SESSION, organisation_id: int = 1) -> bool:
    return rules.is_code(text, secret=SECRET, organisation_id=organisation_id, session_id=session_id, now=at)


@pytest.mark.parametrize(
    ("after", "expected"), [(-61, False), (-60, True), (0, True), (59, True), (119, True), (120, False), (3600, False)]
)
def test_a_code_is_taken_in_its_minute_and_those_beside_it(after: int, expected: bool) -> None:
    assert is_code(code(), NOW + seconds(after)) is expected


def test_a_code_is_of_one_session_of_one_organisation() -> None:
    assert not is_code(code(), NOW, session_id=OTHER)
    assert not is_code(code(), NOW, organisation_id=2)


@given(at=moments)
def test_a_code_has_six_digits(at: datetime) -> None:
    assert re.fullmatch(r"\d{6}", code(at))
    assert 1 <= rules.seconds_left(at) <= 60


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("012345", "012345"),
        (" 012 345 ", "012345"),
        ("012-345", "012345"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("", None),
        ("١٢٣٤٥٦", None),
    ],
)
def test_a_code_may_be_typed_in_groups(text: str, expected: str | None) -> None:
    assert rules.typed_code(text) == expected


# Which claims stand

START = NOW + timedelta(hours=1)
GOOD = Standing(
    starts_at=START,
    session_group=None,
    person_group="A",
    is_enrolled=True,
    is_cancelled=False,
    is_closed=False,
    is_register_closed=False,
)
RULES = CohortRules(time_zone="Asia/Jakarta", statuses=(), present=None, late=None, absent=None, leave=())
INSIDE = replace(RULES, networks=(ip_network("10.0.0.0/8"),))


@pytest.mark.parametrize(
    ("standing", "cohort", "minutes", "expected"),
    [
        (GOOD, RULES, 0, ("claimed", "")),
        (GOOD, RULES, -30, ("claimed", "")),
        (GOOD, RULES, -31, ("early", "")),
        (GOOD, RULES, -3000, ("early", "")),
        (GOOD, RULES, 30, ("claimed", "")),
        (GOOD, RULES, 31, ("refused", "too_late")),
        (replace(GOOD, session_group="A"), RULES, 0, ("claimed", "")),
        (replace(GOOD, session_group="B"), RULES, 0, ("refused", "other_group")),
        (replace(GOOD, session_group="B", person_group=None), RULES, 0, ("refused", "other_group")),
        (replace(GOOD, is_enrolled=False, person_group=None), RULES, 0, ("refused", "not_enrolled")),
        (replace(GOOD, is_cancelled=True), RULES, 0, ("refused", "cancelled")),
        (replace(GOOD, is_closed=True), RULES, 0, ("refused", "closed")),
        (replace(GOOD, is_register_closed=True), RULES, 0, ("refused", "register_closed")),
        (GOOD, replace(RULES, check_in=False), 0, ("refused", "off")),
        (GOOD, INSIDE, 0, ("claimed", "")),
        (GOOD, replace(INSIDE, networks=(ip_network("192.0.2.0/24"),)), 0, ("refused", "network")),
    ],
)
def test_a_claim_stands_waits_or_is_refused_with_the_reason(
    standing: Standing, cohort: CohortRules, minutes: int, expected: tuple[str, str]
) -> None:
    found = rules.verdict(standing, cohort, address="10.1.2.3", at=START + timedelta(minutes=minutes))
    assert found == expected


def test_what_came_early_counts_from_the_moment_at_which_check_in_begins() -> None:
    begins = START - timedelta(minutes=30)
    assert not rules.counts("early", starts_at=START, rules=RULES, now=begins - seconds(1))
    assert rules.counts("early", starts_at=START, rules=RULES, now=begins)
    assert rules.counts("claimed", starts_at=START, rules=RULES, now=begins - seconds(1))
    assert not rules.counts("refused", starts_at=START, rules=RULES, now=START)


def test_a_mark_goes_before_a_claim_where_heads_are_compared() -> None:
    ani, budi, citra = UUID(int=1), UUID(int=2), UUID(int=3)
    assert rules.there([ani, budi], {budi: False, citra: True}) == 2


def test_a_flag_stands_once() -> None:
    assert rules.with_flag(rules.with_flag("", "shared_device"), "shared_device") == "shared_device"
    assert rules.with_flag("shared_device", "second_device") == "shared_device second_device"


@pytest.mark.parametrize(
    ("why", "standing", "expected"),
    [
        ("late_token", UUID(int=1), True),
        ("network", UUID(int=1), True),
        ("moved", UUID(int=1), True),
        ("late_token", UUID(int=2), False),
        ("late_token", None, False),
        ("wrong_code", UUID(int=1), False),
        ("device_used", UUID(int=1), False),
    ],
)
def test_whoever_was_only_too_slow_needs_no_look_once_they_are_checked_in(
    why: str, standing: UUID | None, expected: bool
) -> None:
    assert rules.is_settled(why, device=UUID(int=1), standing=standing) is expected
