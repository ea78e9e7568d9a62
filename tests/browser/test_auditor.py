"""An auditor reads everything and changes nothing: no page offers it, and a forged request is refused."""

from collections.abc import Callable
from typing import Any

from flask import Flask, url_for
from playwright.sync_api import Page, expect

from tests.browser.addresses import EXAMPLES
from tests.browser.scene import Scene
from tests.browser.visitor import Visitor

OWN = {"/preferences", "/sign-out", "/account", "/account/calendar", "/account/calendar/end"}
EXAMPLES_ALONE = {"web.design"}
"""Pages whose forms lead nowhere."""

FORGE = """async ([path, token]) => {
  const body = new URLSearchParams({csrf_token: token});
  return (await fetch(path, {method: "POST", body, redirect: "manual"})).status;
}"""


def changing(page: Page) -> set[str]:
    """Where the forms of the page post to, without what is everybody's own."""
    actions = page.locator("form[method=post]:not(:has(fieldset[disabled]))").evaluate_all(
        "forms => forms.map(form => new URL(form.action).pathname)"
    )
    return set(actions) - OWN


def test_no_page_offers_to_change_anything(app: Flask, scene: Scene, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("auditor")
    examples = [one for one in EXAMPLES if one.role not in (None, "participant") and one.endpoint not in EXAMPLES_ALONE]
    for example in examples:
        path = example.path(app, scene)
        answer = visitor.page.goto(visitor.address + path)
        assert answer is not None
        assert answer.status == (403 if may_not(app, example.endpoint) else 200), path
        if answer.status == 403:
            assert takes_a_post(app, example.endpoint), f"{path} is kept from auditors, and changes nothing"
        assert changing(visitor.page) == set(), path
        for words in ("Add a", "Import", "Save", "Bring", "Publish", "Invite"):
            expect(visitor.page.get_by_role("main").get_by_role("button", name=words)).to_have_count(0)


def test_a_manager_is_offered_changes_on_the_same_page(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    assert "/cohorts/III/setup/targets" in changing(arrive("manager").open("/cohorts/III/setup/targets"))


def test_a_forged_request_is_refused(app: Flask, scene: Scene, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("auditor")
    page = visitor.open("/")
    token = page.locator("input[name=csrf_token]").first.input_value()
    for path in writes(app, scene):
        assert page.evaluate(FORGE, [path, token]) == 403, path
        assert page.evaluate(FORGE, [path, "forged"]) == 400, path


def writes(app: Flask, scene: Scene) -> list[str]:
    """Every address that takes a POST of staff, with ids of things that are there."""
    known: dict[str, Any] = {
        "code": "III",
        "kind": "participants",
        "session_code": "S01",
        "path": "project",
        "version": 1,
        "account_id": scene.facilitator_id,
        "participant_id": scene.world.participant("Ani"),
        "credential_id": scene.statement_id,
        "refused_id": scene.statement_id,
    }
    with app.test_request_context():
        found = [
            url_for(
                rule.endpoint, **{name: known.get(name, scene.statement_id) for name in rule.arguments}, _method="POST"
            )
            for rule in app.url_map.iter_rules()
            if "POST" in (rule.methods or ()) and may_not(app, rule.endpoint)
        ]
    assert found
    return found


def takes_a_post(app: Flask, endpoint: str) -> bool:
    """Whether something is posted to the address of the page."""
    places = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    return any(rule.rule in places for rule in app.url_map.iter_rules(endpoint))


def may_not(app: Flask, endpoint: str) -> bool:
    """Whether the view is for signed-in people, but not for an auditor."""
    roles = getattr(app.view_functions[endpoint], "guarded_for", None)
    return roles is not None and "auditor" not in roles
