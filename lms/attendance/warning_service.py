"""Warning people of their absences: once for each session, after it is over, by a letter where there is an address."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from lms.attendance import report_rules, rule_queries, warning_queries
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.register_models import AttendanceWarning
from lms.attendance.report_rules import Due, Standing
from lms.attendance.warning_queries import Concerned
from lms.db import new_id
from lms.errors import N_
from lms.people import queries as people_queries
from lms.people import service as people
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled
from lms.programme.rules import AbsenceLimit
from lms.progress import queries as progress
from lms.settings import Settings
from lms.web import formats


def warn(session: Session, *, organisation_id: int, now: datetime) -> int:
    """Give the warnings that are due; returns how many.

    Somebody is warned of a session once, whatever becomes of the mark, and never where the mark says that they were
    there. One letter tells somebody all that is new. Two processes that warn at once give each warning once.
    """
    found = warning_queries.concerned(session, organisation_id=organisation_id, now=now)
    return sum(_warn(session, organisation_id, one, now) for one in found)


def _warn(session: Session, organisation_id: int, concerned: Concerned, now: datetime) -> int:
    people_queries.lock_participants(session, organisation_id=organisation_id, participant_ids=concerned.people)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=concerned.cohort_id)
    rules = rule_queries.cohort_rules(session, organisation_id=organisation_id, cohort_id=cohort.id)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    folded = progress.folded_of(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort.id,
        people=[one for one in roster if one.participant_id in concerned.people],
        as_of=now,
    )
    limit = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    ).absence_limit
    given = warning_queries.given_to(session, organisation_id=organisation_id, participant_ids=concerned.people)
    new = {}
    for person, result in folded:
        standing = report_rules.standing(result, limit)
        due = _due(standing, limit, rules, concerned, given, person.participant_id)
        if due:
            new[person.participant_id] = (person, standing, due)
    _give(session, organisation_id, cohort, rules, new, now)
    return sum(len(due) for _, _, due in new.values())


def _due(
    standing: Standing,
    limit: AbsenceLimit,
    rules: CohortRules,
    concerned: Concerned,
    given: set[tuple[UUID, UUID, str]],
    participant_id: UUID,
) -> list[Due]:
    every = report_rules.warnings(standing.units, limit, consecutive=rules.warn_consecutive, time_zone=rules.time_zone)
    return [
        one
        for one in every
        if one.session_id in concerned.sessions and (participant_id, one.session_id, one.kind) not in given
    ]


New = Mapping[UUID, tuple[Enrolled, Standing, Sequence[Due]]]


def _give(
    session: Session, organisation_id: int, cohort: CohortInfo, rules: CohortRules, new: New, now: datetime
) -> None:
    addresses = (
        people.addresses_of(session, organisation_id=organisation_id, participant_ids=list(new))
        if rules.warn_by_mail
        else {}
    )
    settings: Settings = current_app.extensions["settings"]
    for participant_id, (person, standing, due) in new.items():
        address = addresses.get(participant_id, "")
        about = {"organisation_id": organisation_id, "cohort_id": cohort.id, "participant_id": participant_id}
        given = about | {"created_at": now, "mailed_to": address}
        session.add_all(
            AttendanceWarning(id=new_id(), session_id=one.session_id, kind=one.kind, **given) for one in due
        )
        if address:
            with force_locale(settings.locale):
                subject, body = letter(person, standing, due, cohort=cohort, public_url=settings.public_url)
            people.post(
                session, organisation_id=organisation_id, recipient=address, subject=subject, body=body, now=now
            )
    session.flush()


def letter(
    person: Enrolled, standing: Standing, due: Sequence[Due], *, cohort: CohortInfo, public_url: str
) -> tuple[str, str]:
    """Subject and body: which sessions were missed and when, what that comes to, and what may still be missed."""
    missed = {one.session_id for one in due}
    units = [unit for unit in standing.units if UUID(unit.unit) in missed]
    subject = gettext("You were marked absent: %(session)s", session=", ".join(unit.title for unit in units))
    lines = [
        gettext("Hello %(name)s,", name=person.name),
        "",
        gettext("you were marked absent in %(cohort)s:", cohort=cohort.name),
        *(f"- {unit.title} ({unit.code}), {_moment(unit.starts_at, cohort.time_zone)}" for unit in units),
        "",
        *_standing(standing, due),
        gettext("If you were there, say so on your page of attendance; a person will look at it:"),
        f"{public_url}/my/attendance",
    ]
    return subject, "\n".join(lines) + "\n"


def _moment(moment: datetime | None, time_zone: str) -> str:
    return "" if moment is None else formats.current(time_zone).moment(moment)


def _standing(standing: Standing, due: Sequence[Due]) -> Iterable[str]:
    row = max(one.row for one in due)
    if any(one.kind == "consecutive" for one in due):
        yield gettext("These are %(number)s sessions in a row.", number=row)
    for one in standing.allowances:
        values = {"missed": format(one.missed.normalize(), "f"), "limit": format(one.limit.normalize(), "f")}
        yield gettext(ALLOWANCES[one.measure], **values)
    if standing.exceeded:
        yield gettext("That is more than may be missed. Please talk to the organisers of your training.")
    elif standing.exhausted:
        yield gettext("Nothing more may be missed.")
    if standing.allowances:
        yield ""


ALLOWANCES = {
    "sessions": N_("Missed: %(missed)s of %(limit)s sessions that may be missed."),
    "jp": N_("Missed: %(missed)s of %(limit)s JP that may be missed."),
    "days": N_("Missed: %(missed)s of %(limit)s days that may be missed."),
}
