"""States and reasons: each has an icon that is there and a tone that is drawn, and no reason is without words."""

import re

import pytest
from flask import Flask, render_template_string

from lms.progress.rules import REASONS as TOLD
from lms.settings import ROOT
from lms.web.states import REASONS, STATES
from lms.web.static import HOME

ICONS = set(re.findall(r'id="([\w-]+)"', (HOME / "icons" / "sprite.svg").read_text(encoding="utf-8")))
TONES = set(re.findall(r"\.badge-(\w+)", (HOME / "css" / "feedback.css").read_text(encoding="utf-8")))


def test_every_state_has_an_icon_and_a_tone() -> None:
    assert {icon for _, icon, _ in STATES.values()} | {icon for icon, _ in REASONS.values()} <= ICONS
    assert {tone for tone, _, _ in STATES.values()} <= TONES


def test_every_state_is_one_that_something_is_in() -> None:
    texts = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "lms").rglob("*.py")]
    written = "".join(one.read_text(encoding="utf-8") for one in texts if one.name not in ("states.py", "design.html"))
    assert [code for code in STATES if f'"{code}"' not in written] == []


def test_every_reason_that_a_result_may_have_has_words_in_the_order_in_which_it_is_told() -> None:
    assert tuple(REASONS) == TOLD


@pytest.mark.parametrize("code", STATES)
def test_a_badge_says_its_state(shell_app: Flask, code: str) -> None:
    with shell_app.test_request_context():
        shown = render_template_string(
            '{% import "web/components/feedback.html" as feedback %}{{ feedback.badge(code) }}', code=code
        )
        assert str(STATES[code][2]) in shown
