"""An example address of every page, and who opens it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial, reduce
from typing import Any
from uuid import UUID

from flask import Flask, url_for

from lms.appeals import queries as appeals
from lms.appeals.queries import Appeal
from lms.attendance import dispute_queries
from lms.attendance import queries as attendance
from lms.attendance.dispute_service import dispute_mark
from lms.attendance.service import NewMark, Origin, contest
from lms.db import retrying
from lms.exchange.service import Options, import_file
from lms.leave import queries as leave_queries
from lms.leave.rules import document
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.draft_rules import tree_of
from lms.xapi import queries, service
from lms.xapi.refusal_queries import refused
from tests.appeals import making
from tests.assessment import rubrics
from tests.attendance import check_ins
from tests.browser.scene import Scene
from tests.decisions.deciding import case_of, decide
from tests.leave import leaves
from tests.overrides.overriding import override, overrides_of
from tests.world import NOW
from tests.world import PROGRAMME as WORLDS_PROGRAMME
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


def _rated(scene: Scene) -> dict[str, Any]:
    """The project, rated for Ani by two assessors."""
    if not rubrics.ratings(scene.world):
        rubrics.set_rubric(scene.world)
        for name in ("manager", "second"):
            rubrics.rate(scene.world, {"isi": "82.5", "sikap": "71"}, by=name, remark="Runtut.")
    return {"code": "III", "path": "project"}


def _rating(scene: Scene) -> dict[str, Any]:
    return _rated(scene) | {"participant_id": scene.world.participant("Ani")}


def _rated_assessment(scene: Scene) -> dict[str, Any]:
    _rated(scene)
    return _assessment_of(scene)


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


def _live_class(scene: Scene) -> dict[str, Any]:
    """S01 with the log of its live class, in which somebody stands whom nobody knows."""
    world, told = scene.world, "name,join,leave\nAni Contoh,08:02,10:15\nHP Dedi,08:00,09:00\n"
    with world.app.app_context():
        where = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "recorded_by": None, "now": NOW}
        said = Options(session_code="S01")
        retrying(
            partial(import_file, kind="live-log", filename="log.csv", content=told.encode(), options=said, **where)
        )
    return {"code": "III", "session_code": "S01"}


def _checked_in(scene: Scene) -> dict[str, Any]:
    """Check-in at S01 where Ani has claimed to be there, and Budi has tried with her phone."""
    secret = check_ins.opened(scene.world)
    for name in ("Ani", "Budi"):
        who = check_ins.claimant(scene.world, name, phone="Ani")
        check_ins.claim(scene.world, who, check_ins.token(scene.world, secret))
    return {"code": "III", "session_code": "S01"}


def _contested(scene: Scene) -> dict[str, Any]:
    """S01 where a phone has sent another mark for Ani."""
    world = scene.world
    session_id, who, by = world.session_id("S01"), world.participant("Ani"), scene.facilitator_id
    with world.reading() as session:
        found = attendance.open_contested(session, organisation_id=world.sukabumi, session_ids=[session_id])
    if not found:
        mark = NewMark(participant_id=who, status="alpa", remark="tidak di kelas", made_at=NOW, skew_ms=420_000)
        with world.transaction() as session:
            contest(
                session,
                organisation_id=world.sukabumi,
                session_id=session_id,
                mark=mark,
                origin=Origin(source="offline", recorded_by=by, device="Chrome, Android"),
                why="meanwhile",
                against=None,
                now=NOW,
            )
    return {"code": "III", "session_code": "S01"}


def _next_version(scene: Scene) -> dict[str, Any]:
    """Version 2, in which much is otherwise."""
    world = scene.world
    changes = {
        "version = 1": "version = 2",
        "sessions = 1": "sessions = 2",
        'title = "Modul 2"\njp = "3"': 'title = "Modul 2"\njp = "4"\nrequires = ["https://mooc.example/modul/1"]',
        '[[attendance_status]]\ncode = "terlambat"\nweight = "0.5"\n\n': "",
        'key = "project"\ntitle = "Proyek"': 'key = "project"\ntitle = "Proyek akhir"\nsource = "Kep. 13"',
    }
    text = reduce(lambda text, change: text.replace(*change), changes.items(), WORLDS_PROGRAMME)
    with world.transaction() as session:
        programme.publish(session, organisation_id=world.sukabumi, text=text, published_by=None, now=NOW)
    return {"code": "contoh", "version": 2}


def _replayed(scene: Scene) -> dict[str, Any]:
    """The cohort beside version 2."""
    return {"code": "III", "with": _next_version(scene)["version"]}


def _examples(role: str | None, *pages: str | tuple[str, Arguments]) -> list[Example]:
    named = [(page, same()) if isinstance(page, str) else page for page in pages]
    return [Example(endpoint=endpoint, role=role, arguments=arguments) for endpoint, arguments in named]


def _cancelled(scene: Scene) -> dict[str, Any]:
    """A session that has moved and is cancelled."""
    world = scene.world
    about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": NOW}
    with world.transaction() as session:
        found = programmes.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
        one = next(meeting for meeting in found if meeting.code == "SEM-B")
        if one.cancelled_at is None:
            told = {name: getattr(one, name) for name in ("code", "title", "starts_at", "ends_at", "jp", "group")}
            row = programme.NewSession(**told | {"room": "Aula", "jp": one.jp + 1})
            programme.change_session(session, row=row, seen=one.revision, reason="Banjir", **about)
            programme.cancel_session(session, code=one.code, reason="Banjir", **about)
    return {"code": "III", "session_code": "SEM-B"}


def _leave(scene: Scene) -> dict[str, Any]:
    """A request of Ani's with a note and a document, and another that was approved and withdrawn."""
    world = scene.world
    ani_id = world.participant("Ani")
    with world.reading() as session:
        found = leave_queries.of_participant(session, organisation_id=world.sukabumi, participant_id=ani_id)
    if found:
        return {"request_id": found[0].id}
    earlier = leaves.ask(world, first=date(2026, 4, 6), last=date(2026, 4, 7), note=leaves.SECRET)
    leaves.approve(world, earlier)
    leaves.withdraw(world, earlier)
    later = date(2026, 4, 13)
    came = document("surat dokter.pdf", leaves.PDF)
    return {"request_id": leaves.ask(world, first=later, last=later, note=leaves.SECRET, document=came)}


