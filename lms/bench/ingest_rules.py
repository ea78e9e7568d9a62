"""What measurements of ingest come to: rates, ratios to the floor, goals, and how they are told. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lms.bench.rules import MICROSECONDS, milliseconds, percentile

TOGETHER = ((50, 16), (500, 4))
"""Statements in a batch, and connections that send batches."""
ALONE = (1, 8, 32)
"""Connections that send one statement at a time."""
ALONE_NAME = "one at a time"
SIZES = (1, 500)
"""Batches whose SQL statements are counted."""
ONE_IN = 10
"""Of so many statements one counts, where projection is measured."""
PERCENTILES = (50, 95, 99)
HALF = 50
LARGEST = 250 * 1024
"""Kilobytes of memory that a process of the server may have."""
LATEST = 1_000_000
"""Microseconds from the answer until the figure shows, at p99."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A way of sending: statements a second on the floor and over HTTP, and the microseconds of each HTTP request.

    `client` is what sending took of one processor, in whole percent.
    """

    name: str
    connections: int
    floor: int
    reached: int
    microseconds: Sequence[int]
    client: int = 0

    @property
    def percent(self) -> int:
        """What HTTP reaches of the floor, in whole percent."""
        return self.reached * 100 // max(1, self.floor)

    @property
    def has_goal(self) -> bool:
        """Batches, and one at a time on the most connections, should reach half of the floor."""
        return self.name != ALONE_NAME or self.connections == ALONE[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process of the server, its memory in kB: the most that was ever resident, and its fair share now."""

    name: str
    peak: int
    share: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """Statements a second that were to come in and that did, and the microseconds from each answer until it showed."""

    people: int
    wanted: int
    reached: int
    microseconds: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A run. `sql` is the SQL statements of a batch by its size, `place` what it was measured on."""

    lines: Sequence[Line]
    processes: Sequence[Process] = ()
    sql: Mapping[int, int] = field(default_factory=dict)
    projection: Projection | None = None
    place: Mapping[str, str] = field(default_factory=dict)


def misses(measured: Measured) -> Iterator[str]:
    """A sentence for each figure that misses its goal."""
    for line in measured.lines:
        if line.has_goal and line.percent < HALF:
            yield f"{line.name} on {line.connections} connections: {line.percent} % of the floor; the goal is {HALF} %."
    for one in measured.processes:
        if one.peak > LARGEST:
            yield f"{one.name} had {one.peak // 1024} MB; the goal is at most {LARGEST // 1024} MB."
    if len(set(measured.sql.values())) > 1:
        told = ", ".join(f"{number} for a batch of {size}" for size, number in measured.sql.items())
        yield f"SQL statements: {told}; the goal is the same number."
    shown = measured.projection
    if shown is not None and percentile(shown.microseconds, 99) > LATEST:
        late = milliseconds(percentile(shown.microseconds, 99))
        yield f"projection: p99 is {late} ms; the goal is at most {LATEST // MICROSECONDS} ms."


def table(measured: Measured) -> Iterator[str]:
    """The measurements in lines of text."""
    heads = ("conns", "floor/s", "HTTP/s", "of floor", "p50 ms", "p95 ms", "p99 ms", "client")
    yield f"{'':16}" + "".join(f"{head:>10}" for head in heads)
    for line in measured.lines:
        figures = (line.connections, line.floor, line.reached, f"{line.percent} %", *_times(line.microseconds))
        yield f"{line.name:16}" + "".join(f"{figure:>10}" for figure in (*figures, f"{line.client} %"))
    if measured.sql:
        told = ", ".join(f"{number} for a batch of {size}" for size, number in measured.sql.items())
        yield f"SQL statements: {told}"
    for one in measured.processes:
        yield f"memory of {one.name}: {one.peak // 1024} MB at most, its share {one.share // 1024} MB"
    if measured.projection is not None:
        yield from _projection(measured.projection)
    yield ", ".join(f"{name} {value}" for name, value in measured.place.items())


def _projection(shown: Projection) -> Iterator[str]:
    yield (
        f"projection: {shown.reached} statements/s (wanted {shown.wanted}), one in {ONE_IN} counts, "
        f"{shown.people} people; from the answer until the figure shows, {len(shown.microseconds)} times:"
    )
    yield f"{'':16}" + " ".join(
        f"p{percent} {time} ms" for percent, time in zip(PERCENTILES, _times(shown.microseconds), strict=True)
    )


def _times(microseconds: Sequence[int]) -> Iterator[str]:
    return (milliseconds(percentile(microseconds, percent)) for percent in PERCENTILES)


def report(measured: Measured) -> dict[str, object]:
    """The same as values for JSON."""
    shown = measured.projection
    return {
        "ingest": [
            {
                "name": line.name,
                "connections": line.connections,
                "floor_per_second": line.floor,
                "http_per_second": line.reached,
                "percent_of_floor": line.percent,
                "requests": len(line.microseconds),
                **_percentiles(line.microseconds),
                "client_percent": line.client,
            }
            for line in measured.lines
        ],
        "sql_statements": {str(size): number for size, number in measured.sql.items()},
        "processes": [{"name": one.name, "peak_kb": one.peak, "share_kb": one.share} for one in measured.processes],
        "projection": None
        if shown is None
        else {
            "people": shown.people,
            "wanted_per_second": shown.wanted,
            "sent_per_second": shown.reached,
            "measured": len(shown.microseconds),
            **_percentiles(shown.microseconds),
        },
        "place": dict(measured.place),
        "misses": list(misses(measured)),
    }


def _percentiles(microseconds: Sequence[int]) -> dict[str, int]:
    return {f"p{percent}_us": percentile(microseconds, percent) for percent in PERCENTILES}
