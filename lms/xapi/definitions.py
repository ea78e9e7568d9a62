"""What statements tell of activities is kept beside them, so that GET /activities knows all of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.db import Again
from lms.xapi import queries, rules
from lms.xapi.document_models import ActivityRow
from lms.xapi.writing import insert_new, upsert

Definitions = dict[bytes, Mapping[str, Any]]


def note(session: Session, *, organisation_id: int, told: Sequence[rules.Described], now: datetime) -> None:
    """Merge what was told into what is known, the later over the earlier.

    No query where nothing was told, one where it says nothing new, else up to four for 500 activities. Whoever changes
    what is known locks it first; rows are written in the order of their keys, so that two senders wait for each other.
    """
    if not told:
        return
    iris = {one.key: one.iri for one in told}
    there = queries.definitions(session, organisation_id=organisation_id, keys=iris)
    if not _changed(there, told):
        return
    there = queries.definitions(session, organisation_id=organisation_id, keys=iris, lock=True)
    rows = [
        {
            "organisation_id": organisation_id,
            "key": key,
            "iri": iris[key],
            "definition": rules.write(definition),
            "updated_at": now,
        }
        for key, definition in sorted(_changed(there, told).items())
    ]
    first = [row for row in rows if row["key"] not in there]
    if len(insert_new(session, ActivityRow, first, key="key")) < len(first):
        raise Again("another transaction has described the same activity for the first time")
    later = [row for row in rows if row["key"] in there]
    upsert(session, ActivityRow, later, changing=("definition", "updated_at"))


def _changed(there: Mapping[bytes, Mapping[str, Any]], told: Sequence[rules.Described]) -> Definitions:
    """What is known of activities once this was told, where it differs from what is there."""
    found: Definitions = {}
    for one in told:
        known = found.get(one.key, there.get(one.key, {}))
        found[one.key] = rules.merged_definition(known, rules.load(one.definition))
    return {key: definition for key, definition in found.items() if definition != there.get(key, {})}
