"""Setting a rubric and rating by it. What the assessors' ratings come to is entered in the same transaction."""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import queries, rubric_queries, rubric_rules, rubric_texts, rules, service
from lms.assessment.models import AssessmentEntry, RatedEntry, RubricRating, RubricVersion
from lms.assessment.rubric_queries import CurrentRubric
from lms.assessment.rubric_rules import NewRating, Points, Rating, Rubric
from lms.assessment.rules import Groups
from lms.db import new_id
from lms.errors import N_, NotAllowed, NotFound
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.service import Changed


def set_rubric(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    path: str,
    rubric: Rubric,
    seen: int | None,
    set_by: UUID,
    now: datetime,
) -> bool:
    """Rate an assessment by this rubric from now on; returns whether it is another one than before.

    Ratings keep the rubric that they were made by; how several are joined, and how many are needed, goes by the new one
    at once. A score that stands is not taken back where more assessors are needed by now. `seen` is the version that
    the form was made from, None where there was none: RubricChanged is raised where another stands. Raises Problems for
    what a rubric may not say, and NotFound for what is no assessment of the programme.
    """
    rubric_rules.check(rubric)
    # Who else sets it waits here; who rates by it waits with the people.
    programmes.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    _check_path(session, organisation_id, cohort_id, path)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    everybody = {one.participant_id for one in roster}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=everybody)
    about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id, "path": path}
    stands = rubric_queries.current_rubric(session, **about)
    if (None if stands is None else stands.version) != seen:
        raise rubric_rules.RubricChanged
    if stands is not None and stands.rubric == rubric:
        return False
    made = CurrentRubric(id=new_id(), version=(seen or 0) + 1, rubric=rubric, set_at=now, set_by="")
    told = {"content": json.dumps(rubric_texts.criteria_as_text(rubric)), "rule": rubric.rule, "needed": rubric.needed}
    session.add(RubricVersion(**about, **told, id=made.id, version=made.version, set_at=now, set_by=set_by))
    session.flush()
    _enter(session, about, made, everybody, by=set_by, now=now)
    return True


def rate(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    path: str,
    participant_id: UUID,
    points: Points,
    remark: str,
    version: int,
    seen: UUID | None,
    assessor_id: UUID,
    groups: Groups | None = None,
    now: datetime,
) -> bool:
    """Rate somebody by the rubric; returns whether that says anything else than the assessor's rating before.

    `version` is that of the rubric, and `seen` the assessor's own rating, that the form was made from: RubricChanged or
    RatedMeanwhile is raised where they are others by now. `groups` are those of the assessor, None for all. Raises
    Problems for what a rating may not say, NotFound where there is no such assessment or person, and NotAllowed.
    """
    _check_path(session, organisation_id, cohort_id, path)
    _check_person(session, organisation_id, cohort_id, participant_id, groups)
    # Whoever rates the same person waits here, and then sees the ratings of the one before.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id])
    about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id, "path": path}
    stands = rubric_queries.current_rubric(session, **about)
    past = rubric_queries.ratings_of(session, **about, participant_id=participant_id).get(participant_id, [])
    who = {"participant_id": participant_id, "assessor_id": assessor_id}
    new = NewRating(path=path, **who, version=version, points=points, remark=remark)

    def check(mine: Rating | None) -> None:
        if (None if mine is None else mine.id) != seen:
            raise rubric_rules.RatedMeanwhile

    if not _record(session, about, stands, new, past, now, check) or stands is None:
        return False
    session.flush()
    _enter(session, about, stands, [participant_id], by=assessor_id, now=now)
    return True


def bring_ratings(
    session: Session, *, organisation_id: int, cohort_id: UUID, ratings: Sequence[NewRating], now: datetime
) -> Changed:
    """Add those ratings that say anything else than their assessors' ratings before. All or nothing.

    Whether the assessors rate these people is for whoever brings them to know. Raises RubricChanged where a rubric has
    another version, and Problems for what a rating may not say.
    """
    ids = {one.participant_id for one in ratings}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=ids)
    added = changed = 0
    for path in sorted({one.path for one in ratings}):
        about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id, "path": path}
        stands = rubric_queries.current_rubric(session, **about)
        known = rubric_queries.ratings_of(session, **about)
        concerned = set()
        for one in (one for one in ratings if one.path == path):
            past = known.get(one.participant_id, [])
            before = any(other.assessor_id == one.assessor_id for other in past)
            if _record(session, about, stands, one, past, now):
                concerned.add(one.participant_id)
                added, changed = added + (not before), changed + before
        session.flush()
        if stands is not None:
            _enter(session, about, stands, concerned, by=None, now=now)
    return Changed(added=added, changed=changed, unchanged=len(ratings) - added - changed)


