"""Rubrics as values of JSON, in which decimals are texts. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import cast

from lms.assessment.rubric_rules import Criterion, Level, Rubric, Rule


def criteria_as_text(rubric: Rubric) -> dict[str, object]:
    """The criteria and levels in values of JSON, decimals as text."""
    return {
        "levels": [_level_as_text(one) for one in rubric.levels],
        "criteria": [
            {
                "key": one.key,
                "title": one.title,
                "weight": f"{one.weight:f}",
                "description": one.description,
                "levels": [_level_as_text(level) for level in one.levels],
            }
            for one in rubric.criteria
        ],
    }


def _level_as_text(level: Level) -> dict[str, str]:
    return {"label": level.label, "points": f"{level.points:f}"}


def rubric_from_text(told: Mapping[str, list[Mapping[str, object]]], *, rule: str, needed: int) -> Rubric:
    """The rubric that `criteria_as_text` told."""
    return Rubric(
        criteria=tuple(
            Criterion(
                key=str(one["key"]),
                title=str(one["title"]),
                weight=Decimal(str(one["weight"])),
                description=str(one["description"]),
                levels=_levels_from_text(cast(list[Mapping[str, object]], one["levels"])),
            )
            for one in told["criteria"]
        ),
        levels=_levels_from_text(told["levels"]),
        rule=cast(Rule, rule),
        needed=needed,
    )


def _levels_from_text(told: Iterable[Mapping[str, object]]) -> tuple[Level, ...]:
    return tuple(Level(label=str(one["label"]), points=Decimal(str(one["points"]))) for one in told)
