"""One-time links: made, mailed or handed to the manager, and used to choose a password. Part of service.py."""

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lms.db import new_id, portions
from lms.errors import N_, NotFound
from lms.people import accounts, mail, queries, rules
from lms.people.models import Account, Invitation
from lms.settings import Settings

BETWEEN_MAILS = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Invited:
    """Somebody with a fresh link. `path` follows the public address; whoever knows it can choose the password."""

    account_id: UUID
    name: str
    identifier: str | None
    email: str | None
    path: str
    mailed: bool


def invite(
    session: Session,
    *,
    organisation_id: int,
    account_ids: Sequence[UUID],
    purpose: rules.Purpose = "invite",
    by_mail: bool = True,
    now: datetime,
) -> list[Invited]:
    """Fresh links for these accounts, in their order, without those that are switched off. Older links end.

    A link is mailed where mail is set up and the person has an address, unless `by_mail` is False.
    """
    people = queries.reachable(session, organisation_id=organisation_id, account_ids=account_ids)
    _retire(session, organisation_id, [person.id for person in people], now)
    posts = by_mail and bool(_settings().smtp_url)
    tokens = {person.id: f"{organisation_id}.{secrets.token_urlsafe(32)}" for person in people}
    _keep(session, organisation_id, tokens, purpose, now)
    invited = [_invited(person, tokens[person.id], posts=posts) for person in people]
    _post(session, organisation_id, [person for person in invited if person.mailed], purpose, now)
    return invited


def invite_participants(
    session: Session, *, organisation_id: int, participant_ids: Sequence[UUID], now: datetime
) -> list[Invited]:
    """Fresh links for these participants, in their order; who has no account yet gets one.

    Who has chosen a password already is left out: their link would be one more key to lose.
    """
    _add_missing(session, organisation_id, participant_ids, now)
    known = queries.account_ids(session, organisation_id=organisation_id, participant_ids=participant_ids)
    ids = [known[participant_id] for participant_id in participant_ids if participant_id in known]
    people = queries.reachable(session, organisation_id=organisation_id, account_ids=ids)
    waiting = [person.id for person in people if person.state == "invited"]
    return invite(session, organisation_id=organisation_id, account_ids=waiting, now=now)


def _add_missing(session: Session, organisation_id: int, participant_ids: Sequence[UUID], now: datetime) -> None:
    """Holding the participants lets two managers who invite at once add each account once."""
    there = queries.lock_participants(session, organisation_id=organisation_id, participant_ids=participant_ids)
    known = queries.account_ids(session, organisation_id=organisation_id, participant_ids=there)
    names = queries.participant_names(session, organisation_id=organisation_id, participant_ids=there)
    rows = [
        {
            "organisation_id": organisation_id,
            "id": new_id(),
            "role": rules.PARTICIPANT,
            "name": names[participant_id],
            "participant_id": participant_id,
            "created_at": now,
        }
        for participant_id in there
        if participant_id not in known
    ]
    if rows:
        session.execute(insert(Account), rows)


def forgotten(session: Session, *, organisation_id: int, name: str, now: datetime) -> None:
    """Mail a link to whoever has this name, if anybody has and can be mailed; at most one in ten minutes."""
    found = queries.entrant(session, organisation_id=organisation_id, name=name)
    if found is None or not _settings().smtp_url:
        return
    since = now - BETWEEN_MAILS
    was_sent = queries.was_linked_since(
        session, organisation_id=organisation_id, account_id=found.account_id, since=since
    )
    person = queries.account(session, organisation_id=organisation_id, account_id=found.account_id)
    if not was_sent and person.email is not None:
        invite(session, organisation_id=organisation_id, account_ids=[person.id], purpose="reset", now=now)