def _leave_of_a_cohort(scene: Scene) -> dict[str, Any]:
    return {"code": "III"} | _leave(scene)


def _disputed(scene: Scene) -> dict[str, Any]:
    """What Ani says against her mark at S01."""
    world = scene.world
    about = {"participant_id": world.participant("Ani"), "session_id": world.session_id("S01")}
    with world.reading() as session:
        found = dispute_queries.open_at(session, organisation_id=world.sukabumi, session_id=about["session_id"])
        marks = attendance.mark_history(session, organisation_id=world.sukabumi, **about)
    if not found:
        told = {"mark_id": marks[-1].id, "text": "Saya datang pukul 07.55, sebelum acara dimulai."}
        with world.transaction() as session:
            return {"dispute_id": dispute_mark(session, organisation_id=world.sukabumi, now=NOW, **about, **told)}
    return {"dispute_id": found[0].id}


def _disputed_in_a_cohort(scene: Scene) -> dict[str, Any]:
    return {"code": "III"} | _disputed(scene)


def _own_session(scene: Scene) -> dict[str, Any]:
    _disputed(scene)
    return {"session_id": scene.world.session_id("S01")}


def _overridden(scene: Scene) -> dict[str, Any]:
    """An override of Ani's project."""
    world = scene.world
    found = overrides_of(world, "assessment")
    made = found[0].id if found else override(world, score=Decimal("82.5"))
    return {"code": "III", "override_id": made}


def _decided(scene: Scene) -> dict[str, Any]:
    """What is decided about Ani: “not passed”, which waits for a second person."""
    world, found = scene.world, {"code": "III", "participant_id": scene.world.participant("Ani")}
    if case_of(world, now=NOW).state == "undecided":
        decide(world, "Ani", "not_passed", by="rekan", now=NOW)
    return found


def _decided_in_a_cohort(scene: Scene) -> dict[str, Any]:
    _decided(scene)
    return {"code": "III"}


def _overridden_in_a_cohort(scene: Scene) -> dict[str, Any]:
    _overridden(scene)
    return {"code": "III"}


