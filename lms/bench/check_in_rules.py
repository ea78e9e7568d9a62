"""What a rush of check-ins comes to: what was answered and kept, how long it took, and the goal. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lms.bench.rules import MICROSECONDS, milliseconds, percentile

PERCENTILES = (50, 95, 99)
GOAL = 200
"""Milliseconds under which p95 of showing the page, and of the claim, have to be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A run: `people` came within so many `seconds`, and opened the page of the QR and pressed its button.

    `pages` are microseconds from the moment at which somebody meant to open the page until it was there, `claims` from
    the press until the answer. `claimed` were told that they are checked in, `kept` have a claim on record, `marked`
    have a mark after all claims were accepted, which took `accepting` microseconds. `late` is by how many microseconds
    the sender was behind at most.
    """

    people: int
    seconds: int
    pages: Sequence[int]
    claims: Sequence[int]
    claimed: int
    kept: int
    marked: int
    accepting: int
    late: int = 0
    place: Mapping[str, str] = field(default_factory=dict)


def misses(measured: Measured) -> Iterator[str]:
    """A sentence for each figure that misses its goal."""
    for name, spent in (("the page", measured.pages), ("the claim", measured.claims)):
        found = percentile(spent, 95)
        if found >= GOAL * MICROSECONDS:
            yield f"{name}: p95 is {milliseconds(found)} ms; the goal is under {GOAL} ms."
    told = {"told so": measured.claimed, "on record": measured.kept, "marked afterwards": measured.marked}
    for words, number in told.items():
        if number != measured.people:
            yield f"of {measured.people:,} people {number:,} were {words}; none may be lost."


def table(measured: Measured) -> Iterator[str]:
    """The measurements in lines of text."""
    yield f"{measured.people:,} people within {measured.seconds} seconds"
    yield f"{'':12}{'requests':>10}" + "".join(f"{f'p{percent} ms':>10}" for percent in PERCENTILES) + f"{'goal':>12}"
    for name, spent in (("page", measured.pages), ("claim", measured.claims)):
        times = "".join(f"{milliseconds(percentile(spent, percent)):>10}" for percent in PERCENTILES)
        yield f"{name:12}{len(spent):>10}{times}{f'p95 < {GOAL}':>12}"
    yield f"{measured.claimed:,} were told so, {measured.kept:,} are on record, {measured.marked:,} marked afterwards"
    yield f"accepting all claims took {milliseconds(measured.accepting)} ms"
    yield f"the sender was behind by {milliseconds(measured.late)} ms at most"
    yield ", ".join(f"{name} {value}" for name, value in measured.place.items())


def report(measured: Measured) -> dict[str, object]:
    """The same as values for JSON; times are whole microseconds."""
    return {
        "people": measured.people,
        "seconds": measured.seconds,
        "claimed": measured.claimed,
        "kept": measured.kept,
        "marked": measured.marked,
        "accepting_us": measured.accepting,
        "late_us": measured.late,
        **{f"page_p{percent}_us": percentile(measured.pages, percent) for percent in PERCENTILES},
        **{f"claim_p{percent}_us": percentile(measured.claims, percent) for percent in PERCENTILES},
        "goal": {"p95_ms": GOAL},
        "place": dict(measured.place),
        "misses": list(misses(measured)),
    }
