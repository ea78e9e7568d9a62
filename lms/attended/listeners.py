"""What this room does when others announce facts: it takes note of what is to be told, or taken in, later."""

from sqlalchemy.orm import Session

from lms.attended.service import note, note_sessions, note_statements
from lms.events import AttendedSaid, Listeners, MarksTaken, TimetableChanged


def marks_taken(session: Session, fact: MarksTaken) -> None:
    """The record store is to be told of them."""
    pairs = [(fact.session_id, one) for one in fact.participant_ids]
    note(session, organisation_id=fact.organisation_id, pairs=pairs)


def timetable_changed(session: Session, fact: TimetableChanged) -> None:
    """What was told of their marks may be told otherwise now, or not at all."""
    note_sessions(session, organisation_id=fact.organisation_id, session_ids=fact.session_ids)


def attended_said(session: Session, fact: AttendedSaid) -> None:
    """They may be marks."""
    note_statements(session, organisation_id=fact.organisation_id, statement_ids=fact.statement_ids)


LISTENERS: Listeners = {
    MarksTaken: [marks_taken],
    TimetableChanged: [timetable_changed],
    AttendedSaid: [attended_said],
}
