"""An example address of every page, and who opens it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask, url_for

from lms.xapi import queries, service
from lms.xapi.refusal_queries import refused
from tests.browser.scene import Scene
from tests.world import NOW
from tests.xapi.lrs import ANI, MODULE, lrs, statement

Arguments = Callable[[Scene], dict[str, Any]]

III: Mapping[str, Any] = {"code": "III"}


def same(**arguments: Any) -> Arguments:
    """Arguments that depend on nothing."""
    return lambda scene: arguments


def ani(**arguments: Any) -> Arguments:
    """Arguments about Ani in the cohort."""
    return lambda scene: {"code": "III", "participant_id": scene.world.participant("Ani")} | arguments


@dataclass(frozen=True, kw_only=True)
class Example:
    """`endpoint` with `arguments`, as `role` opens it; None is somebody who is not signed in."""

    endpoint: str
    role: str | None
    arguments: Arguments = field(default=same())

    def path(self, app: Flask, scene: Scene) -> str:
        """Where it is."""
        arguments = self.arguments(scene)
        with app.test_request_context():
            return url_for(self.endpoint, **arguments)


def _session_of(scene: Scene) -> dict[str, Any]:
    return ani(kind="session", unit=str(scene.world.session_id("S01")))(scene)


def _assessment_of(scene: Scene) -> dict[str, Any]:
    return ani(kind="assessment", unit=f"{scene.world.cohort}/project")(scene)


def _credential(scene: Scene) -> dict[str, Any]:
    with scene.world.reading() as session:
        return {"credential_id": queries.credentials(session, organisation_id=scene.world.sukabumi)[0].id}


def _refused(scene: Scene) -> dict[str, Any]:
    """A score whose least is its most, between two statements that are right."""
    wrong = statement(ANI, result={"score": {"raw": 0, "min": 0, "max": 0}})
    assert lrs(scene.world).post(statement(ANI), wrong, statement(ANI)).status_code == 400
    with scene.world.reading() as session:
        page = refused(session, organisation_id=scene.world.sukabumi, limit=1)
    return {"refused_id": page.found[0].id}


def _settled(scene: Scene) -> dict[str, Any]:
    """The same, after it was sent again and came to a statement."""
    found, world = _refused(scene), scene.world
    settled_by = world.account("manager")
    with world.transaction() as session:
        service.settle_refused(
            session,
            organisation_id=world.sukabumi,
            ids=[UUID(scene.statement_id)],
            settled_by=settled_by,
            now=NOW,
            **found,
        )
    return found


def _examples(role: str | None, *pages: str | tuple[str, Arguments]) -> list[Example]:
    named = [(page, same()) if isinstance(page, str) else page for page in pages]
    return [Example(endpoint=endpoint, role=role, arguments=arguments) for endpoint, arguments in named]


STATEMENT: Arguments = lambda scene: {"statement_id": scene.statement_id}  # noqa: E731
PROGRAMME = same(code="contoh", version=1)
MODULE_OF_ANI = ani(kind="module", unit=MODULE)

EXAMPLES = (
    *_examples(
        None,
        "people.sign_in",
        ("people.sign_in_at", same(slug="sukabumi")),
        "people.forgotten",
        ("people.invitation", lambda scene: {"token": scene.invite("Citra").rpartition("/")[2]}),
    ),
    *_examples(
        "admin",
        "dashboards.front",
        "people.account",
        "people.accounts",
        "people.new_account",
        ("people.one_account", lambda scene: {"account_id": scene.facilitator_id}),
        "people.participants",
        ("people.participant", lambda scene: {"participant_id": scene.world.participant("Ani")}),
        ("records.matches", lambda scene: {"participant_id": scene.world.participant("Ani")}),
        "people.who_is_who",
        "records.credentials",
        ("records.credential", _credential),
        "records.refused_requests",
        ("records.refused_requests", same(state="settled")),
        ("records.refused_one", _refused),
        ("records.refused_one", _settled),
        "records.waiting",
        "records.statements",
        ("records.statements", same(who="nobody of that name", since="x")),
        ("records.statement", STATEMENT),
        "web.design",
        "latsar.about",
    ),
    *_examples(
        "manager",
        "programme.programmes",
        "programme.new_programme",
        ("programme.programme_version", PROGRAMME),
        "programme.cohorts",
        ("programme.new_cohort", lambda scene: {"version": scene.world.programme}),
        ("programme.cohort_setup", same(**III)),
        ("dashboards.cohort", same(**III)),
        ("dashboards.cohort", same(code="II 2025")),
        ("dashboards.cohort", same(code="III", search="nobody of that name")),
        ("dashboards.participant", ani()),
        ("dashboards.explain", ani()),
        ("exchange.import_file", same(code="III", kind="participants")),
        ("attendance.sessions", same(**III)),
    ),
    *_examples(
        "facilitator",
        "dashboards.front",
        "programme.cohorts",
        ("dashboards.cohort", same(**III)),
        ("attendance.register", same(code="III", session_code="S01")),
        ("attendance.register", same(code="III", session_code="S02")),
        ("assessment.grid", same(code="III", path="project")),
    ),
    *_examples(
        "auditor",
        ("programme.cohort_setup", same(**III)),
        ("attendance.register", same(code="III", session_code="S01")),
        ("assessment.grid", same(code="III", path="project")),
        ("people.participant", lambda scene: {"participant_id": scene.world.participant("Ani")}),
        "people.who_is_who",
        "records.credentials",
        ("records.credential", _credential),
        ("records.refused_one", _refused),
        "records.waiting",
        ("records.statements", same(who="ani")),
    ),
    *_examples(
        "participant",
        "dashboards.me",
        ("dashboards.explain", ani(path="mooc")),
        ("dashboards.explain_unit", MODULE_OF_ANI),
        ("dashboards.explain_unit", _session_of),
        ("dashboards.explain_unit", _assessment_of),
        ("records.statement", STATEMENT),
        "people.account",
    ),
)

WITHOUT_A_PAGE = {
    "assets.static": "files",
    "health.health": "plain text for machines",
    "assets.style": "the style sheet",
    "exchange.export_results": "a download",
    "people.setup": "there only while nobody uses the installation; looked at on the administrator's day",
    "programme.programme_file": "a download",
    "records.download_statements": "a download",
    "records.newer_statements": "a fragment",
    "records.participants": "a fragment",
    "records.refused_download": "a download",
    "xapi.about": "JSON for systems",
    "xapi.get_activity": "JSON for systems",
    "xapi.get_activity_document": "documents of systems",
    "xapi.get_agent": "JSON for systems",
    "xapi.get_agent_document": "documents of systems",
    "xapi.get_state_document": "documents of systems",
    "xapi.get_statements": "JSON for systems",
    "xapi.nothing": "whatever is not there",
}
