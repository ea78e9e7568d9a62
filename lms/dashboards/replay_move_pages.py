"""The page on which a cohort is moved to another version of its programme, once it has shown what that changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.dashboards import replay_reading
from lms.dashboards.replay_pages import sayer
from lms.db import reading, retrying
from lms.errors import N_, DomainError, NotFound, Problems
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries as programmes
from lms.programme.move_rules import LONGEST_REASON, obstacles
from lms.progress.move_queries import recorded
from lms.progress.move_service import move_cohort


@dataclass(frozen=True, kw_only=True, slots=True)
class MovePage:
    """What a move would change, what stands in its way, and every move before.

    `reason` is one that was typed and not taken; `problems` say why.
    """

    replay: replay_reading.ReplayPage
    obstacles: Sequence[DomainError]
    moves: Sequence[programmes.Move]
    reason: str
    problems: Sequence[DomainError]
    longest_reason: int = LONGEST_REASON


@allowed(*READERS)
def move(code: str) -> ResponseReturnValue:
    """What moving the cohort to another version changes, and the moves that there were."""
    return _page(code)


@allowed(*MANAGERS)
def move_now(code: str) -> ResponseReturnValue:
    """Move the cohort to the version that was shown, from the version that was shown."""
    person, reason = current(), request.form.get("reason", "").replace("\r\n", "\n")
    cohort = programmes.cohort_by_code(reading(), organisation_id=person.organisation_id, code=code)
    work = partial(
        move_cohort,
        organisation_id=person.organisation_id,
        cohort_id=cohort.id,
        version_id=_version("version"),
        seen_version_id=_version("seen"),
        reason=reason,
        moved_by=person.account_id,
        now=now(),
    )
    try:
        people = retrying(work)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        problems = error.problems if isinstance(error, Problems) else (error,)
        return _page(code, reason=reason, problems=problems), 409 if error.status == 409 else 422
    flash(gettext("The cohort runs the other version now. Results folded anew: %(people)s.", people=people), "success")
    return redirect(url_for("dashboards.move", code=code, _anchor="moves"), 303)


def _version(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        raise NotFound(N_("There is no such version.")) from None


def _page(code: str, *, reason: str = "", problems: Sequence[DomainError] = ()) -> str:
    """As many queries as a replay makes, and four more."""
    session, organisation_id = reading(), current().organisation_id
    replay = replay_reading.page(organisation_id, code, request.args, now=now(), versions_only=True)
    chosen, cohort = replay.chosen, replay.cohort
    found: Sequence[DomainError] = ()
    if chosen is not None and chosen.programme is not None:
        known = recorded(session, organisation_id=organisation_id, cohort_id=cohort.id)
        found = obstacles(replay.before, chosen.programme, recorded=known, targets=cohort.targets)
    page = MovePage(
        replay=replay,
        obstacles=found,
        moves=programmes.moves(session, organisation_id=organisation_id, cohort_id=cohort.id),
        reason=reason,
        problems=problems,
    )
    return render_template("dashboards/replay_move.html", page=page, say=sayer(cohort.time_zone))
