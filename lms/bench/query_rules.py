"""What measurements of queries come to: times in a small and in a large store, their ratio, and the goal. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lms.bench.rules import hundredths, milliseconds, percentile

PERCENTILES = (50, 95)
MOST = 150
"""Hundredths: how many times longer p95 may take in the large store than in the small one."""
DEEP = 20
"""The page that is asked for where it is deep."""
PAGE = 50
SMALLEST = DEEP * PAGE + 100
"""Statements of a store in which that page is full."""
GROWS = 100


def sizes(statements: int) -> tuple[int, int]:
    """The small store and the large one: a hundredth, in which the deep page is full, and all."""
    return min(statements, max(SMALLEST, statements // GROWS)), statements


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One thing asked for in one store again and again: microseconds over HTTP, and of the query alone.

    `found` is how many statements a page had, at least and at most.
    """

    name: str
    statements: int
    found: tuple[int, int]
    http: Sequence[int]
    layer: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A run: what was asked for in the small store, and the same in the large one."""

    small: Sequence[Asked]
    large: Sequence[Asked]
    written: Mapping[str, int] = field(default_factory=dict)
    """Bytes of the large store in each table and each index; empty on SQLite."""
    place: Mapping[str, str] = field(default_factory=dict)


def ratio(small: Sequence[int], large: Sequence[int], percent: int) -> int:
    """How many times longer the second takes, in hundredths."""
    return percentile(large, percent) * 100 // max(1, percentile(small, percent))


def misses(measured: Measured) -> Iterator[str]:
    """A sentence for each query that takes too much longer in the large store."""
    for small, large in zip(measured.small, measured.large, strict=True):
        found = ratio(small.http, large.http, 95)
        if found > MOST:
            yield (
                f"{small.name}: p95 is {milliseconds(percentile(large.http, 95))} ms among {large.statements:,} "
                f"statements, {hundredths(found)} times that among {small.statements:,}; "
                f"the goal is at most {hundredths(MOST)} times."
            )


def table(measured: Measured) -> Iterator[str]:
    """The measurements in lines of text."""
    first, last = measured.small[0].statements, measured.large[0].statements
    yield f"{'':24}{f'{first:,} statements':>32}{f'{last:,} statements':>32}{'ratio':>9}"
    yield f"{'':24}" + f"{'found':>8}{'p50 ms':>8}{'p95 ms':>8}{'SQL p95':>8}" * 2 + f"{'of p95':>9}"
    for small, large in zip(measured.small, measured.large, strict=True):
        both = "".join(f"{figure:>8}" for one in (small, large) for figure in _figures(one))
        yield f"{small.name:24}{both}{hundredths(ratio(small.http, large.http, 95)):>9}"
    for name, size in measured.written.items():
        yield f"{name:32}{size // max(1, last):>8} bytes for each statement"
    yield ", ".join(f"{name} {value}" for name, value in measured.place.items())


def _figures(one: Asked) -> Iterator[str]:
    least, most = one.found
    yield str(most) if least == most else f"{least}-{most}"
    yield from (milliseconds(percentile(one.http, percent)) for percent in PERCENTILES)
    yield milliseconds(percentile(one.layer, 95))


def report(measured: Measured) -> dict[str, object]:
    """The same as values for JSON; ratios are texts of decimals."""
    return {
        "queries": [
            {
                "name": small.name,
                "stores": [_as_values(small), _as_values(large)],
                "ratio": {f"p{percent}": hundredths(ratio(small.http, large.http, percent)) for percent in PERCENTILES},
            }
            for small, large in zip(measured.small, measured.large, strict=True)
        ],
        "bytes": dict(measured.written),
        "place": dict(measured.place),
        "misses": list(misses(measured)),
    }


def _as_values(one: Asked) -> dict[str, object]:
    return {
        "statements": one.statements,
        "requests": len(one.http),
        "found": list(one.found),
        **{f"http_p{percent}_us": percentile(one.http, percent) for percent in PERCENTILES},
        **{f"sql_p{percent}_us": percentile(one.layer, percent) for percent in PERCENTILES},
    }
