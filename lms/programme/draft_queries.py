"""Every SELECT about drafts of programmes."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lms.errors import N_, NotFound
from lms.people.models import Account
from lms.programme.draft_rules import Tree, toml_of
from lms.programme.models import ProgrammeDraft


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftEntry:
    """A draft as a list shows it; `code` and `title` are empty while it has none."""

    id: UUID
    code: str
    title: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A draft: the `tree` of its file, and the number of its last change with the name of whoever made it."""

    id: UUID
    tree: Tree
    revision: int
    updated_at: datetime
    changed_by: str | None


def draft_entries(session: Session, *, organisation_id: int) -> list[DraftEntry]:
    """Every draft, the one that was changed last first. One query."""
    rows = session.execute(
        select(ProgrammeDraft.id, ProgrammeDraft.code, ProgrammeDraft.title, ProgrammeDraft.updated_at)
        .where(ProgrammeDraft.organisation_id == organisation_id)
        .order_by(ProgrammeDraft.updated_at.desc(), ProgrammeDraft.id)
    )
    return [DraftEntry(**row._asdict()) for row in rows]


def draft(session: Session, *, organisation_id: int, draft_id: UUID, lock: bool = False) -> Draft:
    """One draft; with `lock`, nobody else changes it until the transaction ends. Raises NotFound. One query."""
    is_it = (ProgrammeDraft.organisation_id == organisation_id, ProgrammeDraft.id == draft_id)
    by = and_(Account.organisation_id == ProgrammeDraft.organisation_id, Account.id == ProgrammeDraft.updated_by)
    columns = (getattr(ProgrammeDraft, name) for name in ("id", "content", "revision", "updated_at"))
    wanted = select(*columns, Account.name.label("changed_by")).outerjoin(Account, by).where(*is_it)
    row = session.execute(wanted.with_for_update(of=ProgrammeDraft) if lock else wanted).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such draft."))
    told = row._asdict()
    return Draft(tree=json.loads(told.pop("content")), **told)


def draft_text(session: Session, *, organisation_id: int, draft_id: UUID) -> str:
    """The programme file that a draft comes to, which may be wrong or incomplete; raises NotFound. One query."""
    return toml_of(draft(session, organisation_id=organisation_id, draft_id=draft_id).tree)
