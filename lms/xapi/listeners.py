"""What the record store does when other rooms announce facts: statements that may count differently go to the inbox."""

from collections.abc import Iterable, Sequence
from itertools import chain
from uuid import UUID

from sqlalchemy.orm import Session

from lms.db import portions
from lms.events import AgentMatched, Listeners, MatchingChanged, ModulesPublished, ParticipantsChanged
from lms.people import queries as people
from lms.progress import queries as progress
from lms.xapi import queries, rules
from lms.xapi.outcomes import SOURCE
from lms.xapi.person_queries import sought_by_rule
from lms.xapi.service import requeue


def participants_changed(session: Session, fact: ParticipantsChanged) -> None:
    """What their agents sent, by the new identifiers and e-mails, and what counted for them by the old ones."""
    identities = people.identities(session, organisation_id=fact.organisation_id, participant_ids=fact.participant_ids)
    wanted = {value for one in identities for value in sought_by_rule(one)}
    keys = queries.agent_keys(session, organisation_id=fact.organisation_id, values=wanted)
    sent = queries.statements_of(session, organisation_id=fact.organisation_id, agent_keys=keys)
    counted = progress.source_ids(
        session, organisation_id=fact.organisation_id, source=SOURCE, participant_ids=fact.participant_ids
    )
    _requeue(session, fact.organisation_id, chain(sent, portions(counted)))


def agent_matched(session: Session, fact: AgentMatched) -> None:
    """Everything that this agent sent."""
    sent = queries.statements_of(session, organisation_id=fact.organisation_id, agent_keys=[fact.agent_key])
    _requeue(session, fact.organisation_id, sent)


def matching_changed(session: Session, fact: MatchingChanged) -> None:
    """Everything that waits for a person, and everything that counts."""
    waiting = queries.waiting_for_persons(session, organisation_id=fact.organisation_id)
    counted = progress.every_source_id(session, organisation_id=fact.organisation_id, source=SOURCE)
    _requeue(session, fact.organisation_id, chain(waiting, counted))


def modules_published(session: Session, fact: ModulesPublished) -> None:
    """Everything that names one of the modules, or claims something about one under another address."""
    about = queries.statements_about(
        session, organisation_id=fact.organisation_id, activity_keys=[rules.activity_key(iri) for iri in fact.iris]
    )
    _requeue(session, fact.organisation_id, about)


def _requeue(session: Session, organisation_id: int, portions_of_ids: Iterable[Sequence[UUID]]) -> None:
    for portion in portions_of_ids:
        requeue(session, organisation_id=organisation_id, statement_ids=sorted(set(portion)))


LISTENERS: Listeners = {
    ParticipantsChanged: [participants_changed],
    AgentMatched: [agent_matched],
    MatchingChanged: [matching_changed],
    ModulesPublished: [modules_published],
}
