"""Old statements count as soon as their person or their module is known, and no longer once they are not theirs."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from lms.people import service as people
from lms.people.rules import mbox_sha1
from lms.programme import service as programme
from lms.xapi import listeners, queries, rules, service
from tests.world import NOW, PROGRAMME, START, World
from tests.xapi.lrs import ANI, DEDI, HOME, MODULE, counts, drain, evidence, lrs, score, statement

STRANGER = "peserta-lama-77"
LATER = "https://mooc.example/modul/3"


def match(world: World, name: str, to: str) -> None:
    key = rules.agent_key(rules.AgentRef(kind="account", value=name, home_page=HOME))
    participant = world.participant(to)
    with world.transaction() as session:
        people.match_agent(
            session,
            organisation_id=world.sukabumi,
            agent_key=key,
            participant_id=participant,
            matched_by=None,
            now=NOW,
        )
    drain(world)


def set_matching(world: World, *, account: bool = True, home_pages: Sequence[str] = (), mbox: bool = True) -> None:
    _ = world.sukabumi
    with world.transaction() as session:
        people.set_matching(
            session, organisation_id=world.sukabumi, by_account=account, home_pages=home_pages, by_mbox=mbox
        )
    drain(world)


def change(world: World, name: str, *, identifier: str, email: str) -> None:
    participant = world.participant(name)
    with world.transaction() as session:
        people.change_participant(
            session,
            organisation_id=world.sukabumi,
            participant_id=participant,
            identifier=identifier,
            name=f"{name} Contoh",
            email=email,
        )
    drain(world)


def enrol(world: World, identifier: str, name: str, email: str = "") -> None:
    cohort = world.cohort
    with world.transaction() as session:
        programme.enrol(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort,
            rows=[programme.NewEnrolment(identifier=identifier, name=name, email=email, group="A")],
            now=NOW,
        )
    drain(world)


def publish_third_module(world: World) -> None:
    text = PROGRAMME.replace("version = 1", "version = 2").replace(MODULE, LATER)
    with world.transaction() as session:
        programme.publish(session, organisation_id=world.sukabumi, text=text, published_by=None, now=START)
    drain(world)


def units(world: World, name: str) -> list[tuple[str, object]]:
    return [(piece.unit, piece.score) for piece in evidence(world, name)]


@pytest.mark.parametrize(
    "actor",
    [
        {"account": {"homePage": HOME, "name": "EKO-1"}},
        {"mbox": "mailto:eko@sukabumi.example"},
        {"mbox_sha1sum": "60f61d9e1a5ebc4d0f7dbc4ee1fdb0a1a0c2b1d0"},
    ],
    ids=["account", "mbox", "mbox_sha1sum"],
)
def test_a_participant_enrolled_later_gets_what_was_sent_before(world: World, actor: dict[str, object]) -> None:
    _ = world.cohort
    if "mbox_sha1sum" in actor:
        actor = {"mbox_sha1sum": mbox_sha1("eko@sukabumi.example")}
    lrs(world).sent(statement(result=score(88)) | {"actor": actor})
    assert counts(world).persons == 1

    enrol(world, "eko-1", "Eko Contoh", "Eko@Sukabumi.example")

    assert units(world, "Eko") == [(MODULE, 88)]
    assert counts(world).persons == 0


def test_an_agent_matched_by_hand_counts_at_once(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(STRANGER, result=score(64)), statement(STRANGER, "https://mooc.example/verbs/viewed"))

    match(world, STRANGER, "Dedi")

    assert units(world, "Dedi") == [(MODULE, 64)]
    assert counts(world).persons == 0


def test_an_agent_matched_anew_counts_for_the_new_person_only(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(STRANGER, result=score(64)))
    match(world, STRANGER, "Dedi")
    match(world, STRANGER, "Citra")

    assert units(world, "Dedi") == []
    assert units(world, "Citra") == [(MODULE, 64)]


def test_what_somebody_said_goes_before_the_rules(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, result=score(64)))
    match(world, ANI, "Budi")

    assert (units(world, "Ani"), units(world, "Budi")) == ([], [(MODULE, 64)])


def test_an_e_mail_that_changes_hands_takes_its_statements_along(world: World) -> None:
    _ = world.cohort
    by_mail = statement(result=score(71)) | {"actor": {"mbox": "mailto:baru@sukabumi.example"}}
    lrs(world).sent(by_mail)
    change(world, "Dedi", identifier=DEDI, email="baru@sukabumi.example")
    assert units(world, "Dedi") == [(MODULE, 71)]

    change(world, "Dedi", identifier=DEDI, email="lain@sukabumi.example")
    assert units(world, "Dedi") == []
    assert counts(world).persons == 1

    change(world, "Citra", identifier="199001012026031003", email="baru@sukabumi.example")
    assert units(world, "Citra") == [(MODULE, 71)]
    assert counts(world).persons == 0


def test_an_identifier_that_is_corrected_finds_its_statements(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(STRANGER, result=score(71)))
    change(world, "Dedi", identifier=STRANGER.upper(), email="")

    assert units(world, "Dedi") == [(MODULE, 71)]


def test_matching_rules_that_are_switched_off_and_on_again(world: World) -> None:
    _ = world.cohort
    by_mail = statement(result=score(72)) | {"actor": {"mbox": "mailto:budi@sukabumi.example"}}
    lrs(world).sent(statement(ANI, result=score(71)), by_mail)
    set_matching(world, account=False)
    assert (units(world, "Ani"), units(world, "Budi")) == ([], [(MODULE, 72)])
    assert counts(world).persons == 1

    set_matching(world, account=False, mbox=False)
    assert (units(world, "Ani"), units(world, "Budi")) == ([], [])
    assert counts(world).persons == 2

    set_matching(world, home_pages=["https://elsewhere.example"])
    assert (units(world, "Ani"), units(world, "Budi")) == ([], [(MODULE, 72)])

    set_matching(world, home_pages=["https://elsewhere.example", HOME])
    assert (units(world, "Ani"), units(world, "Budi")) == ([(MODULE, 71)], [(MODULE, 72)])
    assert counts(world).persons == 0


def test_a_module_published_later_gets_what_was_sent_before(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, iri=LATER, result=score(93)))
    assert counts(world).modules == 1

    publish_third_module(world)

    assert units(world, "Ani") == [(LATER, 93)]
    assert counts(world).modules == 0


def test_an_item_of_a_module_published_later_waits_no_more(world: World) -> None:
    _ = world.cohort
    inside = {"contextActivities": {"parent": [{"id": LATER}]}}
    lrs(world).sent(statement(ANI, iri=f"{LATER}/bab/1", context=inside))
    assert counts(world).modules == 1

    publish_third_module(world)

    assert counts(world).modules == 0
    assert units(world, "Ani") == []


def test_publishing_in_another_organisation_changes_nothing(world: World) -> None:
    _ = world.cohort
    _ = world.bandung
    lrs(world).sent(statement(ANI, iri=LATER, result=score(93)))
    text = PROGRAMME.replace(MODULE, LATER)
    with world.transaction() as session:
        programme.publish(session, organisation_id=world.bandung, text=text, published_by=None, now=START)
    drain(world, organisation_id=world.bandung)
    drain(world)

    assert units(world, "Ani") == []
    assert counts(world).modules == 1


def test_what_is_queued_already_is_not_queued_twice(world: World) -> None:
    """Matching twice before any projection leaves one row of each statement."""
    _ = world.cohort
    lrs(world).sent(statement(STRANGER), statement(STRANGER, result=score(5)))
    key = rules.agent_key(rules.AgentRef(kind="account", value=STRANGER, home_page=HOME))
    for name in ("Dedi", "Citra"):
        participant = world.participant(name)
        with world.transaction() as session:
            people.match_agent(
                session,
                organisation_id=world.sukabumi,
                agent_key=key,
                participant_id=participant,
                matched_by=None,
                now=NOW,
            )

    assert counts(world).queued == 2


def test_a_person_added_while_statements_are_queued_is_seen(world: World) -> None:
    """Nothing of the person was known when the statement came in, everything when it is projected."""
    _ = world.cohort
    client = lrs(world)
    client.post(statement("EKO-1", result=score(88)))
    enrol(world, "eko-1", "Eko Contoh")

    assert units(world, "Eko") == [(MODULE, 88)]


def test_more_agents_than_fit_into_one_query_are_found(world: World) -> None:
    _ = world.sukabumi
    wanted = {("account", f"nobody-{number}") for number in range(1200)} | {("account", STRANGER)}
    keys = [(kind, rules.value_key(value)) for kind, value in wanted]
    lrs(world).sent(statement(STRANGER))
    with world.reading() as session:
        found = queries.agent_keys(session, organisation_id=world.sukabumi, values=keys)

    assert found == [rules.agent_key(rules.AgentRef(kind="account", value=STRANGER, home_page=HOME))]
    assert isinstance(found[0], bytes)


def test_what_is_queued_anew_is_read_a_few_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, requeue, sizes = world.cohort, listeners.requeue, []

    def noted(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> None:
        sizes.append(len(statement_ids))
        requeue(session, organisation_id=organisation_id, statement_ids=statement_ids)

    monkeypatch.setattr(queries, "IDS_AT_ONCE", 3)
    monkeypatch.setattr(listeners, "requeue", noted)
    lrs(world).sent(*(statement(f"lama-{number}") for number in range(10)))
    set_matching(world, mbox=False)
    assert (sizes, counts(world).persons) == ([3, 3, 3, 1], 10)

    sizes.clear()
    lrs(world).sent(*(statement(STRANGER, result=score(number)) for number in range(7)))
    match(world, STRANGER, "Dedi")
    assert (sizes, len(evidence(world, "Dedi"))) == ([3, 3, 1], 7)

    sizes.clear()
    lrs(world).sent(*(statement("lama-1", iri=LATER) for _ in range(4)))
    publish_third_module(world)
    assert max(sizes) == 3
    assert counts(world).queued == 0


def test_a_great_many_statements_can_be_queued_anew(world: World) -> None:
    ids = [UUID(one) for _ in range(2) for one in lrs(world).sent(*(statement(f"peserta-{n}") for n in range(1300)))]
    for _ in range(2):
        with world.transaction() as session:
            service.requeue(session, organisation_id=world.sukabumi, statement_ids=ids)

    assert counts(world).queued == 2600
