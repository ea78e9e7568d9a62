"""A participant's figures with every step that leads to them, as one document: plain values, ready for JSON. Pure.

Figures are text, since a reader of JSON may take a number for a float. Moments are text in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lms.assessment.rules import PastEntry
from lms.attendance.rules import PastMark
from lms.dashboards import explanation
from lms.dashboards.explain_values import Document, as_of, canonical, digest, figure, moment, number
from lms.dashboards.explanation import ASSESSMENT_WEIGHT, SHOWN_EXACTLY, Part, Receipt, Term
from lms.programme import rules as programmes
from lms.programme.rules import Module, Programme
from lms.progress.rules import ComponentResult, Evidence, Figures, Result, UnitResult, Weighed

__all__ = [
    "Asked",
    "Document",
    "as_of",
    "canonical",
    "counts_because",
    "digest",
    "document",
    "moment",
    "of_entry",
    "of_mark",
    "of_override",
]

SCHEMA, SCHEMA_VERSION = "padu-explanation", 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a document is about. `organisation`, `cohort` and `participant` are told as they are.

    `details` say more of marks, entries and overrides by their ids; `statements` is the address under which the record
    store gives out statements.
    """

    organisation: Document
    cohort: Document
    participant: Document
    programme: Programme
    fingerprint: bytes
    result: Result
    as_of: datetime
    details: Mapping[UUID, Document]
    statements: str


def document(asked: Asked) -> Document:
    """Everything, from the final figures to each statement, mark, entry and override."""
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "as_of": moment(asked.as_of),
        "organisation": asked.organisation,
        "cohort": asked.cohort,
        "participant": asked.participant,
        "programme": _programme(asked.programme, asked.fingerprint),
        "result": _result(asked.result),
        "receipts": _receipts(explanation.parts_of(asked.result, None)),
        "components": [_component(one, asked) for one in asked.result.components],
        "sessions_for_absence_only": [_unit(one, asked) for one in asked.result.sessions_outside],
    }


def of_mark(mark: PastMark) -> Document:
    """What is known of a mark beside what it claims."""
    return {
        "recorded_by": mark.recorded_by,
        "remark": mark.remark,
        "minutes_late": mark.minutes_late,
        "source": mark.source,
        "source_name": mark.source_name,
        "device": mark.device,
        "made_at": moment(mark.made_at),
        "skew_ms": mark.skew_ms,
    }


def of_entry(entry: PastEntry) -> Document:
    """What is known of an entry beside what it claims."""
    return {"recorded_by": entry.recorded_by, "remark": entry.remark, "source": entry.source}


def of_override(made_by: str | None, reason: str) -> Document:
    """What is known of an override beside what it claims."""
    return {"recorded_by": made_by, "remark": reason}


def counts_because(unit: UnitResult) -> str:
    """Why a unit stands in the so-far figure: `override`, `score`, `closed`, `due`, `mark` or `entry`; empty where it
    does not stand there."""
    if not unit.counts or unit.excluded:
        return ""
    if unit.overridden:
        return "override"
    if unit.kind != "module":
        return "mark" if unit.kind == "session" else "entry"
    return "score" if unit.value is not None else "closed" if unit.closed else "due"


def _programme(programme: Programme, fingerprint: bytes) -> Document:
    limit = programme.absence_limit
    return {
        "code": programme.code,
        "title": programme.title,
        "version": programme.version,
        "fingerprint": fingerprint.hex(),
        "pass_mark": number(programme.pass_mark),
        "rounding": {"settled_at": SHOWN_EXACTLY, "places": programme.places, "mode": programme.mode},
        "absence_limit": {"sessions": limit.sessions, "jp": number(limit.jp), "days": limit.days},
        "predicates": [{"name": one.name, "from": number(one.at_least)} for one in programme.predicates],
        "attendance_statuses": [
            {
                "code": one.code,
                "title": one.title,
                "weight": number(one.weight),
                "absent": one.absent,
                "excluded": one.excluded,
            }
            for one in programme.statuses
        ],
    }


