"""Cohorts: adding one, its name and dates, its targets, and who marks its groups."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.people import queries as people_queries
from lms.programme import checks, queries
from lms.programme.cohort_queries import hold_groups
from lms.programme.date_rules import CHANGED_MEANWHILE, Dates, dates_flaws, dates_of, why_flaws
from lms.programme.models import Cohort, CohortTarget, FacilitatorGroup
from lms.programme.rules import Programme, component

INDONESIA = (("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT"))
known_zones = lru_cache(maxsize=1)(available_timezones)


def zone_choices() -> list[tuple[str, str]]:
    """Every time zone and its words; those of Indonesia come first."""
    first = [(zone, f"{name} ({zone})") for zone, name in INDONESIA]
    known = {zone for zone, _ in INDONESIA}
    return first + [(zone, zone) for zone in sorted(known_zones()) if zone not in known]


def add_cohort(
    session: Session,
    *,
    organisation_id: int,
    programme_code: str,
    version: int | None = None,
    code: str,
    name: str,
    starts_at: datetime,
    ends_at: datetime | None,
    time_zone: str,
    targets: Mapping[str, Decimal],
    now: datetime,
) -> UUID:
    """Add a cohort that runs a version of a programme, the newest without a number.

    `targets` are figures from 0 to 100 by a component's path, an empty path for the whole. Raises Problems with
    everything that is wrong, NotFound without such a version, Conflict if the code is taken.
    """
    people_queries.lock_organisation(session, organisation_id=organisation_id)
    found = queries.version(session, organisation_id=organisation_id, code=programme_code, version=version)
    wrong = [
        *checks.address_part(code, place="code"),
        *checks.label(name, place="name"),
        *checks.period(starts_at, ends_at),
    ]
    checks.refuse(wrong + _zone(time_zone) + _targets(queries.parsed(found.content), targets))
    if queries.find_cohort(session, organisation_id=organisation_id, code=code) is not None:
        raise Conflict(N_("There is a cohort %(code)s already; choose another code."), place="code", code=code)
    cohort_id = new_id()
    leading = {"organisation_id": organisation_id, "id": cohort_id, "programme_version_id": found.id}
    told = {"code": code, "name": name, "starts_at": starts_at, "ends_at": ends_at, "time_zone": time_zone}
    session.execute(insert(Cohort), leading | told | {"created_at": now})
    _insert_targets(session, organisation_id, cohort_id, targets)
    return cohort_id


def rename_cohort(session: Session, *, organisation_id: int, cohort_id: UUID, name: str) -> None:
    """Call a cohort something else; its code, by which addresses and files know it, stays. Raises Problems."""
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    checks.refuse(checks.label(name, place="name"))
    session.execute(
        update(Cohort).where(Cohort.organisation_id == organisation_id, Cohort.id == cohort_id).values(name=name)
    )


def change_dates(
    session: Session, *, organisation_id: int, cohort_id: UUID, seen: Dates, dates: Dates, reason: str
) -> bool:
    """Change when a cohort starts and ends, or the zone of its clocks; whether that was anything new.

    Sessions keep their moments. `seen` are the dates that the change was made from: raises Conflict if they are others
    by now. Raises Problems with everything that is wrong, NotFound. The caller folds the cohort anew, in the same
    transaction.
    """
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    before = dates_of(queries.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id))
    if dates == before:
        return False
    if seen != before:
        raise Conflict(CHANGED_MEANWHILE)
    checks.refuse(_zone(dates.time_zone))
    timetable = queries.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    checks.refuse([*dates_flaws(before, dates, timetable), *why_flaws(reason)])
    session.execute(
        update(Cohort)
        .where(Cohort.organisation_id == organisation_id, Cohort.id == cohort_id)
        .values(starts_at=dates.starts_at, ends_at=dates.ends_at, time_zone=dates.time_zone)
    )
    return True


def set_targets(session: Session, *, organisation_id: int, cohort_id: UUID, targets: Mapping[str, Decimal]) -> None:
    """Replace a cohort's targets by these; raises Problems with everything that is wrong."""
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    cohort = queries.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    programme = queries.programme_of(session, organisation_id=organisation_id, version_id=cohort.programme_version_id)
    checks.refuse(_targets(programme, targets))
    session.execute(
        delete(CohortTarget).where(CohortTarget.organisation_id == organisation_id, CohortTarget.cohort_id == cohort_id)
    )
    _insert_targets(session, organisation_id, cohort_id, targets)


def _insert_targets(session: Session, organisation_id: int, cohort_id: UUID, targets: Mapping[str, Decimal]) -> None:
    leading = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    rows = [leading | {"path": path, "figure": figure} for path, figure in targets.items()]
    if rows:
        session.execute(insert(CohortTarget), rows)


def _zone(name: str) -> list[DomainError]:
    if name in known_zones():
        return []
    template = N_("“%(name)s” is no time zone; name one such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura.")
    return [DomainError(template, place="time_zone", name=name)]


def _targets(programme: Programme, targets: Mapping[str, Decimal]) -> list[DomainError]:
    return [problem for path, figure in targets.items() for problem in _target(programme, path, figure)]


def _target(programme: Programme, path: str, figure: Decimal) -> list[DomainError]:
    place = f"target[{path}]"
    if path and component(programme, path) is None:
        return [DomainError(N_("The programme has no component %(path)s."), place=place, path=path)]
    if not figure.is_finite() or not 0 <= figure <= 100 or figure != round(figure, 2):
        return [DomainError(N_("A target runs from 0 to 100, with two decimals at most."), place=place)]
    return []


def assign_facilitator(
    session: Session, *, organisation_id: int, account_id: UUID, groups: Sequence[str], now: datetime
) -> None:
    """Let a facilitator mark these groups too, each told as `COHORT/GROUP`; what is assigned already stays so.

    Raises Problems naming every group that there is not, DomainError if the account is no facilitator's.
    """
    _check_facilitator(session, organisation_id, account_id)
    known = queries.group_ids(
        session, organisation_id=organisation_id, cohort_codes={_split(told)[0] for told in groups}
    )
    held = hold_groups(session, organisation_id=organisation_id, group_ids=set(known.values()))
    missing = [told for told in groups if known.get(_split(told)) not in held]
    template = N_("There is no group %(group)s; name a group as COHORT/GROUP.")
    checks.refuse(NotFound(template, place=told, group=told) for told in missing)
    leading = {"organisation_id": organisation_id, "account_id": account_id}
    wanted = [leading | {"group_id": group} for group in sorted({known[_split(told)] for told in groups})]
    if wanted:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        fresh: postgresql.Insert | sqlite.Insert = dialect.insert(FacilitatorGroup)
        # Somebody else may assign the same at the same moment.
        session.execute(fresh.on_conflict_do_nothing(), wanted)


def unassign_facilitator(session: Session, *, organisation_id: int, account_id: UUID, group_id: UUID) -> None:
    """Let an account mark a group no longer; without effect if it didn't."""
    session.execute(
        delete(FacilitatorGroup).where(
            FacilitatorGroup.organisation_id == organisation_id,
            FacilitatorGroup.account_id == account_id,
            FacilitatorGroup.group_id == group_id,
        )
    )


def _split(told: str) -> tuple[str, str]:
    # A cohort's code holds no slash, a group's name may.
    cohort, _, group = told.partition("/")
    return cohort, group


def _check_facilitator(session: Session, organisation_id: int, account_id: UUID) -> None:
    facilitators = queries.facilitator_accounts(session, organisation_id=organisation_id)
    if all(account.id != account_id for account in facilitators):
        raise DomainError(N_("Only a facilitator marks groups; this account is none."), place="account")
