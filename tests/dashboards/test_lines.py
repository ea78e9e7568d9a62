"""The participants of a cohort, page by page: everybody once, in the right order, whatever is asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.dashboards import queries, rules
from lms.dashboards.rules import SORTS, Asked
from tests.dashboards.crowd import STATUSES, Somebody, add_cohort, give_figures
from tests.world import NOW, World

SIZE = 61

asks = st.builds(
    Asked,
    group=st.sampled_from(["", "", "A", "B", "C"]),
    category=st.sampled_from(["", "", "tenaga teknis"]),
    status=st.sampled_from(["", "", *STATUSES]),
    reason=st.sampled_from(["", "", "absence.days", "module.closed", "absence"]),
    search=st.sampled_from(["", "", "an", "BUDI", "%", "_", "-0000", "Dédé"]),
    sort=st.sampled_from([*SORTS, "c.mooc"]),
    descending=st.booleans(),
)


def matches(asked: Asked) -> Callable[[Somebody], bool]:
    def is_wanted(one: Somebody) -> bool:
        found = [asked.group in ("", one.group), asked.category in ("", one.category), asked.status in ("", one.status)]
        found.append(not asked.reason or asked.reason in one.reasons.split())
        wanted = asked.search.lower()
        return all(found) and (wanted in one.name.lower() or wanted in f"iv-{one.identifier}")

    return is_wanted


def in_order(crowd: list[Somebody], asked: Asked) -> list[Somebody]:
    """By the figure asked for, none before 0; those who tie in the order of their file."""
    sign = -1 if asked.descending else 1

    def key(one: Somebody) -> Any:
        figures = {"position": one.position, "of_all": one.of_all, "completion": one.completion, "c.mooc": one.mooc}
        figure = figures[asked.sort]
        return sign * (-1 if figure is None else figure)

    return sorted(crowd, key=key)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asked=asks, limit=st.integers(1, 25))
def walk(world: World, head: queries.Head, crowd: list[Somebody], asked: Asked, limit: int) -> None:
    with world.reading() as session:
        pages, after = [], None
        while True:
            page = queries.lines(
                session,
                organisation_id=world.sukabumi,
                cohort=head,
                asked=replace(asked, after=after),
                groups=None,
                limit=limit,
            )
            pages.append(page.lines)
            if not page.more:
                break
            after = rules.asked({"sort": asked.sort, "after": page.more}, paths=["mooc"]).after
            assert after is not None
        whole = queries.lines(
            session, organisation_id=world.sukabumi, cohort=head, asked=asked, groups=None, limit=SIZE + 1
        )
    walked = [line.participant_id for lines in pages for line in lines]
    assert walked == [line.participant_id for line in whole.lines]
    assert all(len(lines) == limit for lines in pages[:-1])
    wanted = [one for one in crowd if matches(asked)(one)]
    assert set(walked) == {one.participant_id for one in wanted}
    assert len(walked) == len(wanted)
    if asked.sort in ("position", "of_all", "completion", "c.mooc"):
        assert walked == [one.participant_id for one in in_order(wanted, asked)]


def test_walking_the_pages_meets_everybody_once_in_the_right_order(world: World) -> None:
    cohort_id = add_cohort(world, "IV", SIZE)
    crowd = give_figures(world, cohort_id, seed=4)
    with world.reading() as session:
        head = queries.head(session, organisation_id=world.sukabumi, code="IV", now=NOW)
    walk(world, head, crowd)
