"""The one limit of a credential that needs the store to be looked into: what it may void."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lms.errors import N_, NotAllowed
from lms.xapi.credential_queries import senders_of
from lms.xapi.storing import Batch


def refuse_foreign_voiding(session: Session, *, organisation_id: int, batches: Sequence[Batch]) -> None:
    """Raise NotAllowed where a limited credential voids anything but what it has sent, be it in this very transaction.

    Voiding takes away what somebody has reached, wherever that was. What nobody has sent yet might be sent by another
    one: ids of some systems can be foretold. One query, none where nothing of this kind is sent.
    """
    voiding = [
        (one.voids, batch.credential_id)
        for batch in batches
        if batch.sender is not None and batch.sender.limits
        for one in batch.prepared
        if one.voids is not None
    ]
    if not voiding:
        return
    there = senders_of(session, organisation_id=organisation_id, statement_ids=sorted({one for one, _ in voiding}))
    sent_by = {one.id: batch.credential_id for batch in batches for one in batch.prepared} | there
    for target, credential_id in voiding:
        if sent_by.get(target) != credential_id:
            raise NotAllowed(
                N_("This credential is limited, so it may void only what it has sent itself."), place=str(target)
            )
