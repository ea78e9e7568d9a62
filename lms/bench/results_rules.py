"""What the measurements of results come to: seconds of the whole, of one statement, and of only reading. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lms.bench.rules import hundredths, milliseconds, percentile

SECOND = 1_000_000
"""Microseconds."""
REBUILD, REPLAY = 20 * SECOND, 30 * SECOND
ONE_STATEMENT = 50_000
"""Microseconds of work, at p95."""
PERCENTILES = (50, 95)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """Microseconds that something took: on a processor of this process, and by the clock."""

    work: int
    waited: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A run over one cohort.

    `floor` is only reading the evidence; `rebuild` asks every source again and folds everybody; `replay` folds
    everybody by two versions and tells whose result changes, which `changed` are. `statements` are of one each, from
    its text until the result is there.
    """

    people: int
    modules: int
    sessions: int
    evidence: int
    floor: Taken
    rebuild: Taken
    replay: Taken
    changed: int
    statements: Sequence[Taken]
    place: Mapping[str, str] = field(default_factory=dict)


def misses(measured: Measured) -> Iterator[str]:
    """A sentence for each figure that misses its goal."""
    for name, found, goal in (
        ("A full rebuild", measured.rebuild, REBUILD),
        ("The replay of a draft", measured.replay, REPLAY),
    ):
        if found.waited >= goal:
            yield f"{name} took {seconds(found.waited)} s; the goal is under {goal // SECOND} s."
    p95 = percentile([one.work for one in measured.statements], 95)
    if p95 >= ONE_STATEMENT:
        told, most = milliseconds(p95), ONE_STATEMENT // 1000
        yield f"The figures of one new statement took {told} ms of work at p95; the goal is under {most} ms."


def table(measured: Measured) -> Iterator[str]:
    """The measurements in lines of text."""
    yield (
        f"{measured.people:,} people, {measured.modules} modules, {measured.sessions} sessions, "
        f"{measured.evidence:,} pieces of evidence"
    )
    yield f"{'':40}{'work s':>10}{'clock s':>10}{'to floor':>10}{'goal':>12}"
    for name, found, goal in (
        ("floor: the evidence is only read", measured.floor, ""),
        ("full rebuild", measured.rebuild, f"< {REBUILD // SECOND} s"),
        (f"replay of a draft ({measured.changed:,} change)", measured.replay, f"< {REPLAY // SECOND} s"),
    ):
        ratio = _ratio(measured.floor, found)
        yield f"{name:40}{seconds(found.work):>10}{seconds(found.waited):>10}{ratio:>10}{goal:>12}".rstrip()
    yield f"{'one new statement':40}" + "".join(f"{f'p{percent} ms':>10}" for percent in PERCENTILES)
    for name, times, goal in (
        ("work", [one.work for one in measured.statements], f"p95 < {ONE_STATEMENT // 1000} ms"),
        ("clock", [one.waited for one in measured.statements], ""),
    ):
        figures = "".join(f"{milliseconds(percentile(times, percent)):>10}" for percent in PERCENTILES)
        yield f"{name:40}{figures}{'':10}{goal:>12}".rstrip()
    yield ", ".join(f"{name} {value}" for name, value in measured.place.items())


def report(measured: Measured) -> dict[str, object]:
    """The same as values for JSON; ratios are texts of decimals."""
    return {
        "people": measured.people,
        "modules": measured.modules,
        "sessions": measured.sessions,
        "evidence": measured.evidence,
        "floor": _as_values(measured.floor),
        "rebuild": _as_values(measured.rebuild) | {"ratio": _ratio(measured.floor, measured.rebuild)},
        "replay": _as_values(measured.replay)
        | {"ratio": _ratio(measured.floor, measured.replay), "changed": measured.changed},
        "statement": {
            "times": len(measured.statements),
            **{f"work_p{one}_us": percentile([each.work for each in measured.statements], one) for one in PERCENTILES},
            **{
                f"clock_p{one}_us": percentile([each.waited for each in measured.statements], one)
                for one in PERCENTILES
            },
        },
        "goal": {"rebuild_clock_us": REBUILD, "replay_clock_us": REPLAY, "statement_work_p95_us": ONE_STATEMENT},
        "place": dict(measured.place),
        "misses": list(misses(measured)),
    }


def seconds(microseconds: int) -> str:
    """With two decimals, cut off."""
    return hundredths(microseconds * 100 // SECOND)


def _as_values(taken: Taken) -> dict[str, object]:
    return {"work_us": taken.work, "clock_us": taken.waited}


def _ratio(floor: Taken, found: Taken) -> str:
    """How many times longer than the floor, by the clock."""
    return hundredths(found.waited * 100 // max(1, floor.waited))
