"""What is done to accounts: add, change, switch off, set a password, count tries to sign in. Part of service.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, DomainError, NotFound, TooMany
from lms.people import account_queries as queries
from lms.people import passwords, rules
from lms.people.models import Account, SignInFailure

OLD_FAILURES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A try to sign in, counted as failed until `enter` says otherwise. The hash is None where nothing can be right."""

    account_id: UUID | None
    password_hash: str | None

    def is_right(self, password: str) -> bool:
        """Whether the password is right; slow, so ask outside of any transaction."""
        return passwords.is_right(self.password_hash, password)


# Signing in


def attempt(session: Session, *, organisation_id: int, name: str, now: datetime) -> Attempt:
    """Count a try for this name, then say what its password is held against; raises TooMany while nobody may try.

    The try is counted before the password is looked at, so that a thousand tries at once are a thousand failures.
    """
    count_try(session, organisation_id=organisation_id, name=name, now=now)
    found = queries.entrant(session, organisation_id=organisation_id, name=name)
    if found is None:
        return Attempt(account_id=None, password_hash=None)
    return Attempt(account_id=found.account_id, password_hash=found.password_hash)


def enter(session: Session, *, organisation_id: int, account_id: UUID, name: str, now: datetime) -> None:
    """The password was right: forget the failures under this name, and keep the moment."""
    forget_failures(session, organisation_id=organisation_id, names=[name])
    _forget_old_failures(session, organisation_id, now)
    note_sign_in(session, organisation_id=organisation_id, account_id=account_id, now=now)


def note_sign_in(session: Session, *, organisation_id: int, account_id: UUID, now: datetime) -> None:
    """Keep the moment at which an account was signed in, by whatever way."""
    session.execute(
        update(Account)
        .where(Account.organisation_id == organisation_id, Account.id == account_id)
        .values(last_sign_in_at=now)
    )


