"""What a page says of a session of the timetable: the session, who facilitates it, and what was changed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from lms.errors import N_, NotAllowed, NotFound
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, FacilitatorAccount, SessionChangeInfo, TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """A session. `facilitators` are its own, over and above those who have its group; changes stand newest first."""

    cohort: CohortInfo
    session: TimetableSession
    facilitators: tuple[FacilitatorAccount, ...]
    changes: tuple[SessionChangeInfo, ...]


def about(
    session: Session, *, organisation_id: int, code: str, session_code: str, facilitator_id: UUID | None = None
) -> About:
    """The session of this code, of the cohort of that code. Six queries, two more with a facilitator.

    Raises NotFound; NotAllowed for a facilitator who has neither a group in the cohort nor the session.
    """
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=code)
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort.id)
    found = next((one for one in timetable if one.code == session_code), None)
    if found is None:
        raise NotFound(N_("There is no session %(code)s in cohort %(cohort)s."), code=session_code, cohort=code)
    if facilitator_id is not None:
        _check(session, organisation_id, found, facilitator_id)
    of_sessions = programmes.facilitators_of_sessions(session, organisation_id=organisation_id, session_ids=[found.id])
    changes = programmes.session_changes(session, organisation_id=organisation_id, session_id=found.id)
    return About(
        cohort=cohort, session=found, facilitators=tuple(of_sessions.get(found.id, ())), changes=tuple(changes)
    )


def _check(session: Session, organisation_id: int, found: TimetableSession, facilitator_id: UUID) -> None:
    groups = programmes.groups_of(session, organisation_id=organisation_id, account_id=facilitator_id)
    own = programmes.sessions_facilitated(session, organisation_id=organisation_id, account_id=facilitator_id)
    if found.id not in own and all(cohort_id != found.cohort_id for cohort_id, _, _ in groups):
        raise NotAllowed(N_("You have no group in this cohort."))