def _draft(scene: Scene) -> dict[str, Any]:
    """A draft of the programme with things that are wrong, at fields and in a list."""
    world = scene.world
    with world.reading() as session:
        found = programmes.draft_entries(session, organisation_id=world.sukabumi)
    if found:
        return {"draft_id": found[0].id}
    wrong = WORLDS_PROGRAMME.replace('weight = "60"', 'weight = "61"').replace("days = 16", "days = -1")
    with world.transaction() as session:
        draft_id = programme.add_draft(
            session, organisation_id=world.sukabumi, tree=tree_of(wrong), created_by=None, now=NOW
        )
    return {"draft_id": draft_id}


def _appealed(scene: Scene) -> dict[str, Any]:
    """What Ani appeals against at S01, with a question for her; before it an appeal that was rejected."""
    world = scene.world
    found = _appeals_of_ani(scene)
    if not found:
        making.window(world)
        making.answer(world, making.appeal(world), "rejected")
        making.answer(world, making.appeal(world), "asked_back", text="Siapa yang duduk di samping Anda?")
        found = _appeals_of_ani(scene)
    return {"appeal_id": found[0].id}


def _appeals_of_ani(scene: Scene) -> list[Appeal]:
    who = scene.world.participant("Ani")
    with scene.world.reading() as session:
        return appeals.of_participant(session, organisation_id=scene.world.sukabumi, participant_id=who)


def _appealed_in_a_cohort(scene: Scene) -> dict[str, Any]:
    return {"code": "III"} | _appealed(scene)


def _appealing(scene: Scene) -> dict[str, Any]:
    _appealed(scene)
    return {"cohort": "III", "kind": "module", "unit": MODULE}


STATEMENT: Arguments = lambda scene: {"statement_id": scene.statement_id}  # noqa: E731
PROGRAMME = same(code="contoh", version=1)
MODULE_OF_ANI = ani(kind="module", unit=MODULE)

