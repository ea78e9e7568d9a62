"""Rules of people, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lms.people import rules
from lms.people.rules import Identity, KnownAgent, Matching, NewParticipant

NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
ANI = UUID("0195a000-0000-7000-8000-000000000001")
BUDI = UUID("0195a000-0000-7000-8000-000000000002")
ANY_SITE = Matching(by_account=True, home_pages=(), by_mbox=True)


@given(st.text())
@example("İ")
@example("\u0345\u0301")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert rules.fold(rules.fold(text)) == rules.fold(text)


@given(st.text(st.characters(codec="ascii")))
def test_folding_leaves_letter_case_aside(text: str) -> None:
    assert rules.fold(text.upper()) == rules.fold(text.lower())


def test_it_folds_letters_built_in_another_way_to_the_same() -> None:
    assert rules.fold("Jose\u0301") == rules.fold("JOSÉ")


def test_the_sha1_of_an_mbox_is_that_of_the_specification() -> None:
    # printf mailto:ani@sukabumi.example | sha1sum
    assert rules.mbox_sha1("ani@sukabumi.example") == "225a56b47dbec63d32fcb24c14bc006b500ddb21"


@pytest.mark.parametrize(
    ("person", "place"),
    [
        (NewParticipant(identifier="", name="Ani"), "identifier"),
        (NewParticipant(identifier=" 1", name="Ani"), "identifier"),
        (NewParticipant(identifier="1\n2", name="Ani"), "identifier"),
        (NewParticipant(identifier="1" * 201, name="Ani"), "identifier"),
        (NewParticipant(identifier="1", name=""), "name"),
        (NewParticipant(identifier="1", name="Ani\x00"), "name"),
        (NewParticipant(identifier="1", name="Ani", email="ani"), "email"),
        (NewParticipant(identifier="1", name="Ani", email="ani@"), "email"),
        (NewParticipant(identifier="1", name="Ani", email="ani@sukabumi"), "email"),
        (NewParticipant(identifier="1", name="Ani", email="a@b.example\n"), "email"),
        (NewParticipant(identifier="1", name="Ani", email="a@b.example,c@d.example"), "email"),
        (NewParticipant(identifier="1", name="Ani", email="Ani <a@b.example>"), "email"),
        (NewParticipant(identifier="1", name="Ani", email="a" * 250 + "@b.example"), "email"),
    ],
)
def test_it_says_what_is_wrong_with_a_participant(person: NewParticipant, place: str) -> None:
    problem = rules.participant_problem(person)
    assert problem is not None
    assert problem.place == place


@pytest.mark.parametrize("email", [None, "", "ani@sukabumi.go.id", "a.b+c@sub.example.co.id", "nama@kantor.例え"])
def test_it_takes_participants_with_and_without_an_email(email: str | None) -> None:
    assert rules.participant_problem(NewParticipant(identifier="19900101 2026", name="Ani", email=email)) is None


@pytest.mark.parametrize("slug", ["a", "kota-sukabumi", "3", "a" * 60])
def test_it_takes_a_short_name(slug: str) -> None:
    assert rules.is_slug(slug)


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a b", "a/b", "a" * 61, "a\n", "ä"])
def test_it_refuses_what_could_not_stand_in_an_address(slug: str) -> None:
    assert not rules.is_slug(slug)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "x" * 201,
        "aaaaaaaaaaaa",
        "ababababababab",
        "123456789012",
        "098765432109",
        "ani@sukabumi.example",
        "ANI@SUKABUMI.EXAMPLE",
        "ani@sukabumi.example1",
        "199001012026031001",
        "x199001012026031001",
        "Ani Contoh Putri",
        "ani contoh putri!",
    ],
)
def test_it_refuses_a_password_that_can_be_guessed(password: str) -> None:
    known = ["ani@sukabumi.example", "199001012026031001", "Ani Contoh Putri"]
    assert rules.password_problem(password, known=known) is not None


@pytest.mark.parametrize(
    "password", ["benar kuda baterai staples", "ani suka kopi pahit pagi", "twelve chars", "x" * 195 + "abcde"]
)
def test_it_takes_a_password_of_some_length(password: str) -> None:
    assert rules.password_problem(password, known=["ani@sukabumi.example", "Ani"]) is None


def test_the_first_tries_are_free_and_then_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [rules.wait_after(failures) for failures in range(14)]
    assert waits[:8] == [timedelta()] * 8
    assert waits[8:] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 15)]


def test_it_waits_until_the_last_second() -> None:
    last = NOW - timedelta(minutes=1)
    assert rules.seconds_to_wait(failures=8, last_at=last, now=NOW) == 0
    assert rules.seconds_to_wait(failures=8, last_at=last, now=NOW - timedelta(microseconds=1)) == 1
    assert rules.seconds_to_wait(failures=8, last_at=NOW, now=NOW) == 60
    assert rules.seconds_to_wait(failures=7, last_at=NOW, now=NOW) == 0


def test_failures_are_counted_by_name_letter_case_aside() -> None:
    assert rules.failure_key("Ani@Sukabumi.Example") == rules.failure_key("ani@sukabumi.example")
    assert rules.failure_key("ani") != rules.failure_key("budi")


@pytest.mark.parametrize(
    ("role", "other", "may"),
    [
        ("admin", "admin", True),
        ("admin", "participant", True),
        ("manager", "admin", False),
        ("manager", "manager", True),
        ("manager", "participant", True),
        ("facilitator", "participant", False),
        ("auditor", "participant", False),
        ("participant", "participant", False),
        ("nobody", "participant", False),
    ],
)
def test_it_says_whose_accounts_a_role_may_manage(role: str, other: str, may: bool) -> None:
    assert rules.may_manage(role, other) is may


@pytest.mark.parametrize(
    "token", ["", "1", "1.", "1.abc", "x." + "a" * 43, "1." + "a" * 44, "1." + "a" * 42 + "\n", "-1." + "a" * 43]
)
def test_it_sees_that_something_is_no_link(token: str) -> None:
    assert rules.token_organisation(token) is None


def test_a_link_names_its_organisation() -> None:
    assert rules.token_organisation("17." + "aB3_-" * 8 + "abc") == 17


def test_a_setup_code_may_be_typed_without_its_hyphens_and_in_small_letters() -> None:
    assert rules.bare_code(" abcd-efgh 2345 ") == "ABCDEFGH2345"


# Who is who


def identity(participant_id: UUID, identifier: str, email: str | None) -> Identity:
    sha1s = {rules.mbox_sha1(email), rules.mbox_sha1(rules.fold(email))} if email else set()
    folded = None if email is None else rules.fold(email)
    return Identity(
        participant_id=participant_id,
        identifier_folded=rules.fold(identifier),
        email_folded=folded,
        sha1s=frozenset(sha1s),
    )


PEOPLE = [identity(ANI, "1990A", "Ani@Sukabumi.Example"), identity(BUDI, "1990B", None)]


def resolved(agent: KnownAgent, matching: Matching = ANY_SITE, said: dict[bytes, UUID] | None = None) -> UUID | None:
    return rules.who_is_who([agent], matching=matching, identities=PEOPLE, said=said or {}).get(agent.key)


def agent(kind: str, value: str, home_page: str | None = None) -> KnownAgent:
    return KnownAgent(key=b"k" * 16, kind=kind, value=value, home_page=home_page)


@pytest.mark.parametrize(
    ("found", "who"),
    [
        (agent("account", "1990A", "https://mooc.example"), ANI),
        (agent("account", "1990a", "https://other.example"), ANI),
        (agent("account", "1990b", "https://mooc.example"), BUDI),
        (agent("account", "1990C", "https://mooc.example"), None),
        (agent("account", "ani@sukabumi.example", "https://mooc.example"), None),
        (agent("mbox", "mailto:ani@sukabumi.example"), ANI),
        (agent("mbox", "MAILTO:ANI@SUKABUMI.EXAMPLE"), ANI),
        (agent("mbox", "mailto:1990A"), None),
        (agent("mbox_sha1sum", rules.mbox_sha1("Ani@Sukabumi.Example")), ANI),
        (agent("mbox_sha1sum", rules.mbox_sha1("ani@sukabumi.example")), ANI),
        (agent("mbox_sha1sum", rules.mbox_sha1("ani@sukabumi.example").upper()), ANI),
        (agent("mbox_sha1sum", rules.mbox_sha1("budi@sukabumi.example")), None),
        (agent("openid", "1990A"), None),
    ],
)
def test_an_agent_stands_for_whoever_the_rules_say(found: KnownAgent, who: UUID | None) -> None:
    assert resolved(found) == who


@pytest.mark.parametrize(
    ("home_page", "who"),
    [("https://mooc.example", ANI), ("https://mooc.example/", ANI), ("https://evil.example", None), (None, None)],
)
def test_an_account_of_another_site_is_nobody_where_sites_are_named(home_page: str | None, who: UUID | None) -> None:
    matching = Matching(by_account=True, home_pages=("https://mooc.example",), by_mbox=True)
    assert resolved(agent("account", "1990A", home_page), matching) == who


def test_a_rule_that_is_off_matches_nobody() -> None:
    matching = Matching(by_account=False, home_pages=(), by_mbox=False)
    assert resolved(agent("account", "1990A"), matching) is None
    assert resolved(agent("mbox", "mailto:ani@sukabumi.example"), matching) is None
    assert resolved(agent("mbox_sha1sum", rules.mbox_sha1("ani@sukabumi.example")), matching) is None


@pytest.mark.parametrize("kind", ["account", "mbox", "mbox_sha1sum", "openid"])
def test_what_somebody_has_said_goes_before_the_rules(kind: str) -> None:
    found = agent(kind, "1990A")
    assert resolved(found, said={found.key: BUDI}) == BUDI


def test_what_is_said_of_other_agents_is_left_out() -> None:
    assert rules.who_is_who([], matching=ANY_SITE, identities=PEOPLE, said={b"x" * 16: uuid4()}) == {}


def test_home_pages_are_read_one_a_line_and_each_once() -> None:
    assert rules.home_pages(" https://a.example \r\n\n https://b.example\nhttps://a.example") == (
        "https://a.example",
        "https://b.example",
    )
