"""The page's shell: navigation by role, language, theme, and what every template may use.

A template reads `shell`, whose parts are worked out only when they are read, so that an error
page which needs no account asks for none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Request, current_app, redirect, request, url_for
from flask_babel import get_locale, lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from lms.web import formats, states
from lms.web.bar import three_figure_bar

LOCALES = {"id": "Bahasa Indonesia", "en": "English"}
THEMES = ("system", "light", "dark")
LOCALE_COOKIE, THEME_COOKIE = "padu_locale", "padu_theme"
YEAR = 365 * 24 * 3600

HOME, ACCOUNT, SIGN_OUT = "dashboards.front", "people.account", "people.sign_out"
WORKER, MANIFEST = "worker.script", "worker.manifest"
READERS = frozenset({"admin", "manager", "auditor"})
STAFF = READERS | {"facilitator"}
MARKERS = STAFF - {"auditor"}
"""Who marks at sessions, and so may have marks that wait on their device."""

blueprint = Blueprint("shell", __name__)


class Viewer(Protocol):
    """What the shell needs to know of whoever is signed in; an anonymous user has only the first."""

    is_authenticated: bool
    name: str
    role: str
    organisation_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One entry of the navigation, for the roles that may open it. `label` is translated when it is shown."""

    endpoint: str
    label: Any
    roles: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An entry as the page shows it."""

    href: str
    label: str
    current: bool


NAVIGATION = (
    Item(endpoint="dashboards.me", label=lazy_gettext("My progress"), roles=frozenset({"participant"})),
    Item(endpoint="attendance.my_attendance", label=lazy_gettext("My attendance"), roles=frozenset({"participant"})),
    Item(endpoint="leave.mine", label=lazy_gettext("My leave"), roles=frozenset({"participant"})),
    Item(endpoint="attendance.my_check_in", label=lazy_gettext("Check in"), roles=frozenset({"participant"})),
    Item(endpoint="dashboards.front", label=lazy_gettext("Overview"), roles=STAFF),
    Item(endpoint="programme.cohorts", label=lazy_gettext("Cohorts"), roles=STAFF),
    Item(endpoint="programme.programmes", label=lazy_gettext("Programmes"), roles=READERS),
    Item(endpoint="people.accounts", label=lazy_gettext("People"), roles=READERS),
    Item(endpoint="records.statements", label=lazy_gettext("Statements"), roles=READERS),
    Item(endpoint="records.waiting", label=lazy_gettext("Waiting"), roles=READERS),
    Item(endpoint="records.credentials", label=lazy_gettext("Credentials"), roles=READERS),
)


def navigation(user: Viewer) -> list[tuple[str, str]]:
    """(endpoint, label) in order: what the role may open, of the rooms that are there."""
    if not user.is_authenticated:
        return []
    offered = [item for item in NAVIGATION if user.role in item.roles]
    return [(item.endpoint, str(item.label)) for item in offered if item.endpoint in current_app.view_functions]


def links(entries: Iterable[tuple[str, str]], path: str) -> tuple[Link, ...]:
    """The entries as links; the one whose address is the longest beginning of `path` is current."""
    addressed = [(url_for(endpoint), label) for endpoint, label in entries]
    around = [href for href, _ in addressed if path == href or (href != "/" and path.startswith(href + "/"))]
    nearest = max(around, key=len, default=None)
    return tuple(Link(href=href, label=label, current=href == nearest) for href, label in addressed)


class Shell:
    """What base.html reads, each part when it is read."""

    locales = LOCALES
    themes = THEMES

    @property
    def user(self) -> Viewer | None:
        """Whoever is signed in, or None."""
        return current_user if current_user.is_authenticated else None

    @property
    def navigation(self) -> tuple[Link, ...]:
        """The links of the top bar for whoever is signed in."""
        return links(navigation(current_user), request.path)

    @property
    def locale(self) -> str:
        """`id` or `en`: the page's language."""
        return str(get_locale() or "en")

    @property
    def theme(self) -> str:
        """One of THEMES."""
        chosen = request.cookies.get(THEME_COOKIE, "system")
        return chosen if chosen in THEMES else "system"

    @property
    def here(self) -> str:
        """The path to come back to after a change of language or theme; what a POST made cannot be asked for again."""
        return request.full_path.rstrip("?") if request.method == "GET" else self.home_url

    @property
    def worker_url(self) -> str:
        """The service worker for whoever marks; empty for everybody else, and where there is none."""
        user = self.user
        return address(WORKER) if user is not None and user.role in MARKERS else ""

    @property
    def manifest_url(self) -> str:
        """What a phone reads to put this among its apps; empty where there is none."""
        return address(MANIFEST)

    @property
    def home_url(self) -> str:
        """Where the product's name leads."""
        return address(HOME) or "/"

    @property
    def account_url(self) -> str:
        """The signed-in person's own page; empty where there is none."""
        return address(ACCOUNT)

    @property
    def sign_out_url(self) -> str:
        """Where the sign-out form posts to; empty where there is no sign-in."""
        return address(SIGN_OUT)


def address(endpoint: str) -> str:
    """The address of an endpoint without parameters; empty where there is no such endpoint."""
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def chosen_locale(asked: Request, default: str) -> str:
    """What the person chose, else what their browser asks for, else `default`."""
    chosen = asked.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return str(chosen)
    return asked.accept_languages.best_match(LOCALES, default) or default


def safe_path(text: str) -> str:
    """A path of this site to go back to, or "/": never an address that a browser would take for another site."""
    outside = not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable()
    return "/" if outside else text


@blueprint.post("/preferences")
def prefer() -> Response:
    """Keep a language or a theme in a cookie, and go back; a value that is not offered changes nothing."""
    response = redirect(safe_path(request.form.get("back", "")), 303)
    if request.form.get("locale") in LOCALES:
        keep(response, LOCALE_COOKIE, request.form["locale"])
    if request.form.get("theme") in THEMES:
        keep(response, THEME_COOKIE, request.form["theme"])
    return response


prefer.guarded_for = None  # type: ignore[attr-defined]  # Public, as lms.people.guards would mark it, which lies above.


def keep(response: Response, name: str, value: str) -> None:
    """A cookie for a year, for this site alone; as secure as the sign-in's, whatever a proxy says of this request."""
    is_https = current_app.extensions["settings"].is_https
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=is_https)


def here_with(**changes: object) -> str:
    """This page's address with some of its query changed; None takes a part out. For sorting, filters and paging."""
    query = request.args.to_dict(flat=False) | {name: [str(value)] for name, value in changes.items()}
    for name in [name for name, value in changes.items() if value is None]:
        del query[name]
    return request.path + ("?" + urlencode(query, doseq=True, quote_via=quote) if query else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column's heading, as components/tables.html takes it. `sorted` is ascending, descending or empty."""

    title: str
    number: bool
    href: str
    sorted: str
    hidden: bool


def column(title: str, number: bool = False, href: str = "", sorted: str = "", hidden: bool = False) -> Column:  # noqa: A002  (as a template writes it)
    """What `table` takes for each of its columns."""
    return Column(title=title, number=number, href=href, sorted=sorted, hidden=hidden)


def init(app: Flask) -> None:
    """Add the shell's addresses, the filters, and what templates may use over and above Flask's own."""
    app.register_blueprint(blueprint)
    formats.init(app)
    states.init(app)
    app.jinja_env.globals.update(shell=Shell(), three_figure_bar=three_figure_bar, column=column, here_with=here_with)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
