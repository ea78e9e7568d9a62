"""What came in and is not counted yet: each figure begins when there is nothing of the one before."""

import time

from sqlalchemy import func, select

from lms.db import open_engine
from lms.xapi.models import InboxRow

PATIENCE = 600
"""Seconds that it is waited for."""


class NotCounted(Exception):
    """What was sent is not counted yet, or does not show."""


def wait_until_empty(url: str, *, organisation_id: int) -> None:
    """Until all statements that were sent before are counted. Raises NotCounted."""
    waiting = select(func.count()).where(InboxRow.organisation_id == organisation_id, InboxRow.parked.is_(False))
    engine = open_engine(url)
    try:
        for _ in range(PATIENCE):
            with engine.connect() as connection:
                left = connection.scalar(waiting)
            if not left:
                return
            time.sleep(1)
    finally:
        engine.dispose()
    raise NotCounted(f"{left} statements that were sent before are not counted after {PATIENCE} seconds.")
