"""A reader of an explanation who has the JSON alone: works every figure out anew, in exact fractions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

FIGURES = ("so_far", "of_all", "best_possible")

Values = tuple[Fraction | None, Fraction | None, Fraction | None]


def shown(value: Fraction | None, rounding: dict[str, Any]) -> str | None:
    """The figure as text: to where it is settled, then half up to the places that are shown."""
    if value is None:
        return None
    settled = Fraction(round(value * 10 ** rounding["settled_at"]), 10 ** rounding["settled_at"])
    places = rounding["places"]
    hundredths = (settled * 10**places + Fraction(1, 2)).__floor__()
    return f"{hundredths // 10**places}.{hundredths % 10**places:0{places}}"


def mean(pairs: list[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    there = [(weight, value) for weight, value in pairs if value is not None]
    total = sum(weight for weight, _ in there)
    return sum((weight * value for weight, value in there), Fraction(0)) / total if total else None


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """The document, and what it comes to."""

    found: dict[str, Any]

    @property
    def rounding(self) -> dict[str, Any]:
        return self.found["programme"]["rounding"]

    def units(self) -> Iterator[dict[str, Any]]:
        for component in self.components():
            yield from component["units"]

    def components(self, inside: list[Any] | None = None) -> Iterator[dict[str, Any]]:
        for one in self.found["components"] if inside is None else inside:
            yield one
            yield from self.components(one["components"])

    def figures(self, component: dict[str, Any] | None = None) -> Values:
        """The three figures of a component, or of the whole: of what it is made of, never of what is told of it."""
        parts = self.found["components"] if component is None else component["components"]
        if parts:
            values = [(Fraction(one["weight"]), self.figures(one)) for one in parts]
        else:
            units = [] if component is None else component["units"]
            values = [(Fraction(one["weight"]), self.values(one)) for one in units]
        so_far, of_all, best = (mean([(weight, three[n]) for weight, three in values]) for n in range(3))
        return so_far, of_all, best

    def values(self, unit: dict[str, Any]) -> Values:
        """What stands in the three figures, from the pieces of evidence that counted."""
        read = {"module": self.module, "session": self.session, "assessment": self.assessment}[unit["kind"]]
        value, best, counts, excluded = read(unit)
        zero = Fraction(0) if value is None else value
        return (None, None, None) if excluded else (zero if counts else None, zero, best)

    def module(self, unit: dict[str, Any]) -> tuple[Fraction | None, Fraction, bool, bool]:
        scores = [Fraction(one["score"]) for one in self.claims(unit) if one["score"] is not None]
        value, hundred = attempt(unit["rule"]["attempts"], scores), Fraction(100)
        if self.overridden(unit):
            return value, value or Fraction(0), True, False
        closed, due = (self.reached(unit[name]) for name in ("closes_at", "due_at"))
        best = (value or Fraction(0)) if closed else attempt(unit["rule"]["attempts"], [*scores, hundred])
        return value, best or Fraction(0), value is not None or due or closed, False

    def session(self, unit: dict[str, Any]) -> tuple[Fraction | None, Fraction, bool, bool]:
        status = self.status(unit)
        if status is None:
            return None, Fraction(100), False, False
        value = Fraction(status["weight"]) * 100
        return value, value, True, status["excluded"]

    def assessment(self, unit: dict[str, Any]) -> tuple[Fraction | None, Fraction, bool, bool]:
        scores = [one["score"] for one in self.claims(unit) if one["score"] is not None]
        value = Fraction(scores[-1]) if scores else None
        return value, Fraction(100) if value is None else value, value is not None, False

    def claims(self, unit: dict[str, Any]) -> list[dict[str, Any]]:
        return [one["claims"] for one in unit["evidence"] if one["counted"]]

    def overridden(self, unit: dict[str, Any]) -> bool:
        return any(one["counted"] and one["source"] == "override" for one in unit["evidence"])

    def status(self, unit: dict[str, Any]) -> dict[str, Any] | None:
        known = {one["code"]: one for one in self.found["programme"]["attendance_statuses"]}
        said = [known[one["status"]] for one in self.claims(unit) if one["status"] in known]
        return said[-1] if said else None

    def reached(self, moment: str | None) -> bool:
        return moment is not None and parsed(moment) <= parsed(self.found["as_of"])

    def absence(self) -> dict[str, Any]:
        units = [*self.units(), *self.found["sessions_for_absence_only"]]
        missed = [
            one for one in units if one["kind"] == "session" and (status := self.status(one)) and status["absent"]
        ]
        missed = [one for one in missed if not self.status(one)["excluded"]]  # type: ignore[index]
        zone = ZoneInfo(self.found["cohort"]["time_zone"])
        days = {parsed(one["starts_at"]).astimezone(zone).date() for one in missed}
        return {
            "sessions": len(missed),
            "jp": sum((Fraction(one["weight"]) for one in missed), Fraction(0)),
            "days": len(days),
        }


def parsed(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def attempt(policy: str, scores: list[Fraction]) -> Fraction | None:
    if not scores:
        return None
    if policy == "mean":
        return sum(scores, Fraction(0)) / len(scores)
    return {"best": max(scores), "last": scores[-1], "first": scores[0]}[policy]
