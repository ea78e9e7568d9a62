"""A cohort's attendance as a whole: who stands how, what was changed, and who was warned."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lms.attendance import change_queries, report_queries, warning_queries
from lms.attendance.models import SOURCES
from lms.attendance.report_queries import Report
from lms.clock import now
from lms.db import reading
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import FACILITATOR, STAFF_ROLES, harmless
from lms.programme import queries as programmes

LONGEST_SEARCH = 200


@allowed(*STAFF_ROLES)
def report(code: str) -> ResponseReturnValue:
    """Everybody's sessions, what they missed, and what they may still miss."""
    found = _report(reading(), code, limit=report_queries.SHOWN)
    return render_template("attendance/report.html", report=found, asked=_asked(), after=_after())


@allowed(*STAFF_ROLES)
def report_file(code: str) -> ResponseReturnValue:
    """The same as a CSV file, of everybody that the filters leave."""
    found = _report(reading(), code, limit=None)
    headers = {"Content-Disposition": f'attachment; filename="attendance-{found.cohort.code}.csv"'}
    return Response(_csv(found), mimetype="text/csv", headers=headers)


@allowed(*STAFF_ROLES)
def changes(code: str) -> ResponseReturnValue:
    """Who changed what, from what, when, why and from which device; the newest first."""
    who, database = current(), reading()
    cohort = programmes.cohort_by_code(database, organisation_id=who.organisation_id, code=code)
    asked = _asked_changes()
    found = change_queries.changes(
        database,
        organisation_id=who.organisation_id,
        cohort_id=cohort.id,
        groups=_groups(database, who, cohort.id),
        asked=asked,
    )
    return _changes_page(database, who, cohort, found, asked)


def _changes_page(
    database: Session,
    who: SignedIn,
    cohort: programmes.CohortInfo,
    found: list[change_queries.Change],
    asked: change_queries.Asked,
) -> ResponseReturnValue:
    shown, rest = found[: change_queries.SHOWN], found[change_queries.SHOWN :]
    programme = programmes.programme_of(
        database, organisation_id=who.organisation_id, version_id=cohort.programme_version_id
    )
    return render_template(
        "attendance/changes.html",
        cohort=cohort,
        changes=shown,
        asked=asked,
        more=change_queries.following(shown, asked) if rest else None,
        titles={status.code: status.title for status in programme.statuses},
        sessions=programmes.timetable(database, organisation_id=who.organisation_id, cohort_id=cohort.id),
        sources=SOURCES,
    )


@allowed(*STAFF_ROLES)
def warnings(code: str) -> ResponseReturnValue:
    """Who was warned of which session, and when; the newest first."""
    who, database = current(), reading()
    cohort = programmes.cohort_by_code(database, organisation_id=who.organisation_id, code=code)
    programme = programmes.programme_of(
        database, organisation_id=who.organisation_id, version_id=cohort.programme_version_id
    )
    given = warning_queries.given(
        database,
        organisation_id=who.organisation_id,
        cohort_id=cohort.id,
        absent=[status.code for status in programme.statuses if status.absent],
        participant_ids=_people(database, who, cohort.id),
    )
    return render_template("attendance/warnings.html", cohort=cohort, given=given)


def _people(database: Session, who: SignedIn, cohort_id: UUID) -> list[UUID] | None:
    """Those whom somebody sees, None for everybody."""
    groups = _groups(database, who, cohort_id)
    if groups is None:
        return None
    roster = programmes.roster(database, organisation_id=who.organisation_id, cohort_id=cohort_id, groups=groups)
    return [one.participant_id for one in roster]


def _groups(database: Session, who: SignedIn, cohort_id: UUID) -> set[UUID] | None:
    """The groups of a facilitator in a cohort, None for everybody else; NotAllowed where they have none."""
    if who.role != FACILITATOR:
        return None
    return programmes.own_group_ids(
        database, organisation_id=who.organisation_id, account_id=who.account_id, cohort_id=cohort_id
    )


def _report(database: Session, code: str, *, limit: int | None) -> Report:
    who, asked = current(), _asked()
    cohort = programmes.cohort_by_code(database, organisation_id=who.organisation_id, code=code)
    return report_queries.report(
        database,
        organisation_id=who.organisation_id,
        cohort_id=cohort.id,
        groups=_groups(database, who, cohort.id),
        group=asked["group"],
        search=asked["search"],
        after=_after() if limit is not None else 0,
        limit=limit,
        now=now(),
    )


def _asked() -> Mapping[str, str]:
    return {name: request.args.get(name, "").strip()[:LONGEST_SEARCH] for name in ("group", "search")}


def _after() -> int:
    return _natural("after")


def _natural(name: str) -> int:
    """A whole number of the address, 0 where there is none."""
    text = request.args.get(name, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _asked_changes() -> change_queries.Asked:
    args = {name: request.args.get(name, "").strip()[:LONGEST_SEARCH] for name in ("session", "person", "by", "source")}
    try:
        before = datetime.fromisoformat(request.args.get("before", "").replace(" ", "+"))
    except ValueError:
        before = None
    return change_queries.Asked(
        session_code=args["session"],
        person=args["person"],
        by=args["by"],
        source=args["source"] if args["source"] in SOURCES else "",
        before=before if before is not None and before.tzinfo is not None else None,
        skip=_natural("skip"),
    )


COLUMNS = ("identifier", "name", "group", "jp_done", "absent_sessions", "absent_jp", "absent_days", "excluded_sessions")


def _csv(found: Report) -> str:
    """A row for each person: the figures, then the status at each session by its code, empty without a mark."""
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow([*COLUMNS, "open_sessions", "in_a_row", *(harmless(one.session.code) for one in found.sessions)])
    write.writerows(_rows(found))
    return "\ufeff" + text.getvalue()


def _rows(found: Report) -> Iterator[list[str]]:
    for line in found.lines:
        person, standing = line.person, line.standing
        units = line.by_session
        numbers = (
            *(standing.jp_done, Decimal(standing.missed_sessions), standing.missed_jp, Decimal(standing.missed_days)),
            *(Decimal(standing.excluded), Decimal(len(standing.open)), Decimal(len(standing.in_a_row))),
        )
        at = [units[str(one.session.id)].status if str(one.session.id) in units else None for one in found.sessions]
        yield [
            *(harmless(text) for text in (person.identifier, person.name, person.group or "")),
            *(format(number, "f") for number in numbers),
            *(harmless(status or "") for status in at),
        ]
