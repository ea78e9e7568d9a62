"""`lms worker`: counts statements, tells of marks, follows leave, sends mail, and folds what the clock has changed."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import click
from flask import Flask
from sqlalchemy.orm import Session

from lms.attendance import service as attendance
from lms.attended import queries as attended_queries
from lms.attended import service as attended
from lms.cli.house import opened, say
from lms.clock import now
from lms.db import db, reading, retrying
from lms.leave import service as leave
from lms.people import queries as people
from lms.people.service import deliver
from lms.progress import queries as progress_queries
from lms.progress import service as progress
from lms.serving import collect_less
from lms.xapi import queries as xapi_queries
from lms.xapi import service as xapi

IDLE = 0.1
MARKS_EVERY, MAIL_EVERY = timedelta(seconds=1), timedelta(seconds=5)
WARN_EVERY = FOLLOW_EVERY = REFRESH_EVERY = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=0.5), timedelta(seconds=30)
logger = logging.getLogger("lms.worker")

Job = Callable[[Flask, datetime], bool]
"""Does what is to be done at this moment, and says whether there may be more of it at once."""


@click.command()
def worker() -> None:
    """Run the background work alone: count statements that came in, send mail, refresh results.

    `serve` does this too; on PostgreSQL several workers share the work.

    \b
    Example: lms worker
    """
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    with opened() as app:
        collect_less()
        say("The worker runs; it stops on SIGTERM or Ctrl-C.")
        work(app, stopping.is_set, pause=stopping.wait)
    say("The worker has stopped.")


def work(app: Flask, is_over: Callable[[], bool], *, pause: Callable[[float], Any]) -> None:
    """Do all jobs again and again until it is over. A failure is logged, and ends neither the rest nor the job."""
    turns = [
        Turn(project),
        Turn(exchange_marks, every=MARKS_EVERY),
        Turn(follow_leave, every=FOLLOW_EVERY),
        Turn(warn, every=WARN_EVERY),
        Turn(send_mail, every=MAIL_EVERY),
        Turn(refresh, every=REFRESH_EVERY),
    ]
    while not is_over():
        is_busy = False
        for turn in turns:
            is_busy |= turn.take(app, now())
        pause(0 if is_busy else IDLE)


class Turn:
    """A job and how often its turn comes; one that fails again and again is tried less and less often."""

    def __init__(self, job: Job, *, every: timedelta = timedelta()) -> None:
        self.job, self.every = job, every
        self.due: datetime | None = None
        self.failures = 0

    def take(self, app: Flask, moment: datetime) -> bool:
        """Do the job if it is due; returns whether there may be more of it at once."""
        if self.due is not None and moment < self.due:
            return False
        try:
            is_busy = self.job(app, moment)
            self.failures, self.due = 0, moment + self.every
        except Exception as error:
            is_busy = False
            self.failures += 1
            self.due = moment + min(LONGEST_WAIT, FIRST_WAIT * (1 << min(self.failures, 10)))
            self._tell(error)
        finally:
            db.session.remove()
        return is_busy

    def _tell(self, error: Exception) -> None:
        """The first failure with its whole story, the next in a line: a night without a database fills no disk."""
        if self.failures == 1:
            logger.error("%s failed, and is tried again", self.job.__name__, exc_info=error)
        else:
            first_line = str(error).partition("\n")[0]
            logger.error("%s failed again (%s times): %s", self.job.__name__, self.failures, first_line)


def project(app: Flask, moment: datetime) -> bool:
    """Count a batch of what came in, of each organisation that has something.

    There is more at once where a batch was full; a few that come one by one are left to gather until the next turn.
    """
    dialects = app.extensions["dialects"]
    session = reading()
    waiting = xapi_queries.organisations_with_work(session)
    session.rollback()
    done = _each(waiting, lambda one: partial(xapi.project, organisation_id=one, dialects=dialects, now=moment))
    return any(number >= xapi.AT_ONCE for number in done)


def exchange_marks(app: Flask, moment: datetime) -> bool:
    """Tell the record store of marks, and take marks from what it was told, a portion of each organisation."""
    public_url = app.extensions["settings"].public_url
    session = reading()
    waiting = attended_queries.organisations_with_work(session)
    session.rollback()
    about: dict[str, Any] = {"public_url": public_url, "now": moment}
    done = _each(waiting, lambda one: partial(attended.tell, organisation_id=one, **about))
    done += _each(waiting, lambda one: partial(attended.take, organisation_id=one, **about))
    return any(number >= attended.AT_ONCE for number in done)


def follow_leave(app: Flask, moment: datetime) -> bool:
    """Bring the marks of approved leaves up to the timetables, which may have changed since."""
    session = reading()
    tenants = [known.id for known in people.organisations(session)]
    astray = [one for one in tenants if leave.astray(session, organisation_id=one, now=moment)]
    session.rollback()
    _each(astray, lambda one: partial(leave.follow_astray, organisation_id=one, now=moment))
    return False


def warn(app: Flask, moment: datetime) -> bool:
    """Warn people of their absences, one organisation after the other."""
    session = reading()
    tenants = [known.id for known in people.organisations(session)]
    session.rollback()
    _each(tenants, lambda one: partial(attendance.warn, organisation_id=one, now=moment))
    return False


def send_mail(app: Flask, moment: datetime) -> bool:
    """Send the mail that is due."""
    return deliver(settings=app.extensions["settings"], now=moment) > 0


def refresh(app: Flask, moment: datetime) -> bool:
    """Fold anew the results that the clock alone has made wrong, one organisation after the other."""
    session = reading()
    tenants = [known.id for known in people.organisations(session)]
    stale = [one for one in tenants if progress_queries.is_stale(session, organisation_id=one, now=moment)]
    session.rollback()
    _each(stale, lambda one: partial(progress.refresh, organisation_id=one, now=moment))
    return False


def _each(tenants: Sequence[int], work_for: Callable[[int], Callable[[Session], int]]) -> list[int]:
    """Work for each organisation, whatever becomes of the others; returns how much there was. Failures come last."""
    done, failures = [], []
    for tenant in tenants:
        try:
            done.append(retrying(work_for(tenant)))
        except Exception as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(tenants)} organisations", failures)
    return done