def _record(
    session: Session,
    about: dict[str, Any],
    stands: CurrentRubric | None,
    new: NewRating,
    past: Sequence[Rating],
    now: datetime,
    check: Callable[[Rating | None], None] = lambda mine: None,
) -> bool:
    """Add a rating if it says anything new; `check` may refuse that, seeing the assessor's rating before."""
    if stands is None or stands.version != new.version:
        raise rubric_rules.RubricChanged
    remark = " ".join(new.remark.split())
    rubric_rules.check_rating(stands.rubric, new.points, remark)
    mine = next((one for one in reversed(past) if one.assessor_id == new.assessor_id), None)
    if mine is not None and (mine.version, mine.points, mine.remark) == (new.version, dict(new.points), remark):
        return False
    check(mine)
    told = json.dumps({key: f"{given:f}" for key, given in new.points.items()})
    moment = max([now, *(one.rated_at + timedelta(microseconds=1) for one in past)])
    by = {"id": new_id(), "rubric_id": stands.id, "assessor_id": new.assessor_id, "rated_at": moment}
    session.add(RubricRating(**about, **by, participant_id=new.participant_id, points=told, remark=remark))
    return True


def _check_path(session: Session, organisation_id: int, cohort_id: UUID, path: str) -> None:
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    assessments = queries.assessments_of(session, organisation_id=organisation_id, cohort=cohort)
    if path not in {one.path for one in assessments}:
        raise NotFound(queries.NO_ASSESSMENT, path=path)


def _check_person(
    session: Session, organisation_id: int, cohort_id: UUID, participant_id: UUID, groups: Groups | None
) -> None:
    own = rules.own_groups(groups, cohort_id)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    person = next((one for one in roster if one.participant_id == participant_id), None)
    if person is None:
        raise NotFound(N_("This person is not enrolled in the cohort."))
    if not rules.may_score(person_group=person.group, own=own):
        raise NotAllowed(N_("You don't score this person."))


def _enter(
    session: Session,
    about: dict[str, Any],
    stands: CurrentRubric,
    participant_ids: Collection[UUID],
    *,
    by: UUID | None,
    now: datetime,
) -> None:
    """Enter what the ratings of these people come to, where that or the ratings behind it are others than before.

    `by` is whose doing that is, None for that of the newest rating's assessor.
    """
    ratings = rubric_queries.ratings_of(session, **about)
    rated = rubric_queries.newest_rated(session, **about, participant_ids=participant_ids)
    history = queries.history(
        session, organisation_id=about["organisation_id"], cohort_id=about["cohort_id"], paths=[about["path"]]
    )
    entries: list[tuple[AssessmentEntry, Sequence[Rating]]] = []
    for participant_id in sorted(participant_ids):
        counting = rubric_rules.newest(ratings.get(participant_id, ()))
        score, before = rubric_rules.combined(stands.rubric, counting), rated.get(participant_id)
        now_behind = frozenset(one.id for one in counting)
        if score is None or (before is not None and (before.score, before.rating_ids) == (score, now_behind)):
            continue
        past = history.get((about["path"], participant_id), ())
        values = {
            "score": score,
            "source": "rubric",
            "remark": "",
            "dated_at": None,
            "recorded_by": by or counting[-1].assessor_id,
        }
        values["recorded_at"] = rules.recording_moment(now, past)
        entries.append((AssessmentEntry(**about, **values, id=new_id(), participant_id=participant_id), counting))
    organisation_id = about["organisation_id"]
    service.add(session, organisation_id, [entry for entry, _ in entries], now)
    session.add_all(
        RatedEntry(organisation_id=organisation_id, entry_id=entry.id, rating_id=rating.id, rubric_id=stands.id)
        for entry, counting in entries
        for rating in counting
    )
    session.flush()
