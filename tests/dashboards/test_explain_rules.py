"""The document of an explanation holds all that its figures are made of, and nothing else is needed to check them."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.attendance.rules import PastMark
from lms.dashboards import explain_rules
from lms.errors import DomainError
from lms.progress.rules import result
from lms.settings import ROOT
from tests.dashboards.reckoned import FIGURES, Reckoned, shown
from tests.progress.histories import History, histories

ANI = {"id": str(UUID(int=1)), "identifier": "1990", "name": "Ani", "group": "A", "category": "", "unit": "Dinas"}


def told(history: History, details: dict[UUID, Any] | None = None) -> dict[str, Any]:
    """The JSON of a history, as whoever was handed it reads it."""
    asked = explain_rules.Asked(
        organisation={"slug": "sukabumi", "name": "Kota Sukabumi"},
        cohort={"code": "III", "name": "Angkatan III", "time_zone": history.cohort.time_zone},
        participant=ANI,
        programme=history.programme,
        fingerprint=bytes(32),
        result=result(*history),
        as_of=history.as_of,
        details=details or {},
        statements="https://padu.example/xapi/statements",
    )
    found: dict[str, Any] = json.loads(explain_rules.canonical(explain_rules.document(asked)))
    return found


@given(histories())
def test_every_figure_is_worked_out_from_the_json_alone(history: History) -> None:
    found = Reckoned(found=told(history))
    result_of = {**found.found, **found.found["result"]}
    for told_of, component in ((result_of, None), *((one, one) for one in found.components())):
        figures = [shown(value, found.rounding) for value in found.figures(component)]
        exact = [told_of["figures"][name] for name in FIGURES]
        assert figures == [None if one is None else one["rounded"] for one in exact]
        assert figures == [one["result"] for one in told_of["receipts"]]
        assert_adds_up(told_of)
    absence = found.found["result"]["absence"]
    assert found.absence() == {**absence, "jp": Fraction(absence["jp"])}


def assert_adds_up(of: dict[str, Any]) -> None:
    """Each receipt names all that it is made of, and its lines come to its sum."""
    made_of = [one.get("path", one.get("unit")) for one in (*of["components"], *of.get("units", ()))]
    for receipt in of["receipts"]:
        there = [term for term in receipt["terms"] if term["value"] is not None]
        assert [term["of"] for term in receipt["terms"]] == made_of
        assert sum(Fraction(term["weight"]) for term in there) == Fraction(receipt["weights"])
        products = sum((Fraction(term["product"]) for term in there), Fraction(0))
        assert abs(products - Fraction(receipt["products"])) <= Fraction(len(there) + 1, 10**28)


@given(histories(), st.randoms())
def test_every_piece_of_evidence_is_told_in_one_form_whatever_the_order(history: History, shuffler: Any) -> None:
    found = Reckoned(found=told(history))
    units = [*found.units(), *found.found["sessions_for_absence_only"]]
    pieces = [one for unit in units for one in unit["evidence"]]
    assert all(one["counted"] != bool(one["why"]) for one in pieces)
    assert all(unit["counts"] == (found.values(unit)[0] is not None) for unit in units)
    there = {(unit["kind"], unit["unit"]) for unit in units}
    expected = {(one.source, str(one.source_id)) for one in history.evidence if (one.kind, one.unit) in there}
    assert expected <= {(one["source"], one["source_id"]) for one in pieces}
    again = told(history._replace(evidence=shuffler.sample(history.evidence, len(history.evidence))))
    assert explain_rules.canonical(again) == explain_rules.canonical(found.found)


def test_the_form_is_the_one_of_the_standard() -> None:
    """Sorted keys, no blanks, letters as they are, and only what has to be escaped."""
    assert explain_rules.canonical({"b": ['"\n\u007fé', 1, None], "a": {"z": True}}) == (
        '{"a":{"z":true},"b":["\\"\\n\u007fé",1,null]}'.encode()
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("2026-03-12T08:00:00+07:00", datetime(2026, 3, 12, 1, tzinfo=UTC)),
        ("2026-03-12T08:00:00 07:00", datetime(2026, 3, 12, 1, tzinfo=UTC)),  # as an address decodes a plus
        ("2026-03-12T01:00:00.250001Z", datetime(2026, 3, 12, 1, 0, 0, 250001, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_from_an_address(text: str, moment: datetime | None) -> None:
    assert explain_rules.as_of(text) == moment
    assert explain_rules.as_of(explain_rules.moment(moment) or "") == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("soon", "is no date and time"),
        ("2026-03-12", "does not say in which time zone"),
        ("2026-03-12 08:00", "does not say in which time zone"),
        ("0001-01-01T00:00:00+14:00", "outside the years"),
        ("9999-12-31T23:59:59-14:00", "outside the years"),
        ("9" * 500, "is no date and time"),
    ],
)
def test_what_is_no_moment_is_refused_with_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(DomainError, match=why) as refused:
        explain_rules.as_of(text)
    assert refused.value.place == "as_of"
    assert len(refused.value.message) < 150


def keys(found: Any) -> set[str]:
    """All names in a document."""
    if isinstance(found, dict):
        return set(found).union(*map(keys, found.values()))
    return set().union(*map(keys, found)) if isinstance(found, list) else set()


@given(histories())
@settings(max_examples=5)
def test_all_that_it_holds_is_documented(history: History) -> None:
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    mark = PastMark(**dict.fromkeys(PastMark.__dataclass_fields__))  # type: ignore[arg-type]
    names = keys(told(history)) | keys(explain_rules.of_mark(mark))
    assert {name for name in names if f'"{name}"' not in text and f"`{name}`" not in text} == set()
