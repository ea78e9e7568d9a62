"""Small values: IRIs, mailboxes, moments, durations, language tags, numbers."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.programme.rules import ProgrammeErrors, parse_programme
from lms.xapi import tree, values

IRIS = ("https://x.example/a?b=c#d", "https://x.example/%C3%A9", "https://x.example/é", "urn:x:1")
NO_IRIS = (
    "https://x.example/100%",
    "https://x.example/#a#b",
    "https://:80/",
    "https://",
    "urn:x:a\u0085",
    "\u212ax:a",
    "x",
)


@pytest.mark.parametrize("iri", [*IRIS, *NO_IRIS])
def test_a_programme_may_name_what_a_statement_can_and_nothing_else(iri: str) -> None:
    """Of a module that no statement can name, nobody would ever be done."""
    module = {"iri": iri, "url": iri} if iri.startswith("http") else {"iri": iri}
    lines = "".join(f"{name} = {json.dumps(text)}\n" for name, text in module.items())
    text = 'code = "x"\ntitle = "X"\nversion = 1\npass_mark = "70"\n[[component]]\nkey = "a"\nkind = "modules"\n'
    text += f'weight = "100"\n[[component.module]]\n{lines}'
    try:
        parse_programme(text)
        refused = []
    except ProgrammeErrors as error:
        refused = [problem.place.rpartition(".")[2] for problem in error.problems]

    assert values.is_iri(iri) is (iri in IRIS)
    assert refused == ([] if iri in IRIS else list(module))


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example",
        "HTTPS://x.example/a?b=c#d",
        "http://x.example/path/../other",
        "http://[::1]/a",
        "https://x.example/?a[]=1",
        "https://x.example/%C3%A9",
        "https://x.example/é/中",
        "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
        "tag:x.example,2026:a",
        "mailto:a@example.com",
    ],
)
def test_it_takes_an_absolute_iri(text: str) -> None:
    assert values.is_iri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x.example",
        "/a",
        "//x.example/a",
        "https:",
        "https://",
        "https:/x.example",
        "http:x.example",
        "1http://x.example",
        "https://x.example/a b",
        "https://x.example/a\n",
        "https://x.example/\u0000",
        "https://x.example/<a>",
        "https://x.example/{a}",
        "https://x.example/100%",
        "https://x.example/%zz",
        "https://x.example/#a#b",
        " https://x.example",
        "https://x.example/\ud800",
    ],
)
def test_it_takes_nothing_else_for_an_iri(text: str) -> None:
    assert not values.is_iri(text)


@pytest.mark.parametrize(
    "text",
    ["en", "id", "en-US", "zh-Hant", "zh-Hant-TW", "sl-rozaj-biske", "de-CH-1901", "es-419", "en-a-bbb-x-a-ccc",
     "x-whatever", "i-klingon", "en-GB-oed", "zh-min-nan", "cel-gaulish", "art-lojban", "und", "sgn-BE-FR",
     "de-1996-u-co-phonebk", "hy-Latn-IT-arevela", "EN-us"],
)  # fmt: skip
def test_it_takes_a_language_tag(text: str) -> None:
    assert values.is_language_tag(text)


@pytest.mark.parametrize(
    "text",
    ["", "e", "en_US", "en-", "-en", "a12345", "something", "en--US", "en-a", "en-a-bbb-a-ccc", "de-DE-1901-1901", "x",
     "en-x", "en-abcdefghi", "i-unknown", "en-US-GB", "en\n", "ｅｎ", "de-419-DE", "1234", "en-x-123456789", "K-a"],
)  # fmt: skip
def test_it_takes_nothing_else_for_a_language_tag(text: str) -> None:
    assert not values.is_language_tag(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T09:30:00+07:00", datetime(2026, 3, 2, 2, 30, tzinfo=UTC)),
        ("2026-03-02T02:30:00Z", datetime(2026, 3, 2, 2, 30, tzinfo=UTC)),
        ("2026-03-02t02:30:00z", datetime(2026, 3, 2, 2, 30, tzinfo=UTC)),
        ("2026-03-01T20:00:00.5-06:30", datetime(2026, 3, 2, 2, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T02:30:00.1234569Z", datetime(2026, 3, 2, 2, 30, 0, 123_456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2024-02-29T00:00:00+00:00", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_it_reads_a_timestamp_of_rfc_3339(text: str, moment: datetime) -> None:
    assert values.instant(text, strict=True) == values.instant(text, strict=False) == moment


@pytest.mark.parametrize(
    "text", ["2026-03-02T02:30", "2026-03-02T02:30:00", "2026-03-02T09:30:00+07", "2026-03-02T09:30:00+0700"]
)
def test_it_reads_other_forms_of_iso_8601_unless_strict(text: str) -> None:
    assert values.instant(text, strict=False) == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    assert values.instant(text, strict=True) is None


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-03-02", "20260302T023000Z", "2026-3-2T02:30:00Z", "2026-13-01T00:00:00Z", "2026-03-02T25:00:00Z",
     "2026-03-02T02:30:00-00:00", "2026-03-02T02:30:00-0000", "2026-03-02T02:30:00-00", "2026-03-02T02:30:00+07:60",
     "2026-03-02T02:30:00.Z", "2026-03-02T02:30:61Z", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00Z",
     "２026-03-02T02:30:00Z", "2026-03-02T02:30:00Z\n", "2026-03-02T02:30:00 07:00"],
)  # fmt: skip
def test_it_reads_nothing_else_as_a_timestamp(text: str) -> None:
    assert values.instant(text, strict=True) is None
    assert values.instant(text, strict=False) is None


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_a_timestamp_reads_as_the_moment_it_was_written_of(moment: datetime) -> None:
    text = values.timestamp(moment)

    assert values.instant(text, strict=True) == moment
    assert len(text.partition(".")[2]) in (4, 7)


IMPOSSIBLE = ("0000-01-01", "2026-02-30")
digits = st.text("0123456789", min_size=2, max_size=2)


@settings(deadline=None)
@given(
    st.dates().map(str) | st.sampled_from([*IMPOSSIBLE, "9999-12-31", "0001-01-01"]),
    st.tuples(digits, digits, digits).map(":".join),
    st.just("") | st.text("0123456789", min_size=1, max_size=12).map(".{}".format),
)
def test_a_moment_in_utc_is_the_same_however_that_is_written(date: str, time: str, fraction: str) -> None:
    moments = {values.instant(f"{date}T{time}{fraction}{zone}", strict=True) for zone in ("Z", "z", "+00:00")}

    (moment,) = moments
    assert moment is None or moment.tzinfo is UTC
    assert (moment is None) <= (time > "23:59:59" or time[3:] > "59:59" or time[6:] > "59" or date in IMPOSSIBLE)


@pytest.mark.parametrize(
    "text",
    ["P1Y", "P1M", "P4W", "P1D", "PT1H", "PT1M", "PT0S", "PT0.125S", "PT1,5H", "P1DT12H36M0.12567S",
     "P3Y1M29DT4H35M59.14S", "P0.5Y", "PT16559.14S"],
)  # fmt: skip
def test_it_takes_a_duration(text: str) -> None:
    assert values.is_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1", "1H", "PT1", "P1DT", "P1H", "PT1D", "P1W1D", "P4WT1H", "PT1.5H2M", "P1.5DT1H", "-PT1H",
     "PT-1H", "pt1h", "P1D1Y", "PT1S1H", "P1YT", "PT1H\n", "PT.5S", "PT1.S", "P1Y2", "P0003-06-04T12:30:05"],
)  # fmt: skip
def test_it_takes_nothing_else_for_a_duration(text: str) -> None:
    assert not values.is_duration(text)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("PT0.129S", "PT0.12S"),
        ("P1DT12H36M0.12567S", "P1DT12H36M0.12S"),
        ("PT0.1S", "PT0.1S"),
        ("PT1,999S", "PT1,99S"),
        ("PT1.999H", "PT1.999H"),
        ("P4W", "P4W"),
    ],
)
def test_it_truncates_what_is_finer_than_a_hundredth_of_a_second(text: str, cut: str) -> None:
    assert values.truncated(text) == cut


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PT1.10S", "PT1.1S"),
        ("PT1,5S", "PT1.5S"),
        ("PT01H", "PT1H"),
        ("PT1H0M0S", "PT1H"),
        ("P0DT1H", "PT1H"),
        ("PT0.129S", "PT0.12S"),
        ("PT0.001S", "PT0S"),
        ("P0D", "PT0S"),
    ],
)
def test_forms_of_one_duration_are_one(one: str, other: str) -> None:
    assert values.duration_form(one) == values.duration_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("PT60M", "PT1H"), ("PT24H", "P1D"), ("P1M", "PT1M"), ("P7D", "P1W"), ("PT0.12S", "PT0.13S"), ("P10D", "P1D")],
)
def test_durations_of_other_units_stay_different(one: str, other: str) -> None:
    assert values.duration_form(one) != values.duration_form(other)


@pytest.mark.parametrize(
    "text", ["text/plain", "text/plain; charset=utf-8", "application/vnd.x+json", 'image/svg+xml;q=1;a="b"']
)
def test_it_takes_a_media_type(text: str) -> None:
    assert values.is_media_type(text)


@pytest.mark.parametrize("text", ["", "text", "text/", "/plain", "text/plain\n", "text/plain; a\r\nb", "text /plain"])
def test_it_takes_nothing_else_for_a_media_type(text: str) -> None:
    assert not values.is_media_type(text)


@pytest.mark.parametrize(
    ("length", "known"), [(40, False), (56, True), (64, True), (65, False), (96, True), (128, True)]
)
def test_a_sha2_has_the_length_of_one_of_its_kinds(length: int, known: bool) -> None:
    assert values.is_sha2("aF" * (length // 2) + "0" * (length % 2)) is known


@pytest.mark.parametrize(
    "texts", [("80", "80.0", "8e1", "800E-1", "80.000"), ("0", "-0", "0.00", "0e9"), ("-1.5", "-15e-1")]
)
def test_forms_of_one_number_are_one(texts: tuple[str, ...]) -> None:
    assert len({tree.number_form(Decimal(text)) for text in texts}) == 1


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False))
def test_two_numbers_have_one_form_exactly_where_they_are_equal(one: Decimal, other: Decimal) -> None:
    assert (tree.number_form(one) == tree.number_form(other)) == (one == other)
    assert Decimal(tree.number_form(one)) == one


def test_a_number_keeps_the_form_in_which_it_was_sent() -> None:
    text = '{"a":[80.0,8e1,-0.0,1E+2,0.10,123456789012345678901234567890.123456789]}'

    assert tree.dump(tree.parse(text)) == text
