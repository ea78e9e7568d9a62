"""Whatever is sent to the record store, it is answered, and what it has accepted it gives back as its rules have it.

The slow group sends twenty thousand of the same.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, note, settings
from werkzeug.test import TestResponse

from lms.xapi import receiving, rules
from tests.world import NOW, World
from tests.xapi import mutations
from tests.xapi.lrs import Lrs, counts, drain, lrs
from tests.xapi.mutations import Sent

EXAMPLES, MANY = 150, 20_000
SHOWN = 25
"""Pages of staff that are looked at in the end."""
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://padu.example", "name": "fuzz"}}
prepare = rules.prepare


class Fuzz:
    """Sends requests, and knows what the last one was taken for and which statements were accepted so far."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = lrs(world)
        self.taken: Sequence[rules.Prepared] = ()
        self.accepted: set[str] = set()
        monkeypatch.setattr(receiving.rules, "prepare", self._prepare)

    def _prepare(self, *args: Any, **options: Any) -> Sequence[rules.Prepared]:
        self.taken = prepare(*args, **options)
        return self.taken

    def send(self, sent: Sent) -> TestResponse:
        self.taken = ()
        headers = {name: value.encode().decode("latin-1") for name, value in sent.headers.items()}
        return self.client.client.open(
            sent.path, method=sent.method, query_string=sent.query, headers=headers, data=sent.body or None
        )

    def check(self, sent: Sent) -> None:
        """Send it; whatever it is, it is answered, and what was accepted is there."""
        response = self.send(sent)
        note(f"{sent} -> {response.status_code}")
        assert response.status_code < 500, response.text
        if response.status_code >= 400 and sent.method != "HEAD" and response.data:
            assert (response.json or {})["error"], "it is not told what is wrong"
        if response.status_code in (200, 204):
            for one in self.taken:
                self._check_kept(one, response.headers["X-Experience-API-Version"])

    def _check_kept(self, sent: rules.Prepared, served: str) -> None:
        self.accepted.add(str(sent.id))
        text = kept(self.client, str(sent.id), served)
        again = prepared_again(text, rules.negotiate(served))
        assert rules.same(again.fingerprint, sent.fingerprint), text
        for form in ("ids", "canonical"):
            assert self.client.request("GET", query_string={"format": form, "limit": "3"}).status_code == 200


def prepared_again(text: bytes, version: str) -> rules.Prepared:
    """The statement, taken for one that is sent under this version; or the other, if an equal one came under that."""
    try:
        (one,) = prepare(text, version=version, now=NOW, authority=AUTHORITY)
    except rules.StatementError:
        other = rules.V1 if version == rules.V2 else rules.V2
        (one,) = prepare(text, version=other, now=NOW, authority=AUTHORITY)
    return one


def kept(client: Lrs, identity: str, version: str) -> bytes:
    """The statement as it is given back, voided or not."""
    answers = [
        client.request("GET", query_string={name: identity}, version=version)
        for name in ("statementId", "voidedStatementId")
    ]
    assert sorted(answer.status_code for answer in answers) == [200, 404], "accepted, and not there"
    return next(answer.data for answer in answers if answer.status_code == 200)


def fuzz(world: World, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    """Send so many requests, and then look at what has come of them as staff does."""
    _ = world.cohort
    fuzz = Fuzz(world, monkeypatch)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutations.requests(fuzz.client.key, fuzz.client.secret))
    def check(sent: Sent) -> None:
        fuzz.check(sent)

    check()
    assert fuzz.accepted, "nothing was ever accepted"
    while counts(world).queued:
        drain(world)
    assert counts(world).parked == 0
    look(world, sorted(fuzz.accepted))


def look(world: World, accepted: Sequence[str]) -> None:
    """The pages of staff can show everything that came in, and everything that was refused."""
    client = world.client("admin")
    refused = client.get("/credentials/refused?state=all").text
    addresses = [f"/statements/{quote(identity)}" for identity in accepted[:SHOWN]]
    addresses += sorted(set(re.findall(r"/credentials/refused/[0-9a-f-]{36}", refused)))[:SHOWN]
    addresses += ["/statements", "/statements/download", "/statements?raw=1", "/waiting", "/credentials"]
    assert len(addresses) > 5
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_whatever_is_sent_is_answered_and_what_is_accepted_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuzz(world, monkeypatch, EXAMPLES)


@pytest.mark.slow
def test_twenty_thousand_are_answered_and_what_is_accepted_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuzz(world, monkeypatch, MANY)
