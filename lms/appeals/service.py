"""What is done about appeals. Nothing commits; a DomainError undoes all of it. No row is changed or taken away."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.appeals import letters, models, queries, rules
from lms.appeals.rules import Window
from lms.attendance import queries as attendance
from lms.db import new_id
from lms.errors import N_, NotFound
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.progress import queries as progress
from lms.progress.rules import UnitResult, unit_of

NO_UNIT = N_("There is no such module, session or assessment for this participant.")


def set_window(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    opens_at: datetime,
    closes_at: datetime,
    reason: str,
    set_by: UUID,
    now: datetime,
) -> bool:
    """Say when appeals are taken in a cohort; returns whether that is new. What was set before is kept.

    Raises DomainError for a window that cannot be, or that is shortened without a reason.
    """
    programmes.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    window = Window(opens_at=opens_at, closes_at=closes_at)
    known = queries.windows(session, organisation_id=organisation_id, cohort_id=cohort_id, limit=1)
    before = known[0].window if known else None
    if window == before:
        return False
    rules.check_window(window, now=now)
    told = rules.check_reason(reason, needed=rules.is_shorter(window, before, now=now))
    row = models.AppealWindow(organisation_id=organisation_id, id=new_id(), cohort_id=cohort_id, set_by=set_by)
    row.opens_at, row.closes_at, row.reason = opens_at, closes_at, told
    # The newest counts, so one that waited for another to be set is dated after it.
    row.set_at = max([now, *(one.set_at + timedelta(microseconds=1) for one in known)])
    session.add(row)
    session.flush()
    return True


def appeal(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    participant_id: UUID,
    kind: str,
    unit: str,
    text: str,
    now: datetime,
) -> UUID:
    """Keep an appeal against a unit with what the unit stands at; returns its id. Those who answer are written to.

    Raises OutsideWindow or Conflict where none is taken, NotFound where the unit is none of this participant's.
    """
    told = rules.check_text(text)
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id])
    about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    about["participant_id"] = participant_id
    found = unit_now(session, **about, kind=kind, unit=unit, now=now)
    if found is None:
        raise NotFound(NO_UNIT)
    window = queries.window(session, organisation_id=organisation_id, cohort_id=cohort_id)
    known = queries.of_participant(session, **about, unit=unit)
    why_not = rules.why_not(found, window, has_open=any(one.is_open for one in known), now=now)
    if why_not is not None:
        raise why_not
    row = models.Appeal(**about, id=new_id(), kind=kind, unit=unit, title=found.title, text=told, made_at=now)
    row.stood_by = queries.given_by(session, organisation_id=organisation_id, unit=found)
    row.stood_value, row.stood_done = found.value, found.done
    row.stood_status = title_of(session, organisation_id=organisation_id, cohort_id=cohort_id, status=found.status)
    session.add(row)
    session.flush()
    letters.tell_staff(session, organisation_id=organisation_id, appeal_id=row.id, letter=letters.CAME, now=now)
    return row.id


def add(
    session: Session, *, organisation_id: int, appeal_id: UUID, participant_id: UUID, text: str, now: datetime
) -> None:
    """Add to one's own open appeal, also after the window has closed. Raises Ended, or NotFound for somebody else's."""
    told = rules.check_text(text)
    _hold_own(session, organisation_id, appeal_id, participant_id)
    _note(session, organisation_id, appeal_id, rules.ADDED, told, now)
    letters.tell_staff(session, organisation_id=organisation_id, appeal_id=appeal_id, letter=letters.ADDED, now=now)


def take_back(session: Session, *, organisation_id: int, appeal_id: UUID, participant_id: UUID, now: datetime) -> None:
    """Take one's own open appeal back. Raises Ended, or NotFound for somebody else's."""
    _hold_own(session, organisation_id, appeal_id, participant_id)
    _note(session, organisation_id, appeal_id, rules.TAKEN_BACK, "", now)


def answer(
    session: Session,
    *,
    organisation_id: int,
    appeal_id: UUID,
    outcome: str,
    text: str,
    answered_by: UUID,
    manages: bool,
    now: datetime,
) -> None:
    """Answer an open appeal; its participant is written to. No figure changes by it: the text says what was done.

    Raises Ended where somebody was faster, NotAllowed for whoever gave what it is about and would reject it.
    """
    told = rules.check_text(text)
    found = _hold(session, organisation_id, appeal_id)
    rules.check_answer(outcome, gave_it=found.stood_by == answered_by, manages=manages)
    rules.check_open(found.entries)
    row = models.AppealAnswer(organisation_id=organisation_id, id=new_id(), appeal_id=appeal_id, outcome=outcome)
    row.text, row.answered_by, row.answered_at = told, answered_by, now
    session.add(row)
    session.flush()
    letters.tell_participant(session, organisation_id=organisation_id, appeal=found, outcome=outcome, now=now)


def unit_now(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    participant_id: UUID,
    kind: str,
    unit: str,
    now: datetime,
) -> UnitResult | None:
    """What a unit has come to at this moment, None where it is none of the participant's any more. Four queries.

    Raises NotFound for somebody who is not in the cohort.
    """
    result = progress.result_of(
        session, organisation_id=organisation_id, cohort_id=cohort_id, participant_id=participant_id, as_of=now
    )
    return unit_of(result, kind, unit)


def title_of(session: Session, *, organisation_id: int, cohort_id: UUID, status: str | None) -> str:
    """What a status is called in a cohort, empty for none. Three queries at most."""
    if not status:
        return ""
    found = attendance.cohort_rules(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return next((one.title for one in found.statuses if one.code == status), status)


def _hold(session: Session, organisation_id: int, appeal_id: UUID) -> queries.Appeal:
    """The appeal as it is once whoever writes about the same person has ended."""
    found = queries.appeal(session, organisation_id=organisation_id, appeal_id=appeal_id)
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[found.participant_id])
    return queries.appeal(session, organisation_id=organisation_id, appeal_id=appeal_id)


def _hold_own(session: Session, organisation_id: int, appeal_id: UUID, participant_id: UUID) -> None:
    found = _hold(session, organisation_id, appeal_id)
    if found.participant_id != participant_id:
        raise NotFound(queries.NONE)
    rules.check_open(found.entries)


def _note(session: Session, organisation_id: int, appeal_id: UUID, kind: str, text: str, now: datetime) -> None:
    row = models.AppealNote(organisation_id=organisation_id, id=new_id(), appeal_id=appeal_id, kind=kind)
    row.text, row.added_at = text, now
    session.add(row)
    session.flush()
