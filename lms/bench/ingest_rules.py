"""What measurements of ingest come to: rates, ratios to the floor, goals, and how they are told. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOGETHER = ((50, 4), (500, 4))
"""Statements in a batch, and connections that send batches."""
ALONE = (1, 8, 32)
"""Connections that send one statement at a time."""
PERCENTILES = (50, 95, 99)
HALF = 50
LARGEST = 250 * 1024
"""Kilobytes of memory that a process of the server may have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A way of sending: statements a second on the floor and over HTTP, and the microseconds of each HTTP request."""

    name: str
    connections: int
    floor: int
    reached: int
    microseconds: Sequence[int]

    @property
    def percent(self) -> int:
        """What HTTP reaches of the floor, in whole percent."""
        return self.reached * 100 // max(1, self.floor)

    @property
    def has_goal(self) -> bool:
        """Batches, and one at a time on the most connections, should reach half of the floor."""
        return self.name != "one at a time" or self.connections == ALONE[-1]

    def percentile(self, percent: int) -> int:
        """The microseconds that so many percent of the requests did not exceed (nearest rank)."""
        ordered = sorted(self.microseconds)
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def misses(lines: Sequence[Line], memory: Sequence[int]) -> Iterator[str]:
    """A sentence for each figure that misses its goal; `memory` is of the server's processes, in kB."""
    for line in lines:
        if line.has_goal and line.percent < HALF:
            yield f"{line.name} on {line.connections} connections: {line.percent} % of the floor; the goal is {HALF} %."
    for one in memory:
        if one > LARGEST:
            yield f"A process of the server has {one // 1024} MB; the goal is at most {LARGEST // 1024} MB."


def table(lines: Sequence[Line], memory: Sequence[int]) -> Iterator[str]:
    """The measurements in lines of text."""
    heads = ("conns", "floor/s", "HTTP/s", "of floor", "p50 ms", "p95 ms", "p99 ms")
    yield f"{'':16}" + "".join(f"{head:>10}" for head in heads)
    for line in lines:
        times = (f"{line.percentile(percent) / 1000:.1f}" for percent in PERCENTILES)
        figures = (line.connections, line.floor, line.reached, f"{line.percent} %", *times)
        yield f"{line.name:16}" + "".join(f"{figure:>10}" for figure in figures)
    if memory:
        yield f"memory of the server's processes: {', '.join(f'{one // 1024} MB' for one in memory)}"


def report(lines: Sequence[Line], memory: Sequence[int]) -> dict[str, object]:
    """The same as values for JSON."""
    return {
        "ingest": [
            {
                "name": line.name,
                "connections": line.connections,
                "floor_per_second": line.floor,
                "http_per_second": line.reached,
                "percent_of_floor": line.percent,
                **{f"p{percent}_us": line.percentile(percent) for percent in PERCENTILES},
            }
            for line in lines
        ],
        "memory_kb": list(memory),
        "misses": list(misses(lines, memory)),
    }
