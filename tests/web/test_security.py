"""The headers of every reply, and pages that keep to them."""

import re
from pathlib import Path

import pytest
from flask import Flask

from lms.settings import ROOT
from lms.web.security import headers

TEMPLATES = sorted((ROOT / "templates").rglob("*.html")) + sorted((ROOT / "plugins").rglob("templates/**/*.html"))
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_an_inline_script_or_style(template: Path) -> None:
    assert INLINE.findall(template.read_text(encoding="utf-8")) == []


def test_every_reply_forbids_inline_code_framing_and_guessing_of_types(shell_app: Flask) -> None:
    for address in ("/design?as=manager", "/style.css", "/missing"):
        sent = shell_app.test_client().get(address).headers
        assert "script-src 'self';" in sent["Content-Security-Policy"]
        assert "style-src 'self';" in sent["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in sent["Content-Security-Policy"]
        assert "unsafe" not in sent["Content-Security-Policy"]
        assert sent["X-Content-Type-Options"] == "nosniff"
        assert sent["Referrer-Policy"] == "same-origin"
        assert sent["Strict-Transport-Security"] == "max-age=63072000"


def test_https_is_insisted_on_only_where_people_come_by_it() -> None:
    assert "Strict-Transport-Security" not in headers(https=False)


def test_no_cache_keeps_a_page(shell_app: Flask) -> None:
    assert shell_app.test_client().get("/design?as=manager").headers["Cache-Control"] == "no-store"


def test_a_view_may_say_otherwise(shell_app: Flask) -> None:
    @shell_app.get("/own")
    def own() -> tuple[str, dict[str, str]]:
        return "<p>", {"Content-Security-Policy": "sandbox", "Cache-Control": "private"}

    sent = shell_app.test_client().get("/own").headers
    assert (sent["Content-Security-Policy"], sent["Cache-Control"]) == ("sandbox", "private")
