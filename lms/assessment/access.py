"""Whose people somebody scores, and which of them the address asks for."""

from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from lms.assessment.rules import Groups
from lms.people.rules import FACILITATOR
from lms.programme import queries as programmes


def groups_of(session: Session, *, organisation_id: int, account_id: UUID, role: str) -> Groups | None:
    """The groups of a facilitator; everybody else has all. At most one query."""
    if role != FACILITATOR:
        return None
    return programmes.groups_of(session, organisation_id=organisation_id, account_id=account_id)


def only_group() -> str | None:
    """The group that the address asks for, None for all of them."""
    return request.args.get("group") or None
