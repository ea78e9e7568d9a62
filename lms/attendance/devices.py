"""The browser that somebody marks or checks in with: a lasting random id in a cookie, and what it calls itself."""

from typing import TypeVar
from uuid import UUID, uuid4

from flask import Response, current_app, g, request

from lms.settings import Settings

COOKIE = "padu_device"
LASTS = 400 * 24 * 60 * 60
"""Seconds for which the cookie is asked to be kept: the longest that browsers allow."""
LONGEST_NAME = 60

AnyResponse = TypeVar("AnyResponse", bound=Response)

# Whoever descends from another browser names it too, so the descendants come first.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("YaBrowser", "Yandex"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_id() -> UUID:
    """The id of the browser that asks, from its cookie; a new random one where it has none, which `remember` sets."""
    if "device_id" not in g:
        g.device_id = _kept() or uuid4()
    found: UUID = g.device_id
    return found


def device_name() -> str:
    """The name of the browser that asks, as “Chrome, Android”: at most 60 characters, empty where it is silent."""
    return name_of(request.headers.get("User-Agent", ""))


def name_of(user_agent: str) -> str:
    """A short name by the header User-Agent: its browser and system where they are known, else how it begins. Pure."""
    known = [_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)]
    said = ", ".join(name for name in known if name)
    text = said or "".join(char for char in user_agent if char.isprintable())
    return text.strip()[:LONGEST_NAME].strip()


def remember(response: AnyResponse) -> AnyResponse:
    """Have the browser keep its id, where it has none yet. Gives the response back."""
    if _kept() is None:
        settings: Settings = current_app.extensions["settings"]
        response.set_cookie(
            COOKIE, str(device_id()), max_age=LASTS, httponly=True, secure=settings.is_https, samesite="Lax"
        )
    return response


def _kept() -> UUID | None:
    try:
        return UUID(request.cookies.get(COOKIE, ""))
    except ValueError:
        return None


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for word, name in names if word in user_agent), "")
