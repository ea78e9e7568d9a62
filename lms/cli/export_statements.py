"""`lms export statements`: statements as JSON Lines, as far as they can be read by now."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click

from lms.cli import options
from lms.cli.house import INTERRUPTED, Trouble, is_watched, opened, organisation_of, say
from lms.db import reading
from lms.errors import DomainError
from lms.xapi import queries as records
from lms.xapi import rules

STEP = 1000
"""Statements between two updates of what is shown to whoever watches."""


class Tally:
    """What was written: how many, when the last was stored, and the moment before it up to which all are there."""

    def __init__(self) -> None:
        self.written = self.with_content = 0
        self.last: datetime | None = None
        self.complete: datetime | None = None

    def add(self, found: records.Found) -> None:
        """Count one more; they come in the order of `stored`."""
        if self.last is not None and found.stored > self.last:
            self.complete = self.last
        self.written, self.last = self.written + 1, found.stored
        attachments = rules.attachments_of(found.payload)
        self.with_content += any(attachment.file_url is None for attachment in attachments)


class Parameter(click.ParamType[Any]):
    """What a parameter of GET /statements takes, by the same rules."""

    name = "text"

    def __init__(self, parameter: str) -> None:
        self.parameter = parameter

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "JSON" if self.parameter == "agent" else "IRI"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return getattr(rules.parse_filters([(self.parameter, value)], version=rules.V2), self.parameter)
        except DomainError as error:
            self.fail(str(error), param, ctx)


@click.command("statements", short_help="Take xAPI statements out (JSON Lines).")
@click.option("--since", type=options.MOMENT, help="Only what was stored after this moment.")
@click.option("--until", type=options.MOMENT, help="Only what was stored up to this moment.")
@click.option("--agent", type=Parameter("agent"), help="Only those of this agent, given as xAPI writes it.")
@click.option("--verb", type=Parameter("verb"), help="Only those with this verb.")
@click.option("--activity", type=Parameter("activity"), help="Only those about this activity.")
@click.option("--related", is_flag=True, help="Also those that name the agent or the activity anywhere else.")
@click.option("--without-voided", is_flag=True, help="Leave out what was voided; what voids it stays.")
@click.option("--output", type=click.Path(dir_okay=False), help="The file to write; without it, standard output.")
@options.organisation
def export_statements(
    since: datetime | None,
    until: datetime | None,
    agent: rules.AgentRef | None,
    verb: str | None,
    activity: str | None,
    related: bool,
    without_voided: bool,
    output: str | None,
    organisation: str | None,
) -> None:
    """Write the xAPI statements that match, one a line, the first that was stored first.

    An --output that ends with .gz is compressed. At the end it says with which --since the next export goes on.

    \b
    Example: lms export statements --since 2026-03-01T00:00:00+07:00 --output statements.jsonl.gz
    """
    query = rules.StatementQuery(
        since=since,
        until=until,
        agent=agent,
        verb=verb,
        activity=activity,
        related_agents=related,
        related_activities=related,
    )
    with opened():
        session = reading()
        organisation_id = organisation_of(session, organisation)
        found = records.exported(session, organisation_id=organisation_id, query=query, with_voided=not without_voided)
        _write(found, output)


def _write(found: Iterator[records.Found], output: str | None) -> None:
    tally = Tally()
    try:
        with _opened(output) as file:
            for one in found:
                file.write(one.payload.encode() + b"\n")
                tally.add(one)
                if is_watched() and output is not None and tally.written % STEP == 0:
                    click.echo(f"\r{tally.written:,} statements", nl=False, err=True)
    except KeyboardInterrupt:
        say(f"\nInterrupted. {_rest(tally)}")
        raise click.exceptions.Exit(INTERRUPTED) from None
    except OSError as error:
        raise Trouble(f"{output or 'The output'} cannot be written: {error.strerror}. {_rest(tally)}") from error
    if is_watched() and output is not None:
        say("")
    _tell(tally, output)


@contextmanager
def _opened(output: str | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif output.endswith(".gz"):
        with Path(output).open("wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb") as packed:
            yield packed  # type: ignore[misc]
    else:
        with Path(output).open("wb") as file:
            yield file


def _rest(tally: Tally) -> str:
    """How to get what is missing, without a gap: what was stored at one moment may be there in part only."""
    if tally.complete is None:
        return "Run it again."
    return f"For the rest, run it again with --since {rules.timestamp(tally.complete)} and another --output."


def _tell(tally: Tally, output: str | None) -> None:
    say(f"statements: {tally.written} written{f' to {output}' if output else ''}.")
    if tally.with_content:
        say(
            f"{tally.with_content} of them have attachments whose content is not in the file, so they cannot be"
            " brought in from it."
        )
    if tally.last is not None:
        say(f"For what comes later: --since {rules.timestamp(tally.last)}")
