"""Somebody with a browser, who notes every trouble that a person or a careful operator would mind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

PATIENCE = 10_000
"""Milliseconds that a browser may take for a step on a busy machine; no test waits for time to pass."""

PHONE: Mapping[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 1,
}
ANSWERED = "Failed to load resource"
"""What the console says of every status from 400 on; `responses` judges those by what was asked for."""


@dataclass
class Visitor:
    """A context and its page."""

    address: str
    context: BrowserContext
    troubles: list[str]
    responses: list[Response] = field(default_factory=list)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        self.context.on("request", self._request)
        self.context.on("response", self._response)
        self.page = self.context.new_page()

    def open(self, path: str) -> Page:
        """Open a path of the site, and wait until everything on the page is there."""
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    def sign_in(self, name: str, password: str) -> Page:
        """By the form that the page asking for it leads to."""
        page = self.open("/")
        page.get_by_label("E-mail or identifier (NIP)").fill(name)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    @property
    def path(self) -> str:
        """Path and query of the page."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def transferred(self) -> int:
        """The size of all bodies so far, in bytes, as they left the server: nothing is compressed there."""
        return sum(len(response.body()) for response in self.responses)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ANSWERED):
            self.troubles.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.troubles.append(f"asks another host: {request.url}")

    def _response(self, response: Response) -> None:
        self.responses.append(response)
        is_page = response.request.resource_type in ("document", "xhr", "fetch")
        if response.status >= (500 if is_page else 400):
            self.troubles.append(f"{response.status}: {response.url}")


@dataclass
class Site:
    """Where the app is, and everybody who has come."""

    browser: Browser
    address: str
    troubles: list[str] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self, **options: Any) -> Visitor:
        """A new one; the options are those of a browser context."""
        settings = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
        context = self.browser.new_context(**(settings | options))
        visitor = Visitor(address=self.address, context=context, troubles=self.troubles)
        self.visitors.append(visitor)
        return visitor

    def close(self) -> None:
        """Everybody goes."""
        for visitor in self.visitors:
            visitor.context.close()
