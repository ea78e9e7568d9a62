"""What is done about people. Accounts, participants and links have files of their own; ask for all of it here.

Nothing commits; a DomainError undoes all of it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lms.errors import N_, Conflict, DomainError, NotFound, TooMany
from lms.events import MatchingChanged, announce
from lms.people import queries, rules
from lms.people.accounts import (
    Attempt,
    add_account,
    attempt,
    change_account,
    check_password,
    count_try,
    current_password,
    enter,
    forget_failures,
    note_sign_in,
    set_active,
    set_password,
)
from lms.people.invitations import Invited, accept_invitation, forgotten, invite, invite_participants, links_csv
from lms.people.letters import addresses_of, write_to, write_to_managers, write_to_participant
from lms.people.mail import deliver, post
from lms.people.models import Organisation, SetupCode
from lms.people.participants import add_participants, change_participant, match_agent, unmatch_agent
from lms.people.rules import KnownAgent, NewParticipant

__all__ = [
    "Attempt",
    "Invited",
    "KnownAgent",
    "NewParticipant",
    "accept_invitation",
    "add_account",
    "add_organisation",
    "add_participants",
    "addresses_of",
    "attempt",
    "change_account",
    "change_participant",
    "check_password",
    "count_setup_try",
    "count_try",
    "current_password",
    "deliver",
    "enter",
    "forget_failures",
    "forgotten",
    "invite",
    "invite_participants",
    "links_csv",
    "match_agent",
    "new_setup_code",
    "post",
    "set_active",
    "set_matching",
    "set_password",
    "set_up",
    "unmatch_agent",
    "write_to",
    "write_to_managers",
    "write_to_participant",
]

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_GROUPS, CODE_GROUP = 4, 4


# Organisations


def add_organisation(session: Session, *, slug: str, name: str, now: datetime) -> int:
    """A new organisation; returns its id. Raises Conflict for a short name that is taken."""
    if not rules.is_slug(slug):
        raise DomainError(N_("A short name has up to 60 small letters, digits and hyphens."), place="slug")
    if not rules.is_text(name):
        raise DomainError(N_("Give the organisation's name."), place="name")
    if queries.is_slug_taken(session, slug=slug):
        raise Conflict(N_("There is an organisation with the short name “%(slug)s” already."), place="slug", slug=slug)
    organisation = Organisation(slug=slug, name=name, created_at=now)
    session.add(organisation)
    session.flush()
    return organisation.id


def set_matching(
    session: Session, *, organisation_id: int, by_account: bool, home_pages: Sequence[str], by_mbox: bool
) -> bool:
    """Say by which rules agents are matched; returns whether that is new. Statements already there are matched anew."""
    queries.lock_organisation(session, organisation_id=organisation_id)
    wanted = rules.Matching(by_account=by_account, home_pages=tuple(home_pages), by_mbox=by_mbox)
    if queries.matching(session, organisation_id=organisation_id) == wanted:
        return False
    session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(match_account=by_account, match_home_pages="\n".join(home_pages), match_mbox=by_mbox)
    )
    announce(session, MatchingChanged(organisation_id=organisation_id))
    return True


# Setting up


def new_setup_code(session: Session, *, now: datetime) -> str:
    """A one-time code that sets up the first organisation; an older one ends. Raises Conflict once there is one."""
    if not queries.is_empty(session):
        raise Conflict(N_("There is an organisation already; `lms user add` adds an administrator."))
    letters = [secrets.choice(CODE_LETTERS) for _ in range(CODE_GROUPS * CODE_GROUP)]
    code = "-".join("".join(letters[at : at + CODE_GROUP]) for at in range(0, len(letters), CODE_GROUP))
    session.execute(delete(SetupCode))
    session.add(SetupCode(id=1, code_hash=rules.secret_hash(rules.bare_code(code)), created_at=now, last_at=now))
    session.flush()
    return code


def count_setup_try(session: Session, *, now: datetime) -> None:
    """Count a try at the code before it is looked at; raises TooMany while nobody may try."""
    row = queries.setup_code(session)
    if row is None:
        return
    wait = rules.seconds_to_wait(failures=row.failures, last_at=row.last_at, now=now)
    if wait:
        raise TooMany(
            N_("Too many wrong codes. Try again in %(minutes)s minutes."), retry_after=wait, minutes=-(-wait // 60)
        )
    row.failures, row.last_at = row.failures + 1, now
    session.flush()


def set_up(
    session: Session, *, code: str, slug: str, name: str, admin_name: str, email: str, password: str, now: datetime
) -> tuple[int, UUID]:
    """The first organisation and its administrator, whose ids it returns; the code is used up."""
    row = queries.setup_code(session)
    if row is None or not queries.is_empty(session):
        raise NotFound(N_("This has been set up already."))
    if not secrets.compare_digest(row.code_hash, rules.secret_hash(rules.bare_code(code))):
        raise DomainError(N_("That is not the code that was shown when Padu was started."), place="code")
    session.delete(row)
    organisation_id = add_organisation(session, slug=slug, name=name, now=now)
    account_id = add_account(
        session,
        organisation_id=organisation_id,
        role=rules.ADMIN,
        name=admin_name,
        email=email,
        password=password,
        now=now,
    )
    note_sign_in(session, organisation_id=organisation_id, account_id=account_id, now=now)
    return organisation_id, account_id
