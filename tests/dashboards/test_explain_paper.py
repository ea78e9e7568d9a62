"""An explanation on paper: what it says, in whose language, and that no text in it does any harm."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.dashboards import explain_paper, explain_words
from lms.dashboards.explain_paper import LONGEST, Paper, Piece, own
from tests.attendance.test_paper import NAMES, pages
from tests.dashboards.test_explain_rules import told
from tests.progress.folds import (
    a_cohort,
    a_module,
    a_programme,
    a_session,
    assessment_part,
    attendance_part,
    day,
    entered,
    marked,
    modules_part,
    parent_part,
    said,
)
from tests.progress.histories import History
from tests.world import NOW

FREE = {"name", "title", "code", "identifier", "group", "category", "unit", "remark", "recorded_by"}
HOSTILE = (*NAMES, "W" * 10_000, "<b> " * 2_500, "\x07\n\t\u2028", "שלום \u202e\u2066 12 עולם", "=cmd|' /C calc'!A0")


def a_document() -> dict[str, Any]:
    """One that has something of everything, and every reason for which a piece may not count."""
    first, second = a_session(1), a_session(2)
    mooc = modules_part(a_module(1, attempts="mean", closes_after_days=5), a_module(2, due_after_days=2), weight=50)
    academic = parent_part("akademik", 60, mooc, assessment_part(weight=50))
    programme = a_programme(academic, attendance_part(0), assessment_part("sikap", 40))
    evidence = [
        said(score="66.5", number=1),
        said(score=70, number=1, at=day(2), claim="same"),
        said(score=70, number=1, at=day(2), claim="same"),
        said(score=90, at=day(-1)),
        said(score=90, at=day(6)),
        said(score=90, at=day(3), voided=True),
        marked(first, "alpa", recorded=80),
        marked(first, "terlambat"),
        marked(first, "hadir", source="override"),
        marked(second, "dinas"),
        entered(70, path="akademik.ujian"),
        entered(80, path="akademik.ujian", occurred_at=day(200)),
    ]
    known = {"recorded_by": "Facilitator", "remark": "Ban bocor", "source": "import"}
    details = {one.source_id: known for one in evidence if one.source != "xapi"}
    return told(History(evidence, programme, a_cohort(first, second), None, day(100)), details)


def on_paper(app: Flask, found: dict[str, Any], locale: str = "en") -> Paper:
    with app.test_request_context(), force_locale(locale):
        return explain_words.paper(found, digest="0f" * 32, address="https://padu.example/explain.json", now=NOW)


@pytest.fixture(scope="module")
def words() -> Flask:
    """An app that can only speak: English, and no database."""
    app = Flask("words")
    Babel(app)
    return app


def plain(text: str) -> str:
    """The letters alone, without what keeps them apart from those beside them."""
    return text.translate(dict.fromkeys(map(ord, "\u2068\u2069\u200b")))


def everything(paper: Paper) -> list[Piece]:
    return [piece for part in paper.parts for unit in part.units for piece in unit.pieces]


def written(found: Any, texts: Iterator[str]) -> Any:
    """The document with these texts in place of all that people can write."""
    if isinstance(found, dict):
        return {
            key: next(texts) if key in FREE and isinstance(one, str) else written(one, texts)
            for key, one in found.items()
        }
    return [written(one, texts) for one in found] if isinstance(found, list) else found


def test_it_says_line_by_line_what_counted_and_why_the_rest_did_not(words: Flask) -> None:
    paper = on_paper(words, a_document())
    assert paper.figures == (
        ("So far", "52.06", "4 of 5 count so far"),
        ("Of all", "31.24", "Everything, and what is missing counts as 0. This figure decides."),
        ("Best possible", "86.24", "As if all that is still open went perfectly."),
    )
    titles = ["The whole", "akademik", "akademik › mooc", "akademik › ujian", "hadir", "sikap"]
    assert [plain(part.title) for part in paper.parts] == titles
    assert [(plain(piece.says), piece.verdict, piece.why) for piece in everything(paper)] == [
        ("score 90", "Does not count", "It is dated before the cohort began."),
        ("score 66.5", "Counts", ""),
        ("score 70", "Counts", ""),
        ("score 70", "Does not count", "It repeats an earlier one, which counts once."),
        ("score 90", "Does not count", "It was voided by whoever sent it."),
        ("score 90", "Does not count", "It is dated after the closing."),
        ("score 70", "Counts", ""),
        ("score 80", "Does not count", "It is dated later than the moment of this explanation."),
        ("Alpa", "Does not count", "Another one counts in its place."),
        ("Terlambat", "Does not count", "An override counts in its place."),
        ("Hadir", "Counts", ""),
        ("Dinas", "Counts", ""),
    ]


def test_each_figure_is_written_out_beside_the_others(words: Flask) -> None:
    receipt = on_paper(words, a_document()).parts[1].receipt
    assert receipt is not None
    assert [(plain(line.title), line.weight, line.so_far, line.best_possible) for line in receipt.lines] == [
        ("mooc", "50", ("34.125", "1,706.25"), ("84.125", "4,206.25")),
        ("ujian", "50", ("70", "3,500"), ("70", "3,500")),
    ]
    assert receipt.sum[1:] == ("5,206.25", "5,206.25", "7,706.25")
    assert receipt.divided[1:] == ("÷ 100", "÷ 100", "÷ 100")
    assert receipt.figure[1:] == ("52.06", "52.06", "77.06")


def test_a_unit_says_why_it_counts_and_by_which_rule(words: Flask) -> None:
    units = [unit for part in on_paper(words, a_document()).parts for unit in part.units]
    assert [(plain(unit.title), unit.value, unit.state, unit.facts[0]) for unit in units] == [
        ("Modul 1", "68.25", "Closed", "1 JP · counts so far, since it has a score"),
        ("Modul 2", "no value, so 0", "Late", "1 JP · counts so far, since it is due"),
        ("ujian", "70.00", "Done", "counts so far, since a score was entered"),
        ("Sesi 1", "100.00", "Done · Overridden", "3 JP · counts so far, since it was overridden"),
        ("Sesi 2", "no value", "Does not count", "3 JP · this session is left out of the count"),
        ("sikap", "no value, so 0", "Not yet", "not in “so far”; counts as 0 in “of all”"),
    ]
    assert units[0].facts[1:] == (
        "closes 7 Mar 2026, 08:00 WIB",
        "Which score counts: the mean of all attempts · Done when: completed",
    )


def test_names_are_set_as_they_are_whatever_they_hold(words: Flask) -> None:
    """Every text stands in several places; none is read as markup, and ten thousand letters are cut to a few lines."""
    usual = pages(explain_paper.pdf(on_paper(words, a_document()), language="en"))
    paper = on_paper(words, written(a_document(), cycle(HOSTILE)))
    assert usual <= pages(explain_paper.pdf(paper, language="id")) <= 5 * usual


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(max_size=300), min_size=1))
def test_no_text_breaks_it(words: Flask, texts: list[str]) -> None:
    paper = on_paper(words, written(a_document(), cycle(texts)))
    assert pages(explain_paper.pdf(paper, language="en")) >= 1


@given(st.text())
def test_a_text_of_somebody_turns_nothing_round_that_stands_beside_it(text: str) -> None:
    found = own(text)
    inside = found.removeprefix("\u2068").removesuffix("\u2069")
    assert found in ("", f"\u2068{inside}\u2069")
    assert not set(inside) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\r\x07")
    assert len(inside.replace("\u200b", "")) <= LONGEST + 1
