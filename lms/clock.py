"""The only reading of the clock. Everything below the shell is given `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment: aware, in UTC, to the microsecond."""
    return datetime.now(UTC)
