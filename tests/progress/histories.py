"""Random programmes, cohorts and histories on a coarse grid of moments, so that ties and edges come up all the time."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from lms.programme.rules import AbsenceLimit, Component, Programme
from lms.progress.rules import Cohort, Evidence, Session, assessment_unit
from tests.progress.folds import (
    COHORT_ID,
    STATUSES,
    a_cohort,
    a_module,
    a_programme,
    a_session,
    assessment_part,
    attendance_part,
    day,
    modules_part,
    parent_part,
)


class History(NamedTuple):
    """The arguments of the fold, in its order."""

    evidence: list[Evidence]
    programme: Programme
    cohort: Cohort
    group: str | None
    as_of: datetime


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


moments = st.integers(-4, 48).map(lambda quarter: day(quarter / 4))
jps = st.sampled_from(["1", "3", "7", "0.3", "0"]).map(Decimal)
percents = st.sampled_from(["0", "33.33", "50", "66.666666666666666666666666666667", "70", "70.01", "100"]).map(Decimal)

given_modules = st.fixed_dictionaries(
    {
        "jp": jps,
        "attempts": st.sampled_from(["best", "last", "first", "mean"]),
        "complete_when": st.sampled_from(["completed", "passed", "completed_and_passed"]),
        "pass_mark": maybe(percents),
        "due_after_days": maybe(st.integers(0, 12)),
        "closes_after_days": maybe(st.integers(0, 12)),
    }
)


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    modules = [a_module(number, **draw(given_modules)) for number in range(draw(st.integers(0, 4)))]
    half = len(modules) // 2
    rest = parent_part("akademik", 40, modules_part(*modules[half:], weight="33.3"), assessment_part(weight="66.7"))
    parts: tuple[Component, ...] = (modules_part(*modules[:half], weight=25), rest, assessment_part("sikap", 35))
    if draw(st.booleans()):
        parts = (*parts[:2], assessment_part("sikap", 25), attendance_part(10))
    limit = AbsenceLimit(
        sessions=draw(maybe(st.integers(0, 2))), jp=draw(maybe(jps)), days=draw(maybe(st.integers(0, 2)))
    )
    return a_programme(*parts, absence_limit=limit, pass_mark=draw(percents))


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    sessions = [
        a_session(number, starts_at=draw(moments), jp=draw(jps), group=draw(maybe(st.sampled_from("AB"))))
        for number in range(draw(st.integers(0, 5)))
    ]
    zone = draw(st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "America/New_York"]))
    return a_cohort(*sessions, ends_at=draw(maybe(moments)), time_zone=zone)


@st.composite
def pieces(draw: st.DrawFn, sessions: tuple[Session, ...], number: int) -> Evidence:
    kind = draw(st.sampled_from(["module", "session", "assessment"]))
    units = {
        "module": [f"https://mooc.example/modul/{n}" for n in range(4)],
        "session": [str(session.id) for session in sessions] or ["unknown"],
        "assessment": [assessment_unit(COHORT_ID, path) for path in ("akademik.ujian", "sikap")],
    }
    said: dict[str, Any] = {"occurred_at": draw(maybe(moments))} if kind != "session" else {}
    if kind == "module":
        said |= {"completed": draw(maybe(st.booleans())), "passed": draw(st.sampled_from([None, None, True]))}
    if kind == "session":
        said["status"] = draw(st.sampled_from([None, *(status.code for status in STATUSES)]))
    else:
        said["score"] = draw(maybe(percents))
    piece = {
        "kind": kind,
        "unit": draw(st.sampled_from(units[kind])),
        "recorded_at": draw(moments),
        "source": kind,
        "source_id": UUID(int=draw(st.integers(0, 3)) * 1000 + number),
        "voided": draw(st.integers(0, 5)) == 0,
    }
    if kind == "module" and draw(st.booleans()):
        claim = [said["occurred_at"] or piece["recorded_at"], said["completed"], said["passed"], said["score"]]
        said["claim"] = repr(claim)
    return Evidence(**piece | said)


@st.composite
def overrides(draw: st.DrawFn, sessions: tuple[Session, ...], number: int) -> Evidence:
    """What somebody decides about a unit: of this cohort, or of another one, where it must mean nothing."""
    kind = draw(st.sampled_from(["module", "assessment", *(["session"] if sessions else [])]))
    of = draw(st.sampled_from([COHORT_ID, COHORT_ID, UUID(int=8)]))
    said: dict[str, Any]
    if kind == "module":
        unit = f"{of}/https://mooc.example/modul/{draw(st.integers(0, 3))}"
        said = {"score": draw(maybe(percents)), "completed": draw(st.booleans())}
    elif kind == "session":
        unit = str(draw(st.sampled_from(sessions)).id)
        said = {"status": draw(st.sampled_from(STATUSES)).code}
    else:
        unit = f"{of}/{draw(st.sampled_from(['akademik.ujian', 'sikap']))}"
        said = {"score": draw(percents)}
    made = {"recorded_at": draw(moments), "source_id": UUID(int=draw(st.integers(0, 3)) * 1000 + 500 + number)}
    return Evidence(kind=kind, unit=unit, source="override", **said, **made)


@st.composite
def histories(draw: st.DrawFn) -> History:
    programme, cohort = draw(programmes()), draw(cohorts())
    evidence = [draw(pieces(cohort.sessions, number)) for number in range(draw(st.integers(0, 14)))]
    evidence += [draw(overrides(cohort.sessions, number)) for number in range(draw(st.integers(0, 4)))]
    again = draw(st.lists(st.sampled_from(evidence), max_size=3)) if evidence else []
    for number, piece in enumerate(again, start=100):
        evidence.append(replace(piece, source_id=UUID(int=number), recorded_at=draw(moments), voided=False))
    as_of = draw(moments | st.just(day(13)))
    return History(evidence, programme, cohort, draw(maybe(st.sampled_from("AB"))), as_of)
