"""Flask-Login's side of signing in: who the cookie names, and how a browser comes to hold one."""

from uuid import UUID

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy.orm import Session

from lms.db import reading
from lms.errors import N_, NotFound
from lms.people import queries
from lms.people.guards import SignedIn

manager = LoginManager()
# Phones change their address all day long, and the cookie is signed: an address proves nothing.
manager.session_protection = None


def init(app: Flask) -> None:
    """Let Flask-Login know who is signed in."""
    manager.user_loader(load)
    manager.init_app(app)


def load(cookie: str) -> SignedIn | None:
    """The account that the cookie names, with 1 query; None if it was switched off, or signed out everywhere."""
    organisation, account, _ = cookie.split(".")
    person = _person(reading(), organisation_id=int(organisation), account_id=UUID(account))
    return person if person is not None and person.get_id() == cookie else None


def cookie_id(session: Session, *, organisation_id: int, account_id: UUID) -> str:
    """What a sign-in cookie of this account says now; raises NotFound for one that may not sign in."""
    return _found(session, organisation_id=organisation_id, account_id=account_id).get_id()


def remember(database: Session, *, organisation_id: int, account_id: UUID) -> SignedIn:
    """Sign this browser in. Whatever it held before is forgotten, so that nobody can prepare a session for another."""
    person = _found(database, organisation_id=organisation_id, account_id=account_id)
    session.clear()
    login_user(person)
    return person


def forget() -> None:
    """Sign this browser out."""
    logout_user()
    session.clear()


def _found(database: Session, *, organisation_id: int, account_id: UUID) -> SignedIn:
    person = _person(database, organisation_id=organisation_id, account_id=account_id)
    if person is None:
        raise NotFound(N_("There is no such account, or it is switched off."))
    return person


def _person(database: Session, *, organisation_id: int, account_id: UUID) -> SignedIn | None:
    row = queries.signed_in(database, organisation_id=organisation_id, account_id=account_id)
    return SignedIn(**row._mapping) if row is not None else None
