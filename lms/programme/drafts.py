"""Making, changing, publishing and throwing away drafts of programmes."""

import json
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, TooLarge
from lms.programme.draft_queries import Draft, draft
from lms.programme.draft_rules import Tree, text_at, toml_of
from lms.programme.models import ProgrammeDraft
from lms.programme.publishing import Published, publish

SIZE_LIMIT = 2_000_000
"""Characters that a draft may have as JSON; a programme file has half of them at most."""


class ChangedMeanwhile(Conflict):
    """Somebody else has changed the draft since its page was opened."""


def add_draft(session: Session, *, organisation_id: int, tree: Tree, created_by: UUID | None, now: datetime) -> UUID:
    """Begin a draft with this tree."""
    draft_id = new_id()
    made = {"organisation_id": organisation_id, "id": draft_id, "created_at": now, "created_by": created_by}
    session.execute(insert(ProgrammeDraft), made | {"revision": 1} | _kept(tree, created_by, now))
    return draft_id


def change_draft(
    session: Session,
    *,
    organisation_id: int,
    draft_id: UUID,
    seen: int,
    change: Callable[[Tree], Tree],
    changed_by: UUID | None,
    now: datetime,
) -> int:
    """Change the draft whose revision `seen` somebody looked at; returns its revision after that.

    A change that changes nothing leaves the revision as it is. Raises NotFound, and ChangedMeanwhile where another
    change came first.
    """
    before = _locked(session, organisation_id, draft_id, seen)
    after = change(before.tree)
    if after == before.tree:
        return before.revision
    told = _kept(after, changed_by, now) | {"revision": before.revision + 1}
    session.execute(update(ProgrammeDraft).where(*_this(organisation_id, draft_id)).values(**told))
    return before.revision + 1


def publish_draft(
    session: Session, *, organisation_id: int, draft_id: UUID, seen: int, published_by: UUID | None, now: datetime
) -> Published:
    """Publish what the draft says for good, and have the draft no longer.

    Raises NotFound, ChangedMeanwhile, ProgrammeErrors with everything that is wrong with it, and Conflict if its
    version is published with other content.
    """
    found = _locked(session, organisation_id, draft_id, seen)
    done = publish(
        session, organisation_id=organisation_id, text=toml_of(found.tree), published_by=published_by, now=now
    )
    session.execute(delete(ProgrammeDraft).where(*_this(organisation_id, draft_id)))
    return done


def discard_draft(session: Session, *, organisation_id: int, draft_id: UUID, seen: int) -> None:
    """Throw a draft away; raises NotFound, and ChangedMeanwhile where somebody has changed it since."""
    _locked(session, organisation_id, draft_id, seen)
    session.execute(delete(ProgrammeDraft).where(*_this(organisation_id, draft_id)))


def _locked(session: Session, organisation_id: int, draft_id: UUID, seen: int) -> Draft:
    found = draft(session, organisation_id=organisation_id, draft_id=draft_id, lock=True)
    if found.revision != seen:
        raise ChangedMeanwhile(N_("Somebody else has changed this draft meanwhile."))
    return found


def _kept(tree: Tree, changed_by: UUID | None, now: datetime) -> dict[str, object]:
    """The columns that follow from the tree; raises TooLarge."""
    content = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    if len(content) > SIZE_LIMIT:
        raise TooLarge(N_("A draft may have at most %(limit)s characters."), limit=SIZE_LIMIT)
    told = {"code": text_at(tree, "code"), "title": text_at(tree, "title"), "content": content}
    return told | {"updated_at": now, "updated_by": changed_by}


def _this(organisation_id: int, draft_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return ProgrammeDraft.organisation_id == organisation_id, ProgrammeDraft.id == draft_id
