"""A second, slow reading of the rules in exact fractions, written apart from the product to be compared with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from lms.programme.rules import AttendanceStatus, Component, Module, Programme
from lms.progress.rules import Cohort, Evidence, Session, assessment_unit

Three = list[Fraction | None]


@dataclass(kw_only=True)
class Oracle:
    """One participant at one moment. `evidence` is free of repeats of the same piece."""

    evidence: list[Evidence]
    programme: Programme
    cohort: Cohort
    group: str | None
    as_of: datetime

    def told(self) -> dict[str, Any]:
        """Everything that an export shows, and a little more, by name."""
        figures: dict[str, Three] = {}
        whole = self.mean_of(self.programme.components, figures)
        attends = any(c.kind == "attendance" for c in leaves(self.programme.components))
        modules = [m for c in leaves(self.programme.components) for m in c.modules]
        sessions = [(s, status) for s in self.cohort.sessions if (status := self.status_at(s)) != "not theirs"]
        counted = [(s, status) for s, status in sessions if attends and not (status and status.excluded)]
        states = [self.module(m) for m in modules]
        present = [s for s, status in counted if status is not None and not status.absent]
        done = [m.jp for m, state in zip(modules, states, strict=True) if state["done"]] + [s.jp for s in present]
        total = [m.jp for m in modules] + [s.jp for s, _ in counted]
        entries = [self.assessment(c) for c in leaves(self.programme.components) if c.kind == "assessment"]
        outstanding = (
            sum(not (state["done"] or state["closed"] or state["settled"]) for state in states),
            sum(status is None for _, status in counted),
            entries.count(None),
        )
        missed = [s for s, status in sessions if status is not None and status.absent and not status.excluded]
        days = {s.starts_at.astimezone(ZoneInfo(self.cohort.time_zone)).date() for s in missed}
        absence = (len(missed), sum((s.jp for s in missed), Decimal(0)), len(days))
        limit, of_all, best = self.programme.absence_limit, half_up(whole[1]), half_up(whole[2])
        reasons = [
            f"absence.{name}"
            for name, more in zip(("sessions", "jp", "days"), absence, strict=True)
            if getattr(limit, name) is not None and more > getattr(limit, name)
        ]
        if any(state["closed"] and not state["done"] for state in states):
            reasons.append("module.closed")
        if not any(outstanding) and of_all is not None and of_all < self.programme.pass_mark:
            reasons.append("pass.below")
        if best is not None and best < self.programme.pass_mark:
            reasons.append("pass.unreachable")
        bands = [p for p in self.programme.predicates if of_all is not None and p.at_least <= of_all]
        band = max(bands, key=lambda p: p.at_least).name if bands and not any(outstanding) else None
        return {
            "figures": {path: [half_up(value) for value in three] for path, three in figures.items()},
            "whole": [half_up(value) for value in whole],
            "completion": half_up(Fraction(100 * sum(done)) / Fraction(sum(total))) if sum(total) else None,
            "absence": absence,
            "outstanding": outstanding,
            "predicate": band,
            "reasons": tuple(reasons),
            "status": "review" if reasons else "in_progress" if any(outstanding) else "eligible",
        }

    def mean_of(self, components: Iterable[Component], found: dict[str, Three]) -> Three:
        parts = []
        for c in components:
            found[c.path] = self.mean_of(c.components, found) if c.components else self.leaf(c)
            parts.append((Fraction(c.weight), found[c.path]))
        return [mean([(w, three[i]) for w, three in parts if three[i] is not None]) for i in range(3)]

    def leaf(self, c: Component) -> Three:
        units: list[tuple[Fraction, Fraction | None, Fraction, bool]] = []
        if c.kind == "assessment":
            score = self.assessment(c)
            units.append((Fraction(1), score, Fraction(100) if score is None else score, score is not None))
        elif c.kind == "attendance":
            for s in self.cohort.sessions:
                status = self.status_at(s)
                if status is None:
                    units.append((Fraction(s.jp), None, Fraction(100), False))
                elif status != "not theirs" and not status.excluded:
                    value = Fraction(status.weight) * 100
                    units.append((Fraction(s.jp), value, value, True))
        else:
            for m in c.modules:
                state = self.module(m)
                counts = state["score"] is not None or state["due"] or state["closed"] or state["settled"]
                units.append((Fraction(m.jp), state["score"], state["best"], counts))
        zero = Fraction(0)
        return [
            mean([(jp, value or zero) for jp, value, _, counts in units if counts]),
            mean([(jp, value or zero) for jp, value, _, _ in units]),
            mean([(jp, best) for jp, _, best, _ in units]),
        ]

    def of(self, kind: str, unit: str) -> list[Evidence]:
        there = [e for e in self.evidence if (e.kind, e.unit) == (kind, unit) and not e.voided]
        return [e for e in there if e.source != "override"]

    def override(self, kind: str, key: str) -> Evidence | None:
        made = [e for e in self.evidence if e.source == "override" and (e.kind, e.unit) == (kind, key)]
        made = [e for e in made if not e.voided and e.recorded_at <= self.as_of]
        return max(made, key=lambda e: (e.recorded_at, str(e.source_id)), default=None)

    def at(self, days: int) -> datetime:
        local = self.cohort.starts_at.astimezone(ZoneInfo(self.cohort.time_zone))
        later = datetime.combine(local.date() + timedelta(days=days), local.time(), local.tzinfo)
        return later.astimezone(UTC)

    def module(self, m: Module) -> dict[str, Any]:
        closings = [self.cohort.ends_at] if self.cohort.ends_at else []
        closings += [self.at(m.closes_after_days)] if m.closes_after_days is not None else []
        closed = any(closing <= self.as_of for closing in closings)
        moments = [
            (e.occurred_at or e.recorded_at, e.recorded_at, str(e.source_id), e) for e in self.of("module", m.iri)
        ]
        said: list[Evidence] = []
        for moment, _, _, e in sorted(moments, key=lambda row: row[:3]):
            inside = self.cohort.starts_at <= moment <= min([self.as_of, *closings])
            if inside and (e.claim is None or e.claim not in [other.claim for other in said]):
                said.append(e)
        scores = [Fraction(e.score) for e in said if e.score is not None]
        score = attempt(m.attempts, scores)
        completed = False
        for e in said:
            completed = completed if e.completed is None else e.completed
        passed = any(e.passed for e in said)
        if m.pass_mark is not None and score is not None:
            passed = passed or score >= Fraction(m.pass_mark)
        done = {"completed": completed, "passed": passed}.get(m.complete_when, completed and passed)
        best = (score or Fraction(0)) if closed else attempt(m.attempts, [*scores, Fraction(100)])
        due = m.due_after_days is not None and self.at(m.due_after_days) <= self.as_of
        decided = self.override("module", f"{self.cohort.id}/{m.iri}")
        if decided is not None:
            score = None if decided.score is None else Fraction(decided.score)
            settled = {"score": score, "best": score or Fraction(0), "done": decided.completed is True}
            return settled | {"due": due, "closed": closed, "settled": True}
        return {"score": score, "best": best, "done": done, "due": due, "closed": closed, "settled": False}

    def status_at(self, s: Session) -> AttendanceStatus | Any | None:
        marks = sorted(self.of("session", str(s.id)), key=lambda e: (e.recorded_at, str(e.source_id)))
        codes = {status.code: status for status in self.programme.statuses}
        decided = self.override("session", str(s.id))
        if decided is not None:
            return codes[str(decided.status)]
        if marks and marks[-1].status in codes and s.starts_at <= self.as_of:
            return codes[str(marks[-1].status)]
        return None if s.group is None or s.group == self.group else "not theirs"

    def assessment(self, c: Component) -> Fraction | None:
        decided = self.override("assessment", assessment_unit(self.cohort.id, c.path))
        if decided is not None and decided.score is not None:
            return Fraction(decided.score)
        entries = [
            (e.occurred_at or e.recorded_at, e.recorded_at, str(e.source_id), e.score)
            for e in self.of("assessment", assessment_unit(self.cohort.id, c.path))
            if e.occurred_at is None or e.occurred_at <= self.as_of
        ]
        score = max(entries)[3] if entries else None
        return None if score is None else Fraction(score)


def leaves(components: Iterable[Component]) -> list[Component]:
    return [leaf for c in components for leaf in (leaves(c.components) if c.components else [c])]


def attempt(policy: str, scores: list[Fraction]) -> Fraction | None:
    if not scores:
        return None
    if policy == "mean":
        return sum(scores, Fraction(0)) / len(scores)
    return {"best": sorted(scores)[-1], "last": scores[-1], "first": scores[0]}[policy]


def mean(pairs: list[tuple[Fraction, Any]]) -> Fraction | None:
    total = sum(weight for weight, _ in pairs)
    return sum((weight * value for weight, value in pairs), Fraction(0)) / total if total else None


def half_up(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal((value * 100 + Fraction(1, 2)).__floor__()) / 100
