"""From an empty database to a cohort, people who sign in and a system that sends statements."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask

from lms.people import queries as people
from lms.people import service as people_service
from lms.people.passwords import is_right
from lms.programme import queries as programmes
from lms.xapi import queries as xapi
from tests.cli.running import EXAMPLE, run
from tests.world import NOW, PASSWORD, World

COHORT = (
    "cohort",
    "add",
    "--programme",
    "latsar-contoh",
    "--code",
    "III A",
    "--name",
    "Angkatan III",
    "--starts-at",
    "2021-04-05T08:00:00+07:00",
    "--time-zone",
    "Asia/Jakarta",
)


def test_an_organisation_a_programme_and_a_cohort_are_added(app: Flask) -> None:
    assert run(app, "organisation", "add", "sukabumi", "--name", "Kota Sukabumi").exit_code == 0
    publish = ("programme", "publish", str(EXAMPLE / "programme.toml"))
    assert "is published" in run(app, *publish).stderr
    again = run(app, *publish)
    assert (again.exit_code, "same content" in again.stderr) == (0, True)
    ends = ("--ends-at", "2021-08-31T17:00:00+07:00", "--version", "1")
    added = run(app, *COHORT, *ends, "--target", "mooc=90", "--target", "=80,5")
    assert (added.exit_code, added.stderr.splitlines()[0][:10]) == (0, "The cohort")
    with World(app).reading() as session:
        only = people.only_organisation(session)
        assert only is not None
        cohort = programmes.cohort_by_code(session, organisation_id=only.id, code="III A")
    assert (cohort.starts_at, cohort.ends_at) == (
        datetime(2021, 4, 5, 1, tzinfo=UTC),
        datetime(2021, 8, 31, 10, tzinfo=UTC),
    )
    assert cohort.targets == {"mooc": Decimal(90), "": Decimal("80.5")}
    assert run(app, *COHORT).exit_code == 1


def test_every_problem_of_a_programme_file_is_told(world: World, tmp_path: Path) -> None:
    _ = world.sukabumi
    file = tmp_path / "bad.toml"
    file.write_text('code = "x"\nversion = 0\npass_mark = "170"\n')
    told = run(world.app, "programme", "publish", str(file))
    assert told.exit_code == 1
    assert "version: " in told.stderr
    assert "pass_mark: " in told.stderr
    file.write_bytes(b'code = "\xff"\n')
    assert "line 1" in run(world.app, "programme", "publish", str(file)).stderr


def test_a_user_gets_a_link_that_lets_them_choose_a_password(world: World) -> None:
    _ = world.sukabumi
    told = run(world.app, "user", "add", "wati@sukabumi.example", "--role", "admin", "--name", "Wati")
    assert told.exit_code == 0
    address, token = told.stdout.strip().rsplit("/", 1)
    assert address == "http://127.0.0.1:8000/invitations"
    with world.transaction() as session:
        people_service.accept_invitation(session, token=token, password=PASSWORD, now=datetime.now(UTC))
    with world.reading() as session:
        (account,) = people.accounts(session, organisation_id=world.sukabumi)
    assert (account.name, account.role, account.state) == ("Wati", "admin", "active")


def test_a_password_may_come_by_standard_input(world: World) -> None:
    _ = world.sukabumi
    words = ("user", "add", "wati@sukabumi.example", "--role", "auditor", "--password-stdin")
    told = run(world.app, *words, given=f"{PASSWORD}\n")
    assert (told.exit_code, told.stdout) == (0, "")
    with world.transaction() as session:
        tried = people_service.attempt(session, organisation_id=world.sukabumi, name="wati@sukabumi.example", now=NOW)
    assert is_right(tried.password_hash, PASSWORD)


def test_a_password_that_is_too_short_is_refused(world: World) -> None:
    _ = world.sukabumi
    words = ("user", "add", "wati@sukabumi.example", "--role", "auditor", "--password-stdin")
    assert run(world.app, *words, given="short\n").exit_code == 1
    with world.reading() as session:
        assert people.accounts(session, organisation_id=world.sukabumi) == []


def test_a_facilitator_gets_their_groups(world: World) -> None:
    _ = world.cohort
    words = ("user", "add", "wati@sukabumi.example", "--role", "facilitator")
    assert run(world.app, *words, "--group", "III/A", "--group", "III/B").exit_code == 0
    with world.reading() as session:
        (account,) = people.accounts(session, organisation_id=world.sukabumi)
        groups = programmes.groups_of(session, organisation_id=world.sukabumi, account_id=account.id)
    assert {name for *_, name in groups} == {"A", "B"}


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "facilitator", "--group", "III/Z"),
        ("--role", "facilitator", "--group", "IX/A"),
        ("--role", "auditor", "--group", "III/A"),
        ("--role", "participant"),
    ],
)
def test_what_does_not_fit_adds_no_account(world: World, words: tuple[str, ...]) -> None:
    _ = world.cohort
    assert run(world.app, "user", "add", "wati@sukabumi.example", *words).exit_code == 1
    with world.reading() as session:
        assert people.accounts(session, organisation_id=world.sukabumi) == []


def test_a_participant_gets_the_account_of_their_e_mail(world: World) -> None:
    ani = world.participant("Ani")
    assert run(world.app, "user", "add", "Ani@sukabumi.example", "--role", "participant").exit_code == 0
    with world.reading() as session:
        (account,) = people.accounts(session, organisation_id=world.sukabumi)
    assert account.participant_id == ani


@pytest.mark.parametrize(
    "scopes",
    [
        ("--scope", "statements/write", "--scope", "statements/read"),
        ("--scope", "statements/write", "statements/read"),
    ],
    ids=["repeated", "listed"],
)
def test_a_credential_is_shown_once_and_opens_what_it_says(world: World, scopes: tuple[str, ...]) -> None:
    _ = world.sukabumi
    words = ("credential", "add", "--label", "MOOC", *scopes)
    told = run(world.app, *words, "--expires", "2036-01-01T00:00:00+07:00", "--json")
    made = json.loads(told.stdout)
    assert set(made) == {"key", "secret"}
    with world.reading() as session:
        known = xapi.credential(session, organisation_id=world.sukabumi, key=made["key"])
    assert known is not None
    assert set(known.scopes) == {"statements/write", "statements/read"}
    assert known.expires_at == datetime(2035, 12, 31, 17, tzinfo=UTC)
    plain = run(world.app, *words)
    assert [line.partition(": ")[0] for line in plain.stdout.splitlines()] == ["key", "secret"]


LIMITED = (
    "credential",
    "add",
    "--label",
    "Moodle",
    "--scope",
    "statements/write",
    "--home-page",
    "https://moodle.example",
    "--home-page",
    "https://mooc.example",
    "--activity-prefix",
    "https://moodle.example/mod/",
)


def test_a_credential_is_limited_and_the_list_says_so(world: World) -> None:
    _ = world.sukabumi
    assert "There is no credential yet" in run(world.app, "credential", "list").stderr
    key = run(world.app, *LIMITED).stdout.splitlines()[0].removeprefix("key: ")
    world.credential("statements/read")
    run(world.app, "organisation", "add", "bandung", "--name", "Bandung")
    ours = ("--organisation", "sukabumi")
    newest, limited = (
        json.loads(line) for line in run(world.app, "credential", "list", "--json", *ours).stdout.splitlines()
    )
    assert (newest["home_pages"], newest["activity_prefixes"], newest["state"]) == ([], [], "active")
    assert limited == {
        "label": "Moodle",
        "key": key,
        "state": "active",
        "scopes": ["statements/write"],
        "home_pages": ["https://moodle.example", "https://mooc.example"],
        "activity_prefixes": ["https://moodle.example/mod/"],
        "expires": None,
        "last_used": None,
    }
    told = run(world.app, "credential", "list", *ours).stdout
    assert "  limited to accounts of: https://moodle.example, https://mooc.example\n" in told
    assert "  limited to activities under: https://moodle.example/mod/\n" in told
    assert told.count("limited to") == 2
    assert run(world.app, "credential", "list", "--organisation", "bandung").stdout == ""


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--home-page", "mooc.example"),
        ("--activity-prefix", "https://mooc.example"),
        ("--activity-prefix", "modul/1"),
    ],
)
def test_a_limit_that_is_none_is_refused(world: World, option: str, value: str) -> None:
    _ = world.sukabumi
    told = run(world.app, *LIMITED, option, value)
    assert told.exit_code == 1
    assert f"“{value}”" in told.stderr
    assert "There is no credential yet" in run(world.app, "credential", "list").stderr


def test_an_unknown_scope_is_refused(world: World) -> None:
    _ = world.sukabumi
    told = run(world.app, "credential", "add", "--label", "MOOC", "--scope", "everything")
    assert told.exit_code == 1
    assert "statements/write" in told.stderr
