"""What a browser is called, and how it is known again."""

from uuid import UUID

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance import devices
from tests.world import World


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile "
            "Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.6 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 13) SamsungBrowser/25.0 Chrome/121.0 Mobile", "Samsung Internet, Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_name_and_system(user_agent: str, expected: str) -> None:
    assert devices.name_of(user_agent) == expected


@given(st.text(max_size=300))
def test_a_name_is_short_and_visible(user_agent: str) -> None:
    name = devices.name_of(user_agent)
    assert len(name) <= devices.LONGEST_NAME
    assert name.isprintable()


def test_a_browser_without_an_id_gets_one_and_keeps_it(world: World) -> None:
    with world.app.test_request_context():
        first = devices.device_id()
        cookie = devices.remember(Response()).headers["Set-Cookie"]
        assert devices.device_id() == first
    assert f"padu_device={first}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with world.app.test_request_context(headers={"Cookie": f"padu_device={first}"}):
        assert devices.device_id() == first
        assert "Set-Cookie" not in devices.remember(Response()).headers


def test_a_cookie_that_is_no_id_is_replaced(world: World) -> None:
    with world.app.test_request_context(headers={"Cookie": "padu_device=nonsense"}):
        assert isinstance(devices.device_id(), UUID)
        assert str(devices.device_id()) in devices.remember(Response()).headers["Set-Cookie"]
