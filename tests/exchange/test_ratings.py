"""Files of ratings: tried, brought in, brought again, and every problem at once."""

from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest

from lms.db import retrying
from lms.errors import Problems
from lms.exchange.service import Report, import_file, trial
from tests.assessment.rubrics import entries, rate, ratings, set_rubric
from tests.world import NOW, World

ANI, BUDI, CITRA = (f"19900101202603100{number}" for number in (1, 2, 3))
HEADER = "component;identifier;assessor;isi;sikap;remark\n"
FILE = (
    HEADER + f"project;{ANI};facilitator@sukabumi.example;82,5;71,25;Runtut\n"
    f"project;{ANI};;50;0;\nproject;{CITRA};MANAGER@sukabumi.example;82,5;100;\n"
)


@pytest.fixture
def world(world: World) -> World:
    """The world with a rubric of the project, a manager and a facilitator of group A."""
    set_rubric(world)
    world.account("facilitator")
    return world


def bring(world: World, text: str, *, dry: bool = False, by: UUID | None = None) -> Report:
    work = partial(
        import_file,
        kind="ratings",
        organisation_id=world.sukabumi,
        cohort_id=world.cohort,
        filename="ratings.csv",
        content=text.encode(),
        recorded_by=by,
        now=NOW,
    )
    with world.app.app_context():
        return (trial if dry else retrying)(work)


def counts(report: Report) -> tuple[int, int, int]:
    return report.added, report.changed, report.unchanged


def test_ratings_are_tried_then_brought_in_and_the_same_again_changes_nothing(world: World) -> None:
    manager = world.account("manager")
    rate(world, {"isi": "50", "sikap": "1"})
    assert counts(bring(world, FILE, dry=True, by=manager)) == (2, 1, 0)
    assert len(ratings(world)) == 1
    assert counts(bring(world, FILE, by=manager)) == (2, 1, 0)
    assert [(one.assessor, one.score) for one in ratings(world)][1:] == [
        ("Facilitator", Decimal("78.28125")),
        ("Manager", Decimal("31.25")),
    ]
    assert entries(world)[-1].score == (Decimal("78.28125") + Decimal("31.25")) / 2
    assert entries(world)[-1].recorded_by == "Manager"
    before = (ratings(world), entries(world))
    assert counts(bring(world, FILE, by=manager)) == (0, 0, 3)
    assert (ratings(world), entries(world)) == before


@pytest.mark.parametrize(
    ("row", "place", "told"),
    [
        (f"mooc;{ANI};manager@sukabumi.example;50;1;", "line 2, component", "no assessment with a rubric"),
        ("project;1999;manager@sukabumi.example;50;1;", "line 2, identifier", "Nobody in this cohort"),
        (f"project;{ANI};;50;1;", "line 2, assessor", "Name the assessor"),
        (f"project;{ANI};ani@sukabumi.example;50;1;", "line 2, assessor", "Nobody who may rate"),
        (
            f"project;{CITRA};facilitator@sukabumi.example;50;1;",
            "line 2, assessor",
            "does not mark this person's group",
        ),
        (f"project;{ANI};manager@sukabumi.example;51;1;", "line 2, isi", "choose one of the levels"),
        (f"project;{ANI};manager@sukabumi.example;50;;", "line 2, sikap", "is not rated yet"),
        (f"project;{ANI};manager@sukabumi.example;50;101;", "line 2, sikap", "from 0 to 100"),
        (
            f"project;{ANI};manager@sukabumi.example;50;1;\nproject;{ANI};manager@sukabumi.example;50;2;",
            "line 3, identifier",
            "repeats line 2",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_written(
    world: World, row: str, place: str, told: str
) -> None:
    good = f"\nproject;{BUDI};manager@sukabumi.example;50;1;\n"
    with pytest.raises(Problems) as refusal:
        bring(world, HEADER + row + good)
    (problem,) = refusal.value.problems
    assert (problem.place, told in problem.message) == (place, True)
    assert ratings(world, "Budi") == []


def test_the_page_takes_a_pasted_table_by_the_manager_who_rates(world: World) -> None:
    client = world.client("manager")
    text = f"component\tidentifier\tisi\tsikap\nproject\t{ANI}\t82.5\t70\n".replace("\t", ";")
    answer = client.post("/cohorts/III/import/ratings", data={"text": text, "bring": "1"})
    assert answer.status_code == 303
    assert [(one.assessor, one.score) for one in ratings(world)] == [("Manager", Decimal("77.8125"))]
