"""Every page of every room, as somebody who may open it."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.browser.addresses import EXAMPLES, WITHOUT_A_PAGE
from tests.browser.inspection import problems
from tests.browser.scene import Scene
from tests.browser.visitor import Visitor

ROLES = ("admin", "manager", "facilitator", "auditor", "participant")


def test_every_page_has_an_example(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    known = {example.endpoint for example in EXAMPLES} | WITHOUT_A_PAGE.keys()
    assert pages - known == set()
    assert known - pages == set()


@pytest.mark.parametrize("role", [None, *ROLES])
def test_nothing_is_wrong_with_any_page(
    app: Flask, scene: Scene, arrive: Callable[..., Visitor], role: str | None
) -> None:
    visitor, found = arrive(role), list[str]()
    for path in [example.path(app, scene) for example in EXAMPLES if example.role == role]:
        answer = visitor.page.goto(visitor.address + path)
        assert answer is not None
        assert answer.status == 200, path
        found += problems(visitor)
    assert found == []
    assert visitor.troubles == []


@pytest.mark.parametrize(("role", "path"), [("admin", "/nowhere"), ("participant", "/people"), (None, "/o/nobody/sign-in")])
def test_nothing_is_wrong_with_a_page_that_says_no(arrive: Callable[..., Visitor], role: str | None, path: str) -> None:
    visitor = arrive(role)
    visitor.open(path)
    assert problems(visitor) == []