def accept_invitation(session: Session, *, token: str, password: str, now: datetime) -> queries.LinkInfo:
    """Use a link: it sets the password, once. Raises NotFound for a link that cannot be used, else what is wrong."""
    link = queries.link(session, token=token, now=now)
    used = session.execute(
        update(Invitation)
        .where(Invitation.organisation_id == link.organisation_id, Invitation.id == link.id)
        .where(Invitation.used_at.is_(None))
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(N_("This link has been used already, or it is out of date. Ask for a new one."))
    accounts.set_password(session, organisation_id=link.organisation_id, account_id=link.account_id, password=password)
    accounts.note_sign_in(session, organisation_id=link.organisation_id, account_id=link.account_id, now=now)
    return link


def links_csv(invited: Sequence[Invited], *, public_url: str) -> str:
    """The links as a table for a spreadsheet. A cell that could be taken for a formula is quoted."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["identifier", "name", "email", "link"])
    for person in invited:
        cells = [person.identifier or "", person.name, person.email or "", public_url + person.path]
        writer.writerow(map(rules.harmless, cells))
    return table.getvalue()


def _retire(session: Session, organisation_id: int, account_ids: Sequence[UUID], now: datetime) -> None:
    for ids in portions(sorted(account_ids)):
        session.execute(
            update(Invitation)
            .where(Invitation.organisation_id == organisation_id, Invitation.account_id.in_(ids))
            .where(Invitation.used_at.is_(None), Invitation.expires_at > now)
            .values(expires_at=now)
        )


def _keep(
    session: Session, organisation_id: int, tokens: Mapping[UUID, str], purpose: rules.Purpose, now: datetime
) -> None:
    rows = [
        {
            "organisation_id": organisation_id,
            "id": new_id(),
            "account_id": account_id,
            "purpose": purpose,
            "token_hash": rules.secret_hash(token),
            "created_at": now,
            "expires_at": now + rules.LINK_LASTS[purpose],
        }
        for account_id, token in tokens.items()
    ]
    if rows:
        session.execute(insert(Invitation), rows)


def _invited(person: queries.AccountInfo, token: str, *, posts: bool) -> Invited:
    return Invited(
        account_id=person.id,
        name=person.name,
        identifier=person.identifier,
        email=person.email,
        path=f"/invitations/{token}",
        mailed=posts and person.email is not None,
    )


def _post(
    session: Session, organisation_id: int, people: Sequence[Invited], purpose: rules.Purpose, now: datetime
) -> None:
    """Nobody knows yet which language they read, so letters are in the deployment's own."""
    if not people:
        return
    settings = _settings()
    name = queries.organisation(session, organisation_id=organisation_id).name
    with force_locale(settings.locale):
        for person in people:
            subject, body = letter(person, purpose=purpose, organisation=name, public_url=settings.public_url)
            mail.post(
                session,
                organisation_id=organisation_id,
                recipient=person.email or "",
                subject=subject,
                body=body,
                now=now,
            )


def letter(person: Invited, *, purpose: rules.Purpose, organisation: str, public_url: str) -> tuple[str, str]:
    """Subject and body."""
    days = rules.LINK_LASTS[purpose].days
    values = {"name": person.name, "organisation": organisation, "link": public_url + person.path, "days": days}
    if purpose == "invite":
        return (
            gettext("Your account at %(organisation)s", organisation=organisation),
            gettext(INVITATION, **values),
        )
    return gettext("A new password for %(organisation)s", organisation=organisation), gettext(NEW_PASSWORD, **values)


INVITATION = N_(
    "Dear %(name)s,\n\n%(organisation)s has made an account for you, where you can follow your training.\n"
    "Choose your password here:\n\n%(link)s\n\nThe link works once, within %(days)s days. Keep it to yourself.\n"
)
NEW_PASSWORD = N_(
    "Dear %(name)s,\n\nYou can choose a new password for your account at %(organisation)s here:\n\n%(link)s\n\n"
    "The link works once, within 24 hours. If you did not ask for it, do nothing: your password stays as it is.\n"
)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
