"""A programme's components with their weight in the whole."""

from decimal import Decimal

from lms.programme.described import parts
from lms.programme.rules import Component, Programme


def leaf(path: str, weight: str) -> Component:
    key = path.rpartition(".")[2]
    return Component(key=key, path=path, title=key, weight=Decimal(weight), kind="assessment")


def test_a_part_of_a_part_weighs_its_share_of_the_whole() -> None:
    academic = Component(
        key="academic",
        path="academic",
        title="academic",
        weight=Decimal(20),
        components=(leaf("academic.mooc", "62.5"), leaf("academic.talk", "37.5")),
    )
    programme = Programme(
        code="x", title="x", version=1, pass_mark=Decimal(70), components=(academic, leaf("project", "80"))
    )
    assert [(part.component.path, part.depth, part.share) for part in parts(programme)] == [
        ("academic", 0, Decimal(20)),
        ("academic.mooc", 1, Decimal("12.5")),
        ("academic.talk", 1, Decimal("7.5")),
        ("project", 0, Decimal(80)),
    ]
