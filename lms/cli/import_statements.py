"""`lms import statements`: statements out of a file, in portions that are there for good once they are stored."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import current_app

from lms.cli import options
from lms.cli.house import INTERRUPTED, Refused, is_watched, opened, organisation_of, say, settings
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import Conflict, DomainError
from lms.exchange import statements
from lms.exchange.service import drain
from lms.exchange.statements import BEGINNING, Batch, Line
from lms.xapi import queries as records
from lms.xapi import service as xapi

SOURCE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
Shown = Callable[[Line], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file of statements, its key and its length in bytes, uncompressed; and who brings it in where."""

    path: Path
    key: bytes
    length: int
    organisation_id: int
    authority: Mapping[str, Any]
    moment: datetime


class Tally:
    """How many statements were read so far, added, and left out."""

    def __init__(self) -> None:
        self.read = self.added = self.skipped = 0


@click.command("statements", short_help="Bring in xAPI statements (JSON Lines, or a JSON array).")
@click.argument("file", type=SOURCE)
@click.option("--dry-run", is_flag=True, help="Check every statement, and store none.")
@click.option(
    "--skip-conflicts",
    "conflicts",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Leave out statements under whose id another one is stored already, and add them to this file.",
)
@options.organisation
def import_statements(file: str, dry_run: bool, conflicts: str | None, organisation: str | None) -> None:
    """Bring in the xAPI statements of FILE: one a line (JSON Lines), or one JSON array.

    FILE may be compressed by gzip; - is standard input. Every statement is checked before the first is stored. They
    are stored 500 at a time. Should it be interrupted, run it again: it goes on where it stopped.

    \b
    Example: lms import statements statements.jsonl
    """
    with _file(file) as path, opened():
        source = _source(path, organisation_of(reading(), organisation))
        if dry_run:
            say(f"statements: {_check(source)} are valid. Nothing was written: this was a trial.")
            return
        _import(source, conflicts)


@contextmanager
def _file(named: str) -> Iterator[Path]:
    """The file, which is read twice; so what can be read only once is copied."""
    if named != "-" and Path(named).is_file():
        yield Path(named)
        return
    with tempfile.NamedTemporaryFile(prefix="statements-") as copy:
        if named == "-":
            shutil.copyfileobj(sys.stdin.buffer, copy)
        else:
            with Path(named).open("rb") as once:
                shutil.copyfileobj(once, copy)
        copy.flush()
        yield Path(copy.name)


def _source(path: Path, organisation_id: int) -> Source:
    key, length = statements.file_key(path)
    return Source(
        path=path,
        key=key,
        length=length,
        organisation_id=organisation_id,
        authority=statements.authority(settings().public_url),
        moment=now(),
    )


def _check(source: Source) -> int:
    """How many statements the file holds; raises Refused after telling everything that is wrong with them."""
    wrong = seen = 0
    with _progress(source, "Checking", BEGINNING) as shown:
        for line in statements.read_statements(source.path):
            seen += 1
            for problem in statements.problems([line], now=source.moment, authority=source.authority):
                say(str(problem))
                wrong += 1
            shown(line)
    if wrong:
        raise Refused(f"{wrong} of {seen} statements are wrong; nothing was stored.")
    return seen


def _import(source: Source, conflicts: str | None) -> None:
    """Nothing is stored before all is checked, so of a file that was begun nothing need be checked again."""
    done = records.import_progress(reading(), organisation_id=source.organisation_id, file_key=source.key)
    if done is None:
        _check(source)
    else:
        say(f"It was brought in as far as line {done.lines} before; it goes on from there.")
    tally = Tally()
    try:
        _store(source, done or BEGINNING, tally, conflicts)
    except KeyboardInterrupt:
        say(f"\n{tally.added} statements were added. Run it again with the same file: it goes on where it stopped.")
        raise click.exceptions.Exit(INTERRUPTED) from None
    retrying(partial(xapi.forget_import, organisation_id=source.organisation_id, file_key=source.key))
    if is_watched():
        say("Counting what came in…")
    drain(organisation_id=source.organisation_id, dialects=current_app.extensions["dialects"], now=now())
    known = tally.read - tally.added - tally.skipped
    left_out = f", {tally.skipped} left out and added to {conflicts}" if tally.skipped else ""
    say(f"statements: {tally.read} read, {tally.added} added, {known} known already{left_out}.")


def _store(source: Source, after: records.ImportProgress, tally: Tally, conflicts: str | None) -> None:
    with _progress(source, "Storing", after) as shown:

        def lines() -> Iterator[Line]:
            for line in statements.read_statements(source.path, after=after):
                yield line
                shown(line)

        for batch in statements.batches(lines(), now=source.moment, authority=source.authority):
            if conflicts is not None:
                tally.skipped += _set_aside(source, batch, conflicts)
            tally.added += _store_batch(source, batch, tally)
            tally.read += batch.read


def _set_aside(source: Source, batch: Batch, conflicts: str) -> int:
    """How many of the batch are left out, since others are stored under their ids; they are kept in a file."""
    lines = statements.contradicting(reading(), organisation_id=source.organisation_id, batch=batch)
    ids = {line.number: identity for identity, line in batch.lines.items()}
    if lines:
        with Path(conflicts).open("ab") as file:
            file.writelines(line.raw.replace(b"\n", b" ") + b"\n" for line in lines)
    for line in lines:
        del batch.prepared[ids[line.number]]
    return len(lines)


def _store_batch(source: Source, batch: Batch, tally: Tally) -> int:
    """How many of them are new. Raises Refused for one that contradicts what is stored."""
    organisation_id, prepared = source.organisation_id, list(batch.prepared.values())

    def work(session: Any) -> int:
        done = xapi.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)
        xapi.note_import(
            session, organisation_id=organisation_id, file_key=source.key, progress=batch.progress, now=now()
        )
        return len(done.new)

    try:
        return retrying(work)
    except Conflict as error:
        told = _contradictions(source, batch)
        raise Refused(f"{told or error}\n{tally.added} statements before it are stored; the others are not.") from error
    except DomainError as error:
        raise Refused(f"{error}\n{tally.added} statements before it are stored; the others are not.") from error


def _contradictions(source: Source, batch: Batch) -> str:
    lines = statements.contradicting(reading(), organisation_id=source.organisation_id, batch=batch)
    ids = {line.number: identity for identity, line in batch.lines.items()}
    told = [f"line {line.number}: a different statement {ids[line.number]} is stored already." for line in lines]
    return "\n".join([*told, "Correct them, or leave them out by --skip-conflicts FILE."]) if told else ""


@contextmanager
def _progress(source: Source, label: str, after: records.ImportProgress) -> Iterator[Shown]:
    """What is called with every line that is done: a bar for whoever watches, with statements a second."""
    if not is_watched():
        yield lambda line: None
        return
    begun, done, before = now(), 0, after.ends
    bar: Any = click.progressbar(
        length=source.length,
        label=label,
        file=sys.stderr,
        item_show_func=lambda rate: rate,
        update_min_steps=max(1, source.length // 500),
    )
    with bar as shown:
        shown.update(after.ends)

        def tell(line: Line) -> None:
            nonlocal done, before
            done += 1
            seconds = max((now() - begun).total_seconds(), 0.001)
            shown.update(line.ends - before, f"{done:,} statements, {done / seconds:,.0f}/s")
            before = line.ends

        yield tell
