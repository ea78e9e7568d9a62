"""The worked example of tests/examples/sukabumi as evidence, read by the test itself from the raw files."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from lms.programme.rules import Programme, components, parse_programme
from lms.progress.rules import (
    EXACT,
    Cohort,
    Evidence,
    Result,
    Session,
    assessment_unit,
    flattened,
    result,
    rounded,
)

FOLDER = Path(__file__).parent.parent / "examples" / "sukabumi"
SPACE = UUID("5f0c0a3e-6d7d-5a54-9c1c-6a0a3e2b9a10")
AS_OF = datetime(2021, 6, 9, 1, tzinfo=UTC)

ADL = "http://adlnet.gov/expapi/verbs/"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"


@dataclass(frozen=True, kw_only=True)
class Example:
    """Everything that is fed to the fold; `evidence` by the participant's identifier."""

    programme: Programme
    cohort: Cohort
    participants: list[dict[str, str]]
    evidence: dict[str, list[Evidence]]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def example() -> Example:
    programme = parse_programme((FOLDER / "programme.toml").read_text(encoding="utf-8"))
    cohort = Cohort(
        id=uuid5(SPACE, "cohort"),
        starts_at=datetime.fromisoformat("2021-04-05T08:00:00+07:00").astimezone(UTC),
        time_zone="Asia/Jakarta",
        sessions=tuple(_session(row) for row in rows("sessions.csv")),
    )
    participants = rows("participants.csv")
    evidence: dict[str, list[Evidence]] = {row["identifier"]: [] for row in participants}
    for identifier, piece in (*_marks(cohort), *_assessments(cohort), *_statements(participants)):
        evidence[identifier].append(piece)
    return Example(programme=programme, cohort=cohort, participants=participants, evidence=evidence)


def _session(row: dict[str, str]) -> Session:
    return Session(
        id=uuid5(SPACE, row["code"]),
        code=row["code"],
        title=row["title"],
        starts_at=datetime.fromisoformat(row["starts_at"]).astimezone(UTC),
        ends_at=datetime.fromisoformat(row["ends_at"]).astimezone(UTC),
        jp=Decimal(row["jp"]),
        group=row["group"] or None,
    )


def _marks(cohort: Cohort) -> Iterator[tuple[str, Evidence]]:
    units = {session.code: str(session.id) for session in cohort.sessions}
    for row in rows("attendance.csv"):
        yield (
            row["identifier"],
            Evidence(
                kind="session",
                unit=units[row["session"]],
                recorded_at=AS_OF,
                source="mark",
                source_id=uuid5(SPACE, f"{row['session']} {row['identifier']}"),
                status=row["status"],
            ),
        )


def _assessments(cohort: Cohort) -> Iterator[tuple[str, Evidence]]:
    for row in rows("assessments.csv"):
        yield (
            row["identifier"],
            Evidence(
                kind="assessment",
                unit=assessment_unit(cohort.id, row["component"]),
                recorded_at=AS_OF,
                source="assessment",
                source_id=uuid5(SPACE, f"{row['component']} {row['identifier']}"),
                score=Decimal(row["score"]),
            ),
        )


def _statements(participants: list[dict[str, str]]) -> Iterator[tuple[str, Evidence]]:
    known = {row["identifier"]: row["identifier"] for row in participants}
    known |= {f"mailto:{row['email']}": row["identifier"] for row in participants}
    lines = (FOLDER / "statements.jsonl").read_text(encoding="utf-8").splitlines()
    # One statement sent twice is stored once, with the moment at which it came first.
    statements = {s["id"]: s for s in reversed([json.loads(line, parse_float=Decimal) for line in lines])}
    voided = {s["object"]["id"] for s in statements.values() if s["verb"]["id"] == f"{ADL}voided"}
    for statement in statements.values():
        who = known.get(statement["actor"].get("mbox") or statement["actor"]["account"]["name"])
        if who is not None and statement["verb"]["id"] != f"{ADL}voided":
            yield who, _claim(statement, statement["id"] in voided)


def _claim(statement: dict[str, Any], voided: bool) -> Evidence:
    verb, outcome = statement["verb"]["id"], statement.get("result", {})
    completes = verb in (f"{ADL}completed", f"{ADL}passed") or outcome.get("completion") is True
    return Evidence(
        kind="module",
        unit=statement["object"]["id"],
        recorded_at=AS_OF,
        source="xapi",
        source_id=UUID(statement["id"]),
        completed=False if verb == UNCOMPLETED else completes or None,
        passed=True if verb == f"{ADL}passed" or outcome.get("success") is True else None,
        score=_score(outcome.get("score", {})),
        occurred_at=datetime.fromisoformat(statement["timestamp"]),
        claim=json.dumps([verb, statement["timestamp"], outcome], sort_keys=True, default=lambda n: str(n.normalize())),
        voided=voided,
    )


def _score(score: dict[str, Any]) -> Decimal | None:
    given = {name: Decimal(value) for name, value in score.items()}
    low, high = given.get("min", Decimal(0)), given.get("max")
    if "raw" in given and high is not None and high > low:
        value = EXACT.divide((given["raw"] - low) * 100, high - low)
    elif "scaled" in given:
        value = given["scaled"] * 100
    else:
        return None
    return min(max(value, Decimal(0)), Decimal(100))


def fold(evidence: list[Evidence], row: dict[str, str], as_of: datetime = AS_OF) -> Result:
    known = example()
    return result(evidence, known.programme, known.cohort, row["group"] or None, as_of)


def exported(row: dict[str, str], found: Result) -> dict[str, str]:
    """A row of expected.csv."""
    by_path = {one.path: one.figures.of_all for one in flattened(found.components)}
    return {
        **{name: row[name] for name in ("identifier", "name", "group", "category")},
        **{one.path: shown(by_path[one.path]) for one in components(example().programme)},
        "so_far": shown(found.figures.so_far),
        "of_all": shown(found.figures.of_all),
        "best_possible": shown(found.figures.best_possible),
        "completion_percent": shown(found.completion),
        "predicate": found.predicate or "",
        "status": found.status,
        "reasons": " ".join(found.reasons),
    }


def shown(figure: Decimal | None) -> str:
    return "" if figure is None else str(rounded(figure))
