"""What statements tell of activities is kept beside them, so that GET /activities knows all of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.xapi import queries, rules
from lms.xapi.document_models import ActivityRow
from lms.xapi.writing import upsert


def note(session: Session, *, organisation_id: int, told: Sequence[rules.Described], now: datetime) -> None:
    """Merge what was told into what is known, the later over the earlier. No query where nothing was told, else two.

    Activities are written in the order of their keys, so that two senders wait for each other.
    """
    if not told:
        return
    there = queries.definitions(session, organisation_id=organisation_id, keys={one.key for one in told}, lock=True)
    found: dict[bytes, tuple[str, Mapping[str, Any]]] = {}
    for one in told:
        known = found[one.key][1] if one.key in found else there.get(one.key, {})
        found[one.key] = one.iri, rules.merged_definition(known, rules.load(one.definition))
    rows = [
        {
            "organisation_id": organisation_id,
            "key": key,
            "iri": iri,
            "definition": rules.write(definition),
            "updated_at": now,
        }
        for key, (iri, definition) in sorted(found.items())
        if definition != there.get(key)
    ]
    upsert(session, ActivityRow, rows, changing=("definition", "updated_at"))
