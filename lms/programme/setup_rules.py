"""The steps in which a cohort is set up: how far each is, and which comes next. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from lms.programme.rows import Group, TimetableSession
from lms.programme.rules import Programme, leaves

Key = Literal["cohort", "groups", "participants", "sessions", "targets"]
State = Literal["done", "to_do", "optional"]
STEPS: tuple[Key, ...] = ("cohort", "groups", "participants", "sessions", "targets")
"""In the order in which they are taken; any may be taken at any time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A step: `optional` is one that is not taken and may be left out.

    `missing` are names of groups that nobody marks, or for which there is no session; `without_group` counts people.
    """

    key: Key
    state: State
    missing: tuple[str, ...] = ()
    without_group: int = 0


def steps(
    programme: Programme,
    *,
    groups: Sequence[Group],
    marked: Collection[UUID],
    participants: int,
    timetable: Sequence[TimetableSession],
    targets: Mapping[str, object],
) -> list[Step]:
    """How far every step is. `marked` are the ids of the groups that some facilitator marks."""
    return [
        Step(key="cohort", state="done"),
        _groups(groups, marked),
        _participants(groups, participants),
        _sessions(programme, groups, timetable),
        Step(key="targets", state="done" if targets else "optional"),
    ]


def following(found: Sequence[Step]) -> Step | None:
    """The step to take now: the first that is to be done, else the first that is open at all; None if none is."""
    for state in ("to_do", "optional"):
        for step in found:
            if step.state == state:
                return step
    return None


def _groups(groups: Sequence[Group], marked: Collection[UUID]) -> Step:
    missing = tuple(group.name for group in groups if group.id not in marked)
    if not groups:
        return Step(key="groups", state="optional")
    return Step(key="groups", state="to_do" if missing else "done", missing=missing)


def _participants(groups: Sequence[Group], participants: int) -> Step:
    # A cohort without groups is one whole, so nobody lacks one there.
    alone = participants - sum(group.participants for group in groups) if groups else 0
    return Step(key="participants", state="done" if participants and not alone else "to_do", without_group=alone)


def _sessions(programme: Programme, groups: Sequence[Group], timetable: Sequence[TimetableSession]) -> Step:
    planned = [session for session in timetable if session.cancelled_at is None]
    if not planned:
        counts = any(leaf.kind == "attendance" for leaf in leaves(programme))
        return Step(key="sessions", state="to_do" if counts else "optional")
    met = {session.group for session in planned}
    missing = () if None in met else tuple(group.name for group in groups if group.name not in met)
    return Step(key="sessions", state="to_do" if missing else "done", missing=missing)
