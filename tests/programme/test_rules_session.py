"""What is kept of a change is enough to know what a session was at any time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.programme.session_rules import NewSession, differing, told_anew

START = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
ROWS = st.builds(
    NewSession,
    code=st.just("S01"),
    title=st.sampled_from(("Etika", "Nilai")),
    starts_at=st.integers(0, 2).map(lambda hours: START + timedelta(hours=hours)),
    ends_at=st.integers(3, 5).map(lambda hours: START + timedelta(hours=hours)),
    jp=st.sampled_from((Decimal(3), Decimal("3.0"), Decimal("2.5"))),
    group=st.sampled_from((None, "", "A", "B")),
    room=st.sampled_from((None, "", "Aula")),
    facilitators=st.sampled_from((None, frozenset[UUID](), frozenset([UUID(int=1)]), frozenset([UUID(int=2)]))),
)


@given(rows=st.lists(ROWS, min_size=1, max_size=6))
def test_the_history_of_a_session_leads_to_what_it_is_and_back(rows: list[NewSession]) -> None:
    states = [told_anew(rows[0], None)]
    for row in rows[1:]:
        states.append(told_anew(row, states[-1]))
    changes = [differing({}, states[0]), *(differing(before, after) for before, after in pairwise(states))]
    forward: dict[str, object] = {}
    for (_, after), state in zip(changes, states, strict=True):
        forward |= after
        assert forward == state
    backward = dict(states[-1])
    for (before, _), state in zip(reversed(changes[1:]), reversed(states[:-1]), strict=True):
        backward |= before
        assert backward == state


@given(row=ROWS)
def test_what_is_told_again_differs_in_nothing(row: NewSession) -> None:
    once = told_anew(row, None)
    assert differing(once, told_anew(row, once)) == ({}, {})
