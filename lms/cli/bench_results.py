"""`lms bench results`: how long all results of a large cohort take, and those of one new statement."""

from functools import partial

import click

from lms.bench import building, results, results_rules
from lms.bench.results_cohort import Size
from lms.bench.scratch import place, settle
from lms.cli.bench_house import bench_options, conclude, scratch
from lms.cli.exports import rebuilt
from lms.cli.house import Trouble, opened, say
from lms.clock import now


@click.command("results")
@bench_options
@click.option(
    "--people", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="How many are in the cohort."
)
@click.option(
    "--modules", default=40, show_default=True, type=click.IntRange(2, 1000), help="Modules of the programme."
)
@click.option(
    "--sessions", default=60, show_default=True, type=click.IntRange(1, 1000), help="Sessions of the timetable."
)
def bench_results(as_json: bool, check: bool, database: str | None, people: int, modules: int, sessions: int) -> None:
    """Measure the results of a cohort of 1,000 people with 40 modules and 60 sessions.

    It builds the cohort in a database of its own, nearly every module learnt, every session marked, every score given.
    It prints what only reading the evidence takes, which is the floor; a full rebuild, which asks every source and
    folds everybody anew; one new statement until its result is there, fifty times; and the replay of a draft, which
    tells whose result changes and why.

    The goals: a rebuild under 20 s; one statement under 50 ms of work at p95; a replay under 30 s.

    \b
    Example: lms bench results --check
    """
    with scratch(database) as url:
        try:
            measured = _measure(url, Size(people=people, modules=modules, sessions=sessions))
        except results.NotTheSame as error:
            raise Trouble(str(error)) from error
    missed = list(results_rules.misses(measured))
    conclude(results_rules.report(measured), results_rules.table(measured), missed, as_json=as_json, check=check)


def _measure(url: str, size: Size) -> results_rules.Measured:
    with opened():
        organisation_id = building.add_house(now=now())
        anew = partial(rebuilt, organisation_id=organisation_id, moment=now())
        say(f"Building a cohort of {size.people}")
        evidence = results.build(organisation_id=organisation_id, size=size, anew=anew)
        settle(url)
        floor = results.floor(organisation_id=organisation_id)
        say("Making all results anew")
        rebuild = results.rebuild(anew)
        say("Taking in one statement after the other")
        statements = results.one_by_one(organisation_id=organisation_id, size=size)
        say("Replaying a draft")
        replay, changed = results.replay(organisation_id=organisation_id, size=size)
    return results_rules.Measured(
        people=size.people,
        modules=size.modules,
        sessions=size.sessions,
        evidence=evidence,
        floor=floor,
        rebuild=rebuild,
        replay=replay,
        changed=changed,
        statements=statements,
        place=place(url),
    )
