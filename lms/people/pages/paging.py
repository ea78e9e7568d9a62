"""Long lists by cursor: the name and id of the last row shown are in the address of the next page."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from flask import request

from lms.people.queries import PAGE


class Row(Protocol):
    """What a list is ordered by."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Row)


def cursor() -> tuple[str, UUID] | None:
    """Where this page begins; None for the beginning, and for an address that somebody has spoilt."""
    identifier, _, name = request.args.get("after", "").partition(" ")
    try:
        return name, UUID(identifier)
    except ValueError:
        return None


def page_of(rows: Sequence[R]) -> tuple[Sequence[R], str | None]:
    """The rows to show of one more than a page holds, and the cursor of the next page if there is one."""
    if len(rows) <= PAGE:
        return rows, None
    last = rows[PAGE - 1]
    return rows[:PAGE], f"{last.id} {last.name}"
