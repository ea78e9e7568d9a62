"""What statements come to, once it is known who their actors are and which modules there are. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms.progress.rules import Evidence
from lms.progress.service import NewEvidence
from lms.xapi import queries, rules
from lms.xapi.dialects import Claim, Dialect, claims_of

SOURCE = "xapi"
INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
ITEMS = (INTERACTION, "http://adlnet.gov/expapi/activities/interaction", "http://adlnet.gov/expapi/activities/question")


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A statement that was read: its row, its tree and what it claims."""

    row: queries.Kept
    statement: Mapping[str, Any]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """Statements, with those of their actors that are participants, by agent key, and the modules that they name."""

    read: list[Read]
    persons: Mapping[bytes, UUID]
    modules: Collection[str]

    def person(self, one: Read) -> UUID | None:
        """The participant who is the actor; None if nobody knows who that is."""
        return None if one.row.actor_key is None else self.persons.get(one.row.actor_key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What statements came to: evidence, and rows of those that wait."""

    evidence: list[NewEvidence]
    waiting: list[dict[str, Any]]


def read(kept: Sequence[queries.Kept], dialects: Sequence[Dialect]) -> list[Read]:
    """The statements, in their order, with what they claim."""
    return [_read(row, dialects) for row in kept]


def _read(row: queries.Kept, dialects: Sequence[Dialect]) -> Read:
    statement = rules.load_to_read(row.payload)
    return Read(row=row, statement=statement, claims=claims_of(statement, dialects))


def outcome_of(organisation_id: int, resolved: Resolved, voided: Collection[UUID]) -> Outcome:
    """What the statements come to, of which these are voided."""
    outcome = Outcome(evidence=[], waiting=[])
    for one in resolved.read:
        person, is_voided = resolved.person(one), one.row.id in voided
        if person is not None:
            outcome.evidence.extend(_evidence(one, person, resolved.modules, is_voided=is_voided))
        if not is_voided:
            outcome.waiting.extend(_waiting(organisation_id, one, person, resolved.modules))
    return outcome


def named(one: Read) -> Iterator[str]:
    """The IRIs that may be modules: what is claimed about, and what the object is inside of."""
    yield from (claim.iri for claim in one.claims)
    if one.claims:
        yield from _around(one.statement)


def _around(statement: Mapping[str, Any]) -> Iterator[str]:
    activities = (statement.get("context") or {}).get("contextActivities") or {}
    for kind in ("parent", "grouping"):
        yield from (activity["id"] for activity in activities.get(kind, ()))


def _evidence(one: Read, participant_id: UUID, modules: Collection[str], *, is_voided: bool) -> Iterator[NewEvidence]:
    counting = {claim.iri: claim for claim in reversed(one.claims) if claim.iri in modules}
    if not counting:
        return
    claim_of_statement = rules.claim_of(one.statement)
    for claim in counting.values():
        yield NewEvidence(
            participant_id=participant_id,
            evidence=Evidence(
                kind="module",
                unit=claim.iri,
                completed=claim.completed,
                passed=claim.passed,
                score=claim.score,
                occurred_at=rules.moment(one.statement["timestamp"]),
                recorded_at=one.row.stored,
                source=SOURCE,
                source_id=one.row.id,
                claim=claim_of_statement,
                voided=is_voided,
            ),
        )


def _waiting(
    organisation_id: int, one: Read, participant_id: UUID | None, modules: Collection[str]
) -> Iterator[dict[str, Any]]:
    """At most one row: a person first, for without one no module counts."""
    if one.row.voids or one.row.actor_key is None:
        return
    is_group = one.statement["actor"].get("objectType") == "Group"
    iri = one.claims[0].iri if one.claims else None
    if participant_id is None and not is_group:
        yield _waiting_row(organisation_id, one, "person", iri)
    elif iri is not None and not is_group and _may_be_a_module(one, modules):
        yield _waiting_row(organisation_id, one, "module", iri)


def _may_be_a_module(one: Read, modules: Collection[str]) -> bool:
    """Whether something is claimed that no programme knows, and that is not just an item inside a module."""
    kind = (one.statement["object"].get("definition") or {}).get("type")
    return kind not in ITEMS and not any(iri in modules for iri in named(one))


def _waiting_row(organisation_id: int, one: Read, reason: str, iri: str | None) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "statement_id": one.row.id,
        "reason": reason,
        "agent_key": one.row.actor_key,
        "activity_key": None if iri is None else rules.activity_key(iri),
        "iri": iri,
        "stored": one.row.stored,
    }
