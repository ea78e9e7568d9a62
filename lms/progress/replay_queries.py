"""Everybody of a cohort by two versions of its programme, read once. Part of `queries`; nothing is written."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.programme.queries import Enrolled
from lms.programme.rules import Programme
from lms.progress import rules
from lms.progress.comparison import Compared, Side, compared
from lms.progress.queries import evidence_of, plan

AT_ONCE = 50
"""People whose evidence is read, and held, at once."""

Told = Callable[[int, int], None]


def replayed(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    people: Sequence[Enrolled],
    programme: Programme,
    as_of: datetime,
    told: Told | None = None,
) -> Iterator[tuple[Enrolled, Compared]]:
    """These people of a cohort, in their order, by the version that it runs and by this one, as of any moment.

    `told` hears (people done, people in all). Four queries and one per 50 people; raises NotFound.
    """
    known = plan(session, organisation_id=organisation_id, cohort_id=cohort_id)
    before, after = (rules.plan(version, known.cohort) for version in (known.programme, programme))
    for start in range(0, len(people), AT_ONCE):
        portion = people[start : start + AT_ONCE]
        ids = [person.participant_id for person in portion]
        evidence = evidence_of(session, organisation_id=organisation_id, participant_ids=ids)
        for person in portion:
            pieces = evidence.get(person.participant_id, ())
            sides = (
                Side(plan=one, result=rules.result_in(one, pieces, person.group, as_of)) for one in (before, after)
            )
            yield person, compared(*sides)
        if told is not None:
            told(start + len(portion), len(people))
