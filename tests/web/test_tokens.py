"""The tokens: text can be read on its ground in both themes, and no other sheet names a colour."""

import re
from pathlib import Path

import pytest

from lms.web.static import HOME

SHEETS = {path.stem: path.read_text(encoding="utf-8") for path in (HOME / "css").glob("*.css")}
TONES = ("success", "warning", "danger", "neutral")
TEXT = [
    ("ink", "ground"),
    ("ink", "surface"),
    ("ink", "sunk"),
    ("ink-soft", "ground"),
    ("ink-soft", "surface"),
    ("ink-soft", "sunk"),
    ("ink-soft", "neutral-tint"),
    ("accent", "ground"),
    ("accent", "surface"),
    ("accent", "sunk"),
    ("accent", "accent-tint"),
    ("accent-strong", "accent-tint"),
    ("ink", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    ("on-band", "band"),
    ("on-band-soft", "band"),
    *((tone, ground) for tone in TONES for ground in ("surface", "ground", f"{tone}-tint")),
    *(("surface", tone) for tone in TONES),
    *(("ink", f"{tone}-tint") for tone in TONES),
]
SHAPES = [
    ("line-strong", "surface"),
    ("line-strong", "ground"),
    ("line-strong", "sunk"),
    ("focus", "surface"),
    ("focus", "ground"),
    ("bar-solid", "surface"),
    ("bar-solid", "bar-possible"),
    ("bar-edge", "surface"),
    ("bar-dot", "bar-solid"),
    ("bar-target", "surface"),
]


def blocks() -> list[dict[str, str]]:
    """The colours of each set in tokens.css, in order: light, dark by the system, dark by choice, print."""
    sets = re.findall(r"\{([^{}]*--ground[^{}]*)\}", SHEETS["tokens"])
    return [dict(re.findall(r"--([a-z-]+):\s*([^;]+);", text)) for text in sets]


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_dark_by_the_system_and_dark_by_choice_are_the_same() -> None:
    light, by_system, by_choice, _ = blocks()
    assert by_system == by_choice
    assert set(by_system) <= set(light)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXT), (3, SHAPES)], ids=["text", "shapes"])
def test_every_pair_that_meets_has_the_contrast_of_wcag_aa(
    theme: str, least: float, pairs: list[tuple[str, str]]
) -> None:
    light, dark, *_ = blocks()
    colours = light if theme == "light" else light | dark
    seen = {f"{one} on {other}": round(contrast(colours[one], colours[other]), 2) for one, other in pairs}
    assert {pair: value for pair, value in seen.items() if value < least} == {}


@pytest.mark.parametrize("name", sorted(set(SHEETS) - {"tokens"}))
def test_no_sheet_but_the_tokens_names_a_colour(name: str) -> None:
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{]*\})|\b(?:rgb|hsl|oklch)a?\(", SHEETS[name]) == []


def test_every_token_that_is_used_is_there_and_every_one_that_is_there_is_used() -> None:
    defined = set(re.findall(r"(?m)^\s*--([a-z0-9-]+):", "".join(SHEETS.values())))
    used = set(re.findall(r"var\(--([a-z0-9-]+)", "".join(SHEETS.values())))
    assert defined == used


def test_every_class_that_a_sheet_styles_is_in_a_template() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in Path(HOME.parents[2] / "templates").rglob("*.html"))
    styled = {name for sheet in SHEETS.values() for name in re.findall(r"\.([a-z][a-z-]+[a-z])(?=[^{};]*\{)", sheet)}
    made = re.compile(r"^(notice|badge|button|segment|segments|tile|figures?|bar|key|field|htmx)-")
    assert {name for name in styled if name not in written and not made.match(name)} == set()
