"""What holds for every page, in light and dark, wide and narrow: axe, one h1, the language, nothing beyond the edge."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser.visitor import Visitor

WIDE, PHONE, NARROWEST = 1440, 390, 320
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
EVERYTHING: dict[str, Any] = {}
VIOLATIONS = "async (options) => (await axe.run({...options, resultTypes: ['violations']})).violations"

BEYOND_THE_EDGE = """() => {
  const page = document.documentElement;
  return page.scrollWidth > window.innerWidth ? page.scrollWidth - window.innerWidth : 0;
}"""


def problems(visitor: Visitor) -> list[str]:
    """Everything that is wrong with the English page in sight; it is left in a wide window, in light colours."""
    page = visitor.page
    found = [*_document(page, "en")]
    page.evaluate(AXE_SCRIPT)
    for width in (PHONE, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        found += _accessibility(page, width)
    found += _fit(page)
    page.set_viewport_size({"width": WIDE, "height": 900})
    return [f"{visitor.path}: {problem}" for problem in found]


def problems_of_words(visitor: Visitor, language: str) -> list[str]:
    """What may be wrong in one language and right in another."""
    found = [*_document(visitor.page, language), *_fit(visitor.page)]
    return [f"{visitor.path}: {problem}" for problem in found]


def _document(page: Page, language: str) -> Iterator[str]:
    headings = page.locator("h1").count()
    if headings != 1:
        yield f"{headings} h1"
    said = page.locator("html").get_attribute("lang")
    if said != language:
        yield f"the language is said to be {said}"


def _fit(page: Page) -> Iterator[str]:
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    if beyond := page.evaluate(BEYOND_THE_EDGE):
        yield f"at {NARROWEST} pixels it is {beyond} pixels too wide"


def _accessibility(page: Page, width: int) -> Iterator[str]:
    """All rules in light; in dark those about colours, for nothing else differs."""
    for scheme, options in (("dark", COLOURS), ("light", EVERYTHING)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for violation in page.evaluate(VIOLATIONS, options):
            places = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
            yield f"{scheme} at {width} pixels: {violation['id']}: {violation['help']}: {places}"