def count_try(session: Session, *, organisation_id: int, name: str, now: datetime) -> None:
    """One more failure under this name, whether anybody has it or not; raises TooMany while nobody may try it."""
    row = _failures(session, organisation_id, rules.failure_key(name), now)
    wait = rules.seconds_to_wait(failures=row.failures, last_at=row.last_at, now=now)
    if wait:
        raise TooMany(
            N_("Too many tries for this name. Try again in %(minutes)s minutes, or ask for a new link."),
            retry_after=wait,
            minutes=-(-wait // 60),
        )
    row.failures = 1 if rules.are_forgotten(last_at=row.last_at, now=now) else row.failures + 1
    row.last_at = now
    session.flush()


def _failures(session: Session, organisation_id: int, key: bytes, now: datetime) -> SignInFailure:
    """The row of a name, made if need be, and locked: tries at the same moment wait for one another, the first too."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh = {"organisation_id": organisation_id, "name_key": key, "failures": 0, "last_at": now}
    insert: postgresql.Insert | sqlite.Insert = dialect.insert(SignInFailure).values(fresh)
    # An update that changes nothing takes the lock, and makes the row anew if a right password has just deleted it.
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["organisation_id", "name_key"], set_={"failures": SignInFailure.failures}
        )
    )
    return session.get_one(SignInFailure, (organisation_id, key), populate_existing=True)


def forget_failures(session: Session, *, organisation_id: int, names: Sequence[str | None]) -> None:
    """These names may be tried anew."""
    keys = [rules.failure_key(name) for name in names if name is not None]
    session.execute(
        delete(SignInFailure).where(SignInFailure.organisation_id == organisation_id, SignInFailure.name_key.in_(keys))
    )


def _forget_old_failures(session: Session, organisation_id: int, now: datetime) -> None:
    """Anybody can make rows by trying invented names; some of those of yesterday go at each sign-in."""
    is_old = SignInFailure.last_at <= now - rules.FORGET_FAILURES_AFTER
    old = select(SignInFailure.name_key).where(SignInFailure.organisation_id == organisation_id, is_old)
    some = old.limit(OLD_FAILURES).with_for_update(skip_locked=True)
    mine = SignInFailure.organisation_id == organisation_id
    session.execute(delete(SignInFailure).where(mine, SignInFailure.name_key.in_(some)))


# Accounts


def add_account(
    session: Session,
    *,
    organisation_id: int,
    role: str,
    name: str,
    email: str | None = None,
    participant_id: UUID | None = None,
    password: str | None = None,
    now: datetime,
) -> UUID:
    """A new account. A participant's needs no e-mail of its own: theirs and their identifier are known already."""
    email = email or None
    _check_account(role=role, name=name, email=email, participant_id=participant_id)
    if password is not None:
        check_password(password, known=[name, email])
    account = Account(
        organisation_id=organisation_id,
        id=new_id(),
        role=role,
        name=name,
        email=email,
        email_folded=None if email is None else rules.fold(email),
        participant_id=participant_id,
        password_hash=None if password is None else passwords.hash_password(password),
        created_at=now,
    )
    session.add(account)
    _flush(session)
    return account.id


def _check_account(*, role: str, name: str, email: str | None, participant_id: UUID | None) -> None:
    if role not in rules.ROLES:
        raise DomainError(
            N_("“%(role)s” is not a role; the roles are %(roles)s."),
            place="role",
            role=role,
            roles=", ".join(rules.ROLES),
        )
    if (role == rules.PARTICIPANT) != (participant_id is not None):
        raise DomainError(N_("A participant's account names the participant, and no other account does."), place="role")
    if email is None and participant_id is None:
        raise DomainError(N_("An account needs an e-mail address."), place="email")
    problem = rules.participant_problem(rules.NewParticipant(identifier="-", name=name, email=email or ""))
    if problem is not None:
        raise problem


def _flush(session: Session) -> None:
    """The database is the one that knows of an account added at the same moment."""
    try:
        session.flush()
    except IntegrityError as error:
        if "FOREIGN KEY" in str(error.orig).upper():
            raise NotFound(N_("There is no such participant.")) from error
        raise Conflict(N_("There is an account for this person or e-mail address already."), place="email") from error


def change_account(
    session: Session, *, organisation_id: int, account_id: UUID, role: str, name: str, email: str
) -> None:
    """Another name, e-mail or role for somebody of the staff. A new role counts from the next click on."""
    known = queries.account(session, organisation_id=organisation_id, account_id=account_id)
    _check_account(role=role, name=name, email=email or None, participant_id=known.participant_id)
    if known.role == rules.ADMIN and role != rules.ADMIN:
        _keep_an_admin(session, organisation_id, account_id)
    account = _account(session, organisation_id, account_id)
    account.role, account.name = role, name
    account.email, account.email_folded = email or None, rules.fold(email) or None
    _flush(session)


def set_active(session: Session, *, organisation_id: int, account_id: UUID, active: bool) -> None:
    """Switch an account off, which signs it out everywhere, or on again. The last administrator stays."""
    if not active:
        _keep_an_admin(session, organisation_id, account_id)
    account = _account(session, organisation_id, account_id)
    account.active = active
    account.epoch += 1
    session.flush()


def _keep_an_admin(session: Session, organisation_id: int, account_id: UUID) -> None:
    if queries.active_admins(session, organisation_id=organisation_id) == [account_id]:
        raise Conflict(N_("This is the only administrator; make somebody else one first."))


# Passwords


def check_password(password: str, *, known: Sequence[str | None]) -> None:
    """Raises what is wrong with a new password, if anything."""
    problem = rules.password_problem(password, known=[text for text in known if text])
    if problem is not None:
        raise problem


def set_password(session: Session, *, organisation_id: int, account_id: UUID, password: str) -> None:
    """A new password signs the account out on every device and opens a locked name again."""
    known = queries.account(session, organisation_id=organisation_id, account_id=account_id)
    names = [known.email, known.identifier]
    check_password(password, known=[known.name, *names])
    account = _account(session, organisation_id, account_id)
    account.password_hash = passwords.hash_password(password)
    account.epoch += 1
    session.flush()
    forget_failures(session, organisation_id=organisation_id, names=[*names, str(account_id)])


def current_password(session: Session, *, organisation_id: int, account_id: UUID, now: datetime) -> Attempt:
    """What the present password of somebody signed in is held against; counted as `attempt` is, by the account."""
    count_try(session, organisation_id=organisation_id, name=str(account_id), now=now)
    account = _account(session, organisation_id, account_id)
    return Attempt(account_id=account_id, password_hash=account.password_hash)


def _account(session: Session, organisation_id: int, account_id: UUID) -> Account:
    row = session.get(
        Account, (organisation_id, account_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if row is None:
        raise NotFound(N_("There is no such account."))
    return row
