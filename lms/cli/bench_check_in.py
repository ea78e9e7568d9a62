"""`lms bench check-in`: whether a crowd can check in at one session within a minute."""

import time

import click

from lms.bench import check_in, check_in_rules, crowd
from lms.bench.scratch import place, settle
from lms.cli.bench_house import bench_options, conclude, scratch, served
from lms.cli.house import opened, say
from lms.clock import now


@click.command("check-in")
@bench_options
@click.option(
    "--people", default=2000, show_default=True, type=click.IntRange(10, 20_000), help="How many come to one session."
)
@click.option(
    "--seconds", default=60, show_default=True, type=click.IntRange(1, 600), help="Within how many seconds they come."
)
def bench_check_in(as_json: bool, check: bool, database: str | None, people: int, seconds: int) -> None:
    """Measure 2,000 people who check in at one session within a minute.

    It starts a server of two workers on a database of its own. Everybody is signed in on a phone of their own, comes at
    a moment of their own, opens the page that the QR leads to, and presses its button. Afterwards all claims are
    accepted, and the marks are counted.

    The goals: p95 of the page and of the claim under 200 ms; nobody is lost between the answer, the record of claims
    and the marks.

    \b
    Example: lms bench check-in --database postgresql://padu@localhost/postgres --check
    """
    with scratch(database) as url:
        measured = _measure(url, people=people, seconds=seconds)
    missed = list(check_in_rules.misses(measured))
    conclude(check_in_rules.report(measured), check_in_rules.table(measured), missed, as_json=as_json, check=check)


def _measure(url: str, *, people: int, seconds: int) -> check_in_rules.Measured:
    with opened() as app:
        say(f"Giving {people} people an account")
        everybody = crowd.gather(app, size=people, now=now(), told=lambda _more: None)
        settle(url)
        with served(url) as (address, _):
            say(f"All check in within {seconds} seconds")
            rush = check_in.rush(address, everybody, seconds=seconds)
        kept = crowd.kept(everybody)
        began = time.monotonic_ns()
        marked = crowd.accept(everybody, now=now())
        accepting = (time.monotonic_ns() - began) // 1000
    return check_in_rules.Measured(
        people=people,
        seconds=seconds,
        pages=rush.pages,
        claims=rush.claims,
        claimed=len(rush.claims),
        kept=kept,
        marked=marked,
        accepting=accepting,
        late=rush.late,
        place=place(url),
    )
