"""Who is signed in, and who may open what. Every view is `@allowed(...)` or `@public`: a test walks all addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from lms.errors import N_, NotAllowed, NotFound, NotSignedIn
from lms.people.rules import ROLES

P = ParamSpec("P")
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """Whoever is signed in. `email` is None where there is none, `participant_id` for everybody but participants."""

    organisation_id: int
    organisation_slug: str
    organisation_name: str
    account_id: UUID
    role: str
    name: str
    email: str | None
    participant_id: UUID | None
    epoch: int

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the sign-in cookie says: it ends to be true once the account's epoch is raised."""
        return f"{self.organisation_id}.{self.account_id}.{self.epoch}"


def current() -> SignedIn:
    """Whoever is signed in; raises NotSignedIn."""
    person = current_user._get_current_object()
    if not isinstance(person, SignedIn):
        raise NotSignedIn(N_("Please sign in."))
    return person


def participant_of(who: SignedIn) -> UUID:
    """The participant that an account stands for; raises NotFound for an account of the staff."""
    if who.participant_id is None:
        raise NotFound(N_("This account belongs to no participant."))
    return who.participant_id


def anybody() -> SignedIn | None:
    """Whoever is signed in, if anybody is."""
    return current() if current_user.is_authenticated else None


def allowed(*roles: str) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let these roles open the view. Others get a 403; nobody signed in is sent to sign in first, and comes back."""
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"{roles} are not roles of this house")

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return _sign_in_first()
            if current().role not in roles:
                raise NotAllowed(N_("Your account does not have the right for it."))
            return view(*args, **kwargs)

        guarded.guarded_for = frozenset(roles)  # type: ignore[attr-defined]
        return guarded

    return guard


def public(view: View) -> View:
    """Let everybody open the view, signed in or not."""
    view.guarded_for = None  # type: ignore[attr-defined]
    return view


def _sign_in_first() -> ResponseReturnValue:
    """A page is asked for again after signing in; what was posted is not. Of a fragment, the page around it is."""
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": url_for("people.sign_in", next=_current_path())}
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    if best == "application/json":
        raise NotSignedIn(N_("Please sign in."))
    again = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return redirect(url_for("people.sign_in", next=again), 303)


def _current_path() -> str:
    """The path of the page that asked for a fragment; "/" where the header is no address."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", "/"))
    except ValueError:
        return "/"
    return page._replace(scheme="", netloc="").geturl()