def _result(result: Result) -> Document:
    absence, outstanding = result.absence, result.outstanding
    return {
        "figures": _figures(result.figures),
        "completion": figure(result.completion),
        "jp_done": number(result.jp_done),
        "jp_total": number(result.jp_total),
        "absence": {"sessions": absence.sessions, "jp": number(absence.jp), "days": absence.days},
        "outstanding": {
            "modules": outstanding.modules,
            "sessions": outstanding.sessions,
            "assessments": outstanding.assessments,
        },
        "predicate": result.predicate,
        "status": result.status,
        "reasons": list(result.reasons),
        "valid_until": moment(result.valid_until),
    }


def _figures(figures: Figures) -> Document:
    three = {name: figure(getattr(figures, name)) for name in explanation.FIGURES}
    return three | {"counted": figures.counted, "units": figures.units}


def _receipts(parts: Sequence[Part]) -> list[Document]:
    return [_receipt(one, parts) for one in explanation.receipts(parts)]


def _receipt(receipt: Receipt, parts: Sequence[Part]) -> Document:
    return {
        "figure": receipt.name,
        "terms": [_term(term, part) for term, part in zip(receipt.terms, parts, strict=True)],
        "weights": number(receipt.weights),
        "products": number(receipt.products),
        "result": None if receipt.figure is None else format(receipt.figure, "f"),
    }


def _term(term: Term, part: Part) -> Document:
    of = part.component.path if part.component is not None else part.unit.unit if part.unit is not None else ""
    numbers = {name: number(getattr(term, name)) for name in ("weight", "value", "product")}
    return {"of": of, "title": term.title} | numbers


def _component(one: ComponentResult, asked: Asked) -> Document:
    return {
        "key": one.key,
        "path": one.path,
        "title": one.title,
        "kind": one.kind,
        "weight": number(one.weight),
        "figures": _figures(one.figures),
        "receipts": _receipts(explanation.parts_of(asked.result, one)),
        "components": [_component(inner, asked) for inner in one.components],
        "units": [_unit(unit, asked) for unit in one.units],
    }


def _unit(unit: UnitResult, asked: Asked) -> Document:
    flags = ("done", "outstanding", "completed", "passed", "absent", "excluded", "overridden", "due", "closed")
    module = next((one for one in programmes.modules(asked.programme) if one.iri == unit.unit), None)
    return {
        "kind": unit.kind,
        "unit": unit.unit,
        "code": unit.code,
        "title": unit.title,
        "weight": number(ASSESSMENT_WEIGHT if unit.kind == "assessment" else unit.jp),
        "value": figure(unit.value),
        "best_value": figure(unit.best_value),
        "counts": bool(counts_because(unit)),
        "counts_because": counts_because(unit),
        "status": unit.status,
        **{name: getattr(unit, name) for name in flags},
        **{name: moment(getattr(unit, name)) for name in ("starts_at", "due_at", "closes_at")},
        "rule": None if module is None or unit.kind != "module" else _rule(module),
        "evidence": [_piece(one, asked) for one in unit.evidence],
    }


def _rule(module: Module) -> Document:
    return {
        "attempts": module.attempts,
        "complete_when": module.complete_when,
        "pass_mark": number(module.pass_mark),
        "due_after_days": module.due_after_days,
        "closes_after_days": module.closes_after_days,
        "requires": list(module.requires),
    }


def _piece(weighed: Weighed, asked: Asked) -> Document:
    piece = weighed.evidence
    return {
        "source": piece.source,
        "source_id": str(piece.source_id),
        "address": _address(piece, asked.statements) if piece.source == "xapi" else None,
        "occurred_at": moment(piece.occurred_at),
        "recorded_at": moment(piece.recorded_at),
        "claims": {
            "completed": piece.completed,
            "passed": piece.passed,
            "score": number(piece.score),
            "status": piece.status,
        },
        "voided": piece.voided,
        "counted": weighed.counted,
        "why": weighed.why,
        "details": asked.details.get(piece.source_id),
    }


def _address(piece: Evidence, statements: str) -> str:
    """Where the record store gives the statement out; a voided one has a name of its own to be asked for (xAPI 2.0,
    4.1.6.1)."""
    name = "voidedStatementId" if piece.voided else "statementId"
    return f"{statements}?{name}={piece.source_id}"
