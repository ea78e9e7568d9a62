"""What holds for every page, in light and dark, wide and narrow: axe, one h1, the language, nothing beyond the edge."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visitor import Visitor

WIDE, PHONE, NARROWEST = 1440, 390, 320
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
AXE = Axe()

BEYOND_THE_EDGE = """() => {
  const page = document.documentElement;
  return page.scrollWidth > window.innerWidth ? page.scrollWidth - window.innerWidth : 0;
}"""


def problems(visitor: Visitor) -> list[str]:
    """Everything that is wrong with the page in sight; it is left in a wide window, in light colours."""
    page = visitor.page
    found = [*_document(page)]
    for width in (PHONE, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        found += _accessibility(page, width)
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    if beyond := page.evaluate(BEYOND_THE_EDGE):
        found.append(f"at {NARROWEST} pixels it is {beyond} pixels too wide")
    page.set_viewport_size({"width": WIDE, "height": 900})
    return [f"{visitor.path}: {problem}" for problem in found]


def _document(page: Page) -> Iterator[str]:
    headings = page.locator("h1").count()
    if headings != 1:
        yield f"{headings} h1"
    language = page.locator("html").get_attribute("lang")
    if language != "en":
        yield f"the language is said to be {language}"


def _accessibility(page: Page, width: int) -> Iterator[str]:
    """All rules in light; in dark those about colours, for nothing else differs."""
    for scheme, options in (("dark", COLOURS), ("light", EVERYTHING)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for violation in AXE.run(page, options=options).response["violations"]:
            places = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
            yield f"{scheme} at {width} pixels: {violation['id']}: {violation['help']}: {places}"
