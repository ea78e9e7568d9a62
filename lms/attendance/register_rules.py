"""What a register is beside its marks: open or closed, who is missing, and whether the heads agree. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from lms.attendance.cohort_rules import CohortRules
from lms.attendance.rules import TAKEN_BACK, History, NewMark, PastMark, Seen
from lms.errors import N_, Conflict, DomainError

Shut = Literal["", "not_open", "cancelled", "locked", "closed"]
"""Why a register cannot be taken; empty where it can be."""

MOST_HEADS = 5000
TYPED = ("register", "paper")
"""Sources that are typed into the register, so that its times hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterState:
    """The heads that were counted, and whether the register is closed. Those who did it by their names."""

    head_count: int | None = None
    counted_at: datetime | None = None
    counted_by: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contested:
    """A mark that was kept for a person to settle, or that was settled; see the table of contested marks.

    `recorded_by` and `settled_by` are names, None where no account did it. `outcome` is empty while it is open.
    """

    id: UUID
    participant_id: UUID
    identifier: str
    name: str
    group: str | None
    status: str
    minutes_late: int | None
    remark: str
    source: str
    received_at: datetime
    recorded_by: str | None
    made_at: datetime | None
    skew_ms: int | None
    device: str
    source_name: str
    why: str
    against: UUID | None
    outcome: str
    settled_at: datetime | None
    settled_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What somebody says of one person's contested marks: `take` one of those shown, or (None) keep what stands.

    `seen` is the newest mark that the page showed, None where there was none; `shown` are the contested ones.
    """

    participant_id: UUID
    take: UUID | None
    seen: UUID | None
    shown: tuple[UUID, ...]


def shut(
    rules: CohortRules,
    *,
    starts_at: datetime,
    cancelled_at: datetime | None,
    closed_at: datetime | None,
    manages: bool,
    at: datetime,
) -> Shut:
    """Why nobody takes the register at this moment; whoever `manages` also takes one that is locked or closed."""
    state = rules.state(starts_at, at=at)
    if cancelled_at is not None:
        return "cancelled"
    if state == "not_open":
        return "not_open"
    if manages:
        return ""
    return "locked" if state == "locked" else "closed" if closed_at is not None else ""


def refusal(why: Shut, code: str) -> DomainError:
    """What is said where a register of the session `code` cannot be taken."""
    templates = {
        "not_open": N_("The register of %(code)s is not open yet."),
        "cancelled": N_("Session %(code)s is cancelled; nobody is marked at it."),
        "locked": N_("The register of %(code)s is locked by now. A programme manager can still change it."),
        "closed": N_("The register of %(code)s is closed. Reopen it, or ask a programme manager to change it."),
    }
    return Conflict(templates[why], code=code)


def in_the_room(marks: Iterable[PastMark | None], rules: CohortRules) -> int:
    """How many of these counting marks say that somebody is there: not absent, not excluded, not on leave."""
    away = set(rules.leave_statuses)
    there = {one.code for one in rules.statuses if not one.absent and not one.excluded and one.code not in away}
    return sum(mark is not None and mark.status in there for mark in marks)


def restored(mark_ids: Collection[UUID], history: History) -> tuple[list[NewMark], Seen]:
    """The marks that put back what stood before these ones, and from which each is made.

    A mark that nothing came before is taken back. Ids that are no marks of this history are left out.
    """
    marks, seen = list[NewMark](), dict[UUID, UUID | None]()
    for participant_id, past in history.items():
        places = [place for place, mark in enumerate(past) if mark.id in mark_ids]
        if not places:
            continue
        before = past[places[0] - 1] if places[0] else None
        marks.append(_as_before(participant_id, before))
        seen[participant_id] = past[places[-1]].id
    return marks, seen


def _as_before(participant_id: UUID, before: PastMark | None) -> NewMark:
    if before is None or before.status == TAKEN_BACK:
        return NewMark(participant_id=participant_id, status=TAKEN_BACK)
    return NewMark(
        participant_id=participant_id,
        status=before.status,
        minutes_late=before.minutes_late,
        remark=before.remark,
    )


def undecided(choices: Sequence[Choice], still_open: Mapping[UUID, UUID]) -> list[DomainError]:
    """What is wrong with choices: one was settled meanwhile, or is no longer this person's.

    `still_open` are the participants of the open contested marks by their ids. A problem's place is a contested id.
    """
    problems: list[DomainError] = []
    for choice in choices:
        for one in choice.shown:
            if still_open.get(one) != choice.participant_id:
                problems.append(Conflict(N_("Somebody has settled this mark meanwhile."), place=str(one)))
        if choice.take is not None and choice.take not in choice.shown:
            problems.append(DomainError(N_("Choose one of the marks that are shown."), place=str(choice.take)))
    return problems
