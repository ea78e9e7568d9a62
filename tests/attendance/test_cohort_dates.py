"""A cohort's start, end and zone are changed after it is there: first it is told what that comes to."""

import logging
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from uuid import UUID

import pytest

from lms.programme import queries
from lms.progress import queries as progress
from tests.world import NOW, START, World
from tests.xapi.lrs import ANI, drain, lrs, statement

DATES = "/cohorts/III/setup/dates"
SEEN = "2026-03-02T01:00:00+00:00 - Asia/Jakarta"


@pytest.fixture(autouse=True)
def _cohort(world: World) -> None:
    _ = world.cohort


def sent(**changes: str) -> dict[str, str]:
    kept = {
        "time_zone": "Asia/Jakarta",
        "starts_at": "2026-03-02T08:00",
        "ends_at": "",
        "reason": "Banjir",
        "seen": SEEN,
    }
    return kept | {"do": "change"} | changes


def dates(world: World) -> tuple[datetime, datetime | None, str]:
    with world.reading() as session:
        found = queries.cohort_by_code(session, organisation_id=world.sukabumi, code="III")
    return found.starts_at, found.ends_at, found.time_zone


def of_all(world: World, who: UUID) -> object:
    """What is stored of the whole."""
    with world.reading() as session:
        found = progress.stored(session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_ids=[who])
    return found[who, ""][progress.RESULT_FIGURES.index("of_all")]


class Fields(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is hidden."""
        told = dict(attrs)
        if tag == "input" and told.get("type") == "hidden" and told.get("name") != "csrf_token":
            self.found[told["name"] or ""] = told["value"] or ""


def scored(world: World) -> UUID:
    """Ani, who completed a module on the day of the start, with 80."""
    made = statement(ANI, result={"score": {"raw": 80, "max": 100}}, timestamp="2026-03-02T03:00:00Z")
    assert lrs(world).post(made).status_code == 200
    drain(world)
    return world.participant("Ani")


def test_what_it_comes_to_is_told_first_and_done_as_it_was_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    client = world.client("manager")
    ani = scored(world)
    before = of_all(world, ani)
    page = client.post(DATES, data=sent(do="show", starts_at="2026-03-09T08:00"))
    assert page.status_code == 200
    for words in ("The results of 1 person change.", "2 modules are due or close", "Ani Contoh", "Modul 1"):
        assert words in page.text
    assert (dates(world)[0], of_all(world, ani)) == (START, before)
    hidden = Fields(page.text).found
    with caplog.at_level(logging.WARNING):
        done = client.post(DATES, data=hidden | {"do": "change"}, follow_redirects=True)
    assert "Start, end and zone are changed by Manager" in done.text
    assert dates(world)[0] == START + timedelta(days=7)
    assert of_all(world, ani) != before
    assert "Banjir" in caplog.text


def test_an_end_closes_modules_and_sessions_after_it_go_on_counting(world: World) -> None:
    client = world.client("manager")
    page = client.post(DATES, data=sent(do="show", ends_at="2026-03-13T00:00"))
    assert "1 session lies after the end" in page.text
    assert client.post(DATES, data=sent(ends_at="2026-03-13T00:00")).status_code == 303
    assert dates(world)[1] == datetime(2026, 3, 12, 17, 0, tzinfo=UTC)


def test_another_zone_leaves_the_sessions_at_their_moments(world: World) -> None:
    client = world.client("manager")
    told = {"time_zone": "Asia/Makassar", "starts_at": "2026-03-02T08:00"}
    page = client.post(DATES, data=sent(do="show", **told))
    assert "are shown at other times: S01" in page.text
    assert client.post(DATES, data=sent(**told)).status_code == 303
    assert dates(world) == (START - timedelta(hours=1), None, "Asia/Makassar")
    with world.reading() as session:
        first = queries.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)[0]
    assert first.starts_at == NOW


@pytest.mark.parametrize("do", ["show", "change"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts_at": ""}, "Say when the cohort starts."),
        ({"starts_at": "2026-03-03T08:00", "reason": " "}, "Say why"),
        ({"starts_at": "2026-03-13T08:00"}, "would lie before the start: S01, SEM-A, SEM-B. Move or cancel them"),
        ({"ends_at": "2026-03-01T08:00"}, "The end must be later than the start."),
        ({"time_zone": "Asia/Sukabumi"}, "Not a valid choice."),
        ({"time_zone": "Europe/London", "starts_at": "2026-03-29T01:30"}, "leap over 01:30"),
        ({"starts_at": "2026-03-03T08:00", "seen": SEEN.replace("-02T", "-01T")}, "Somebody else has changed"),
        ({"seen": "nonsense"}, "The form is not complete."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_changed(
    world: World, do: str, changes: dict[str, str], words: str
) -> None:
    refused = world.client("manager").post(DATES, data=sent(do=do, **changes))
    assert (refused.status_code, words in refused.text) == (422, True)
    assert dates(world) == (START, None, "Asia/Jakarta")


def test_what_is_nothing_new_is_said_and_seconds_that_a_clock_does_not_show_stay(world: World) -> None:
    client = world.client("manager")
    assert "These are the dates that the cohort has." in client.post(DATES, data=sent(do="show")).text
    later = sent(seen=SEEN.replace("01:00:00", "01:00:30"))
    assert "Somebody else" in client.post(DATES, data=later | {"do": "show"}).text
    assert "Nothing was new." in client.post(DATES, data=sent(), follow_redirects=True).text
    assert dates(world)[0] == START


@pytest.mark.parametrize("role", ["auditor", "facilitator", "participant", None])
def test_only_managers_change_them(world: World, role: str | None) -> None:
    client = world.client(role)
    assert client.get(DATES).status_code == (403 if role else 303)
    assert client.post(DATES, data=sent(starts_at="2026-03-03T08:00")).status_code == (403 if role else 303)
    assert dates(world)[0] == START


def test_another_organisation_finds_nothing(world: World) -> None:
    client = world.client("manager", organisation_id=world.bandung)
    assert client.get(DATES).status_code == 404
    assert client.post(DATES, data=sent(starts_at="2026-03-03T08:00")).status_code == 404
