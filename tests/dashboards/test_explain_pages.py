"""From a figure to its parts, from a part to its units, from a unit to what was sent, marked or entered."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import url_for

from lms.attendance.rules import NewMark, Origin
from lms.attendance.service import take_register
from lms.progress.rules import assessment_unit
from tests.dashboards.facts import MODULE_1, MODULE_2, entered, marked, scored
from tests.dashboards.test_participant_page import text
from tests.world import NOW, START, World
from tests.xapi.lrs import lrs, score, statement


def base(world: World, name: str = "Ani") -> str:
    return f"/cohorts/III/participants/{world.participant(name)}"


def unit(world: World, kind: str, key: str, name: str = "Ani") -> str:
    participant_id = world.participant(name)
    with world.app.test_request_context():
        return url_for("dashboards.explain_unit", code="III", participant_id=participant_id, kind=kind, unit=key)


def told(world: World, address: str) -> str:
    return text(world.client("participant").get(address).text)


def test_the_whole_is_written_out_line_by_line(world: World) -> None:
    scored(world, "Ani", "80")
    entered(world, "Ani", "75.5")
    page = told(world, f"{base(world)}/explain")
    assert "MOOC 60 × 80 4,800 Kehadiran not in it Proyek 30 × 75.5 2,265 Sum 7,065" in page
    assert "divided by the weights that are in it ÷ 90 So far 78.50" in page
    # 6 of 9 JP at 80 are 53.333…; what follows the fourth decimal is told by the dots.
    assert "MOOC 60 × 53.3333… 3,200" in page


def test_a_component_is_written_out_by_its_units(world: World) -> None:
    scored(world, "Ani", "80.5")
    page = told(world, f"{base(world)}/explain/mooc")
    assert "How MOOC comes about" in page
    assert "Modul 1 6 × 80.5 483 Modul 2 not in it Sum 483 divided by the JP that are in it ÷ 6 So far 80.50" in page
    assert "Modul 1 6 × 80.5 483 Modul 2 3 × 0 0 Sum 483 divided by the JP that are in it ÷ 9 Of all 53.67" in page


def test_an_assessment_and_an_empty_attendance_are_explained(world: World) -> None:
    page = told(world, f"{base(world)}/explain/project")
    assert "Nothing stands behind it yet, so there is no figure." in page
    assert "no value, so 0" in page
    assert "How Kehadiran comes about" in told(world, f"{base(world)}/explain/attendance")


def test_one_can_follow_a_figure_down_to_the_statement(world: World) -> None:
    sender = lrs(world)
    (first,) = sender.sent(statement(result=score(80)))
    (second,) = sender.sent(statement(result=score(60), timestamp="2026-03-01T00:00:00Z"))
    client = world.client("participant")
    page, followed = client.get("/me").text, []
    for fragment in ("/explain", "/explain/mooc", "/units/module", "/statements/"):
        addresses = [unescape(one) for one in re.findall(r'href="([^"]+)"', page)]
        followed.append(next(one for one in addresses if fragment in one))
        answer = client.get(followed[-1])
        assert answer.status_code == 200
        page = answer.text
    unit_page = client.get(followed[2]).text
    assert f"/statements/{first}" in unit_page
    assert f"/statements/{second}" in unit_page
    assert "It is dated before the cohort began." in unit_page


def test_a_module_says_which_statements_count_and_by_which_rule(world: World) -> None:
    scored(world, "Ani", "60")
    page = told(world, unit(world, "module", MODULE_1))
    assert "Value 60.00 Worth 6 JP Which score counts the best attempt Done when completed" in page
    assert "Pass mark of the module 70" in page
    assert "completed score 60.00 Counts" in page


def test_a_module_without_statements_says_what_may_be_the_cause(world: World) -> None:
    page = told(world, unit(world, "module", MODULE_2))
    assert "Value none yet: it is not in “so far”, and counts as 0 in “of all”" in page
    assert "the platform may know them by another name" in page


def test_a_mark_shows_who_changed_it_from_what_and_why(world: World) -> None:
    marked(world, "Ani", "alpa")
    marked(world, "Ani", "terlambat", minutes=12, remark="Ban bocor")
    page = told(world, unit(world, "session", str(world.session_id("S01"))))
    assert "Value 50.00 Status terlambat Worth 3 JP" in page
    assert "Status from alpa to terlambat 12 minutes late · Ban bocor 12 Mar 2026, 08:00 WIB · Facilitator" in page
    assert page.index("from alpa to terlambat") < page.index("Status to alpa")


def test_a_session_that_is_left_out_says_so(world: World) -> None:
    marked(world, "Ani", "dinas luar")
    page = told(world, unit(world, "session", str(world.session_id("S01"))))
    assert "none: this session is left out of the count" in page
    assert "Does not count" in page


def test_a_score_shows_its_changes(world: World) -> None:
    entered(world, "Ani", "70")
    entered(world, "Ani", "75.25", remark="Salah ketik")
    page = told(world, unit(world, "assessment", assessment_unit(world.cohort, "project")))
    assert "Score from 70 to 75.25 Salah ketik" in page
    assert "Value 75.25" in page


@pytest.mark.parametrize(("kind", "said"), [("session", "No mark yet"), ("assessment", "No score yet")])
def test_what_nobody_has_entered_is_said_to_be_missing(world: World, kind: str, said: str) -> None:
    keys = {"session": str(world.session_id("S02")), "assessment": assessment_unit(world.cohort, "project")}
    assert said in told(world, unit(world, kind, keys[kind]))


def test_a_statement_dated_later_does_not_count_yet(world: World) -> None:
    scored(world, "Ani", "60", at=START + timedelta(days=20))
    assert "It is dated later than now; it counts from then on." in told(world, unit(world, "module", MODULE_1))


def test_what_is_half_a_hundredth_but_for_noise_is_rounded_up(world: World) -> None:
    """6 JP at 1 of 9 and 3 JP at 17 of 288 are exactly 9.375; divisions that were cut leave 9.37499…9."""
    sender = lrs(world)
    for iri, raw, most in ((MODULE_1, 1, 9), (MODULE_2, 17, 288)):
        sender.sent(statement(iri=iri, result={"score": {"raw": raw, "min": 0, "max": most}}))
    for address in (f"{base(world)}/explain", f"{base(world)}/explain/mooc", base(world)):
        page = told(world, address)
        assert "9.38" in page
        assert "9.37 " not in page


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (Origin(source="check_in", device="Chrome, Android"), "Self check-in · Chrome, Android"),
        (Origin(source="statement", source_name="MOOC Kota"), "Statement · MOOC Kota"),
        (Origin(source="leave", source_name="a1b2"), "Leave · a1b2"),
    ],
)
def test_the_history_of_a_mark_tells_where_it_comes_from(world: World, origin: Origin, told: str) -> None:
    session_id, ani = world.session_id("S01"), world.participant("Ani")
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=ani, status="hadir")],
            recorded_by=None,
            source=origin.source,
            origin=origin,
            now=NOW,
        )
    page = world.client("manager").get(f"/cohorts/III/participants/{ani}/units/session?unit={session_id}").text
    assert told in page