EXAMPLES = (
    *_examples(
        None,
        "people.sign_in",
        ("people.sign_in_at", same(slug="sukabumi")),
        "people.forgotten",
        "worker.offline",
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
        ("assessment.rubric", _rated),
        ("assessment.ratings", _rated),
        ("assessment.rate", _rating),
        "web.design",
        "latsar.about",
    ),
    *_examples(
        "manager",
        "programme.programmes",
        "programme.new_programme",
        "programme.new_draft",
        ("programme.draft", _draft),
        ("programme.draft_part", lambda scene: _draft(scene) | {"where": "1"}),
        ("programme.draft_text", _draft),
        ("programme.programme_version", PROGRAMME),
        ("programme.differences", PROGRAMME),
        ("programme.differences", _next_version),
        "programme.cohorts",
        ("programme.new_cohort", lambda scene: {"version": scene.world.programme}),
        ("programme.cohort_setup", same(**III)),
        ("programme.cohort_groups", same(**III)),
        ("programme.cohort_targets", same(**III)),
        ("attendance.cohort_dates", same(**III)),
        ("dashboards.cohort", same(**III)),
        ("dashboards.cohort", same(code="II 2025")),
        ("dashboards.cohort", same(code="III", search="nobody of that name")),
        ("dashboards.replay", same(**III)),
        ("dashboards.replay", _replayed),
        ("dashboards.replay_draft", _draft),
        ("dashboards.move", _replayed),
        ("dashboards.participant", ani()),
        ("dashboards.explain", ani()),
        ("exchange.import_file", same(code="III", kind="participants")),
        ("exchange.import_file", same(code="III", kind="scans")),
        ("exchange.import_file", same(code="III", kind="live-log", session="S01")),
        ("attendance.live_log", _live_class),
        ("attendance.sessions", same(**III)),
        ("attendance.attendance_rules", same(**III)),
        ("attendance.new_session", same(**III)),
        ("attendance.repeat_sessions", same(**III)),
        ("attendance.change_session", same(code="III", session_code="S02")),
        ("attendance.cancel_session", same(code="III", session_code="S01")),
        ("attendance.restore_session", _cancelled),
        ("attendance.session_details", _cancelled),
        "programme.calendar",
        ("attendance.report", same(**III)),
        ("attendance.report", same(code="III", search="nobody of that name")),
        ("attendance.changes", same(**III)),
        ("attendance.warnings", same(**III)),
        "attended.failed",
        ("leave.requests", _leave_of_a_cohort),
        ("leave.one_request", _leave_of_a_cohort),
        ("leave.enter", lambda scene: {"code": "III", "participant": scene.world.participant("Ani"), "session": "S02"}),
        ("attendance.disputes", _disputed_in_a_cohort),
        ("attendance.one_dispute", _disputed_in_a_cohort),
        ("appeals.appeals", _appealed_in_a_cohort),
        ("appeals.one_appeal", _appealed_in_a_cohort),
        ("overrides.overrides", _overridden_in_a_cohort),
        ("overrides.override", ani(kind="module", unit=MODULE)),
        ("overrides.override", _session_of),
        ("overrides.withdraw", _overridden),
        ("decisions.decisions", _decided_in_a_cohort),
        ("decisions.decisions", same(code="III", show="overdue")),
        ("decisions.decision", _decided),
        ("decisions.decision", lambda scene: {"code": "III", "participant_id": scene.world.participant("Budi")}),
        ("decisions.pass_all", same(**III)),
    ),
    *_examples(
        "facilitator",
        "dashboards.front",
        "programme.cohorts",
        ("dashboards.cohort", same(**III)),
        ("attendance.register", same(code="III", session_code="S01")),
        ("attendance.register", same(code="III", session_code="S02")),
        ("attendance.register", same(code="III", session_code="S01", search="nobody of that name")),
        ("attendance.settle", _contested),
        ("attendance.settle", same(code="III", session_code="SEM-A")),
        ("attendance.register", _contested),
        ("attendance.check_in", _checked_in),
        ("attendance.check_in", same(code="III", session_code="S01", screen=1)),
        ("attendance.check_in", same(code="III", session_code="SEM-A")),
        ("attendance.session_details", same(code="III", session_code="S01")),
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
        "attendance.my_check_in",
        "attendance.my_attendance",
        ("attendance.my_session", _own_session),
        ("attendance.my_session", lambda scene: {"session_id": scene.world.session_id("SEM-A")}),
        "leave.mine",
        ("leave.ask", same(first="2026-03-12", last="2026-03-13")),
        ("leave.my_request", _leave),
        "appeals.mine",
        ("appeals.new", _appealing),
        ("appeals.my_appeal", _appealed),
        ("dashboards.explain", ani(path="mooc")),
        ("dashboards.explain_unit", MODULE_OF_ANI),
        ("dashboards.explain_unit", _session_of),
        ("dashboards.explain_unit", _rated_assessment),
        ("records.statement", STATEMENT),
        "people.account",
        "programme.calendar",
    ),
)

WITHOUT_A_PAGE = {
    "assets.static": "files",
    "attendance.check_in_claims": "a fragment",
    "attendance.live": "a fragment",
    "attendance.registers_today": "JSON for the service worker",
    "attendance.token": "JSON for scripts",
    "attendance.check_in_code": "a fragment",
    "leave.my_document": "a download",
    "health.health": "plain text for machines",
    "assets.style": "the style sheet",
    "attendance.report_file": "a download",
    "attended.session": "leads to the register",
    "attendance.print_register": "a download",
    "attendance.print_registers": "a download",
    "dashboards.explain_json": "a download",
    "decisions.decisions_file": "a download",
    "dashboards.explain_pdf": "a download",
    "dashboards.replay_file": "a download",
    "exchange.export_results": "a download",
    "people.setup": "there only while nobody uses the installation; looked at on the administrator's day",
    "programme.calendar_file": "a calendar for programs",
    "programme.draft_file": "a download",
    "programme.programme_file": "a download",
    "records.download_statements": "a download",
    "records.newer_statements": "a fragment",
    "records.participants": "a fragment",
    "records.refused_download": "a download",
    "worker.manifest": "JSON for phones",
    "worker.script": "the service worker",
    "xapi.about": "JSON for systems",
    "xapi.get_activity": "JSON for systems",
    "xapi.get_activity_document": "documents of systems",
    "xapi.get_agent": "JSON for systems",
    "xapi.get_agent_document": "documents of systems",
    "xapi.get_state_document": "documents of systems",
    "xapi.get_statements": "JSON for systems",
    "xapi.nothing": "whatever is not there",
}
