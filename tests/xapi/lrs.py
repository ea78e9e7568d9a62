"""A system that sends statements by HTTP, and what came of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import Authorization
from werkzeug.test import TestResponse

from lms.progress import queries as progress
from lms.progress.rules import Evidence, UnitResult, flattened
from lms.xapi import queries, rules, service
from lms.xapi.dialects import Dialect
from tests.world import NOW, World

MODULE, SECOND = "https://mooc.example/modul/1", "https://mooc.example/modul/2"
ANI, BUDI, CITRA, DEDI = (f"19900101202603100{number}" for number in range(1, 5))
HOME = "https://mooc.example"
Statement = dict[str, Any]


def statement(name: str = ANI, verb: str = rules.COMPLETED, iri: str = MODULE, **members: Any) -> Statement:
    """A statement of the account `name`; dated 2026-03-10, if not said otherwise."""
    return {
        "actor": {"account": {"homePage": HOME, "name": name}},
        "verb": {"id": verb},
        "object": {"id": iri},
        "timestamp": "2026-03-10T02:00:00Z",
    } | members


def score(points: int) -> Statement:
    """A result with so many points of 100."""
    return {"score": {"raw": points, "min": 0, "max": 100}}


def voiding(target: str | UUID, **members: Any) -> Statement:
    """A statement that voids another."""
    return statement("admin", rules.VOIDED, **members) | {"object": {"objectType": "StatementRef", "id": str(target)}}


def referring(target: str | UUID, **members: Any) -> Statement:
    """A statement about another."""
    return statement("penilai", "https://mooc.example/verbs/reviewed", **members) | {
        "object": {"objectType": "StatementRef", "id": str(target)}
    }


@dataclass
class Lrs:
    """A client with a credential of its own. `version` is sent with every request that names no other."""

    world: World
    client: FlaskClient
    key: str
    secret: str
    version: str = "1.0.3"

    def request(self, method: str, path: str = "/xapi/statements", **options: Any) -> TestResponse:
        """Any request; `version` None sends no version, `auth` None no credential."""
        headers = dict(options.pop("headers", {}))
        version = options.pop("version", self.version)
        if version is not None:
            headers.setdefault("X-Experience-API-Version", version)
        auth = options.pop("auth", Authorization("basic", {"username": self.key, "password": self.secret}))
        return self.client.open(path, method=method, headers=headers, auth=auth, **options)

    def post(self, *statements: Statement, **options: Any) -> TestResponse:
        """Send the statements, as an array if there is not just one."""
        body: Any = statements[0] if len(statements) == 1 else list(statements)
        return self.request("POST", data=json.dumps(body), content_type="application/json", **options)

    def sent(self, *statements: Statement, **options: Any) -> list[str]:
        """Send them, and project them; returns their ids."""
        response = self.post(*statements, **options)
        assert response.status_code == 200, response.text
        drain(self.world)
        return [str(one) for one in response.json or ()]

    def put(self, statement: Statement, **parameters: str) -> TestResponse:
        """Send one statement under the id that `parameters` give."""
        return self.request("PUT", query_string=parameters, data=json.dumps(statement), content_type="application/json")

    def get(self, **parameters: Any) -> TestResponse:
        """GET /statements; values that are no text are sent as JSON."""
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
        return self.request("GET", query_string=texts)

    def found(self, **parameters: Any) -> list[str]:
        """The ids of the first page that matches, in their order."""
        response = self.get(**parameters)
        assert response.status_code == 200, response.text
        return [one["id"] for one in (response.json or {})["statements"]]


def lrs(world: World, *scopes: str, organisation_id: int | None = None, version: str = "1.0.3") -> Lrs:
    """A client with a fresh credential, by default one that may do everything."""
    key, secret = world.credential(*scopes, organisation_id=organisation_id)
    return Lrs(world=world, client=world.app.test_client(), key=key, secret=secret, version=version)


def credential(world: World, client: Lrs) -> queries.CredentialInfo:
    """What is known of the client's credential."""
    with world.reading() as session:
        found = queries.credential(session, organisation_id=int(client.key.partition(".")[0]), key=client.key)
    assert found is not None
    return found


def limit(world: World, client: Lrs, *, home_pages: tuple[str, ...] = (), prefixes: tuple[str, ...] = ()) -> None:
    """Limit what the client may send; nothing named is no limit."""
    found = credential(world, client)
    with world.transaction() as session:
        service.limit_credential(
            session,
            organisation_id=found.organisation_id,
            credential_id=found.id,
            home_pages=home_pages,
            activity_prefixes=prefixes,
        )


def drain(world: World, *, organisation_id: int | None = None, now: datetime = NOW) -> None:
    """Project what is in the inbox, as a worker does."""
    organisation_id, dialects = organisation_id or world.sukabumi, world.app.extensions["dialects"]
    with world.transaction() as session:
        service.drain(session, organisation_id=organisation_id, dialects=dialects, now=now)


def store_now(
    session: Session,
    world: World,
    prepared: Sequence[rules.Prepared],
    *,
    dialects: Sequence[Dialect] = (),
    stored: datetime = NOW,
    now: datetime = NOW,
) -> None:
    """Store statements of Sukabumi and project them in the same transaction, as a request does on SQLite."""
    alone = any(one.refers_to is not None for one in prepared)
    service.stamp(session, organisation_id=world.sukabumi, alone=alone)
    batch = service.Batch(prepared=tuple(prepared), credential_id=None)
    (done,) = service.store(session, organisation_id=world.sukabumi, batches=[batch], stored=stored)
    service.project_now(session, organisation_id=world.sukabumi, dialects=dialects, now=now, new=sorted(done.new))


def evidence(world: World, name: str) -> list[Evidence]:
    """What is recorded of Ani, Budi, Citra or Dedi, in the order of units and moments."""
    participant = world.participant(name)
    with world.reading() as session:
        found = progress.evidence_of(session, organisation_id=world.sukabumi, participant_ids=[participant])
    return sorted(found.get(participant, []), key=lambda one: (one.unit, one.occurred_at, one.source_id))


def module(world: World, name: str, iri: str = MODULE, *, as_of: datetime = NOW) -> UnitResult:
    """A module as it counts for Ani, Budi, Citra or Dedi."""
    cohort, participant = world.cohort, world.participant(name)
    with world.reading() as session:
        result = progress.result_of(
            session, organisation_id=world.sukabumi, cohort_id=cohort, participant_id=participant, as_of=as_of
        )
    return next(unit for component in flattened(result.components) for unit in component.units if unit.unit == iri)


def counts(world: World, *, organisation_id: int | None = None) -> queries.Counts:
    """What waits, in numbers."""
    organisation_id = organisation_id or world.sukabumi
    with world.reading() as session:
        return queries.counts(session, organisation_id=organisation_id)
