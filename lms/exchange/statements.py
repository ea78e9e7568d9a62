"""Statements out of a file, JSON Lines or one JSON array, ready to be stored in batches; and which cannot be.

A file compressed by gzip is read as what it holds. Nothing is written.
"""

import gzip
import json
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
from sqlalchemy.orm import Session

from lms.errors import N_, DomainError, Problems
from lms.exchange.cells import CellError
from lms.xapi import queries
from lms.xapi.queries import ImportProgress
from lms.xapi.rules import V1, V2, Prepared, StatementError, prepare, require_content, same

BATCH = 500
LARGEST_BATCH = 16 * 1024 * 1024
"""Bytes of statements that are stored together, unless a single one has more."""
LONGEST_LINE = 4 * 1024 * 1024
LARGEST_ARRAY = 256 * 1024 * 1024
PORTION = 1024 * 1024
GZIP = b"\x1f\x8b"
MARK = b"\xef\xbb\xbf"
NAMELESS = uuid.UUID("2f0f6f43-0d7c-5b37-9d6e-6a2f8a1f7c11")
BEGINNING = ImportProgress(ends=0, lines=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The text of a statement, the line on which it begins, and how many bytes of the content lie before its end.

    Of one that is longer than LONGEST_LINE there is no text.
    """

    number: int
    raw: bytes
    ends: int
    is_too_long: bool = False


class Batch:
    """Statements to be stored together, each with its line, and how far the file was read for them."""

    def __init__(self) -> None:
        self.prepared: dict[uuid.UUID, Prepared] = {}
        self.lines: dict[uuid.UUID, Line] = {}
        self.progress = BEGINNING
        self.read = self.size = 0

    def add(self, line: Line, statement: Prepared) -> None:
        """Take in one more; the same again is read and left out."""
        self.progress = ImportProgress(ends=line.ends, lines=line.number)
        self.read += 1
        if statement.id not in self.prepared:
            self.prepared[statement.id], self.lines[statement.id] = statement, line
            self.size += len(line.raw)

    @property
    def is_full(self) -> bool:
        return len(self.prepared) >= BATCH or self.size >= LARGEST_BATCH


def authority(public_url: str) -> Mapping[str, Any]:
    """Who vouches for statements that are imported: this installation."""
    return {"objectType": "Agent", "account": {"homePage": public_url, "name": "import"}}


@contextmanager
def _content(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, uncompressed; what cannot be read is told as a DomainError."""
    try:
        with path.open("rb") as file:
            is_compressed = file.read(2) == GZIP
            file.seek(0)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if is_compressed else file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DomainError(N_("The compressed file is broken or cut off; pack or copy it anew.")) from error
    except OSError as error:
        raise DomainError(N_("The file cannot be read: %(why)s."), why=error.strerror or str(error)) from error


def file_key(path: Path) -> tuple[bytes, int]:
    """16 bytes that stand for what the file holds, compressed or not, and its length in bytes. Raises DomainError."""
    digest, length = blake2b(digest_size=16), 0
    with _content(path) as file:
        while portion := file.read(PORTION):
            digest.update(portion)
            length += len(portion)
    return digest.digest(), length


def read_statements(path: Path, *, after: ImportProgress = BEGINNING) -> Iterator[Line]:
    """The statements of a file one by one; an array is read whole, JSON Lines are not. Raises DomainError."""
    with _content(path) as file:
        start = file.read(4096).removeprefix(MARK).lstrip()
        if start.startswith(b"["):
            file.seek(0)
            yield from (line for line in _array(file) if line.ends > after.ends)
        else:
            file.seek(after.ends)
            yield from _lines(file, after)


def _lines(file: BinaryIO, after: ImportProgress) -> Iterator[Line]:
    number, ends = after.lines, after.ends
    while raw := file.readline(LONGEST_LINE + 1):
        number, ends = number + 1, ends + len(raw)
        if len(raw) > LONGEST_LINE:
            ends += _rest(file) if not raw.endswith(b"\n") else 0
            yield Line(number=number, raw=b"", ends=ends, is_too_long=True)
            continue
        text = raw.removeprefix(MARK).strip() if number == 1 else raw.strip()
        if text:
            yield Line(number=number, raw=text, ends=ends)


def _rest(file: BinaryIO) -> int:
    """Read to the end of the line; returns its length in bytes."""
    length = 0
    while portion := file.readline(PORTION):
        length += len(portion)
        if portion.endswith(b"\n"):
            break
    return length


def _array(file: BinaryIO) -> Iterator[Line]:
    content = file.read(LARGEST_ARRAY + 1)
    if len(content) > LARGEST_ARRAY:
        raise Problems(
            (
                _wrong(
                    N_("The array is larger than %(limit)s MB; write one statement a line instead."),
                    1,
                    limit=LARGEST_ARRAY >> 20,
                ),
            )
        )
    number, ends = 1, 0
    for raw in _items(content.removeprefix(MARK)):
        begins = content.find(raw, ends)
        number += content.count(b"\n", ends, begins)
        ends = begins + len(raw)
        yield Line(number=number, raw=raw, ends=ends)
        number += raw.count(b"\n")


def _items(content: bytes) -> list[bytes]:
    try:
        return [bytes(item) for item in msgspec.json.decode(content, type=list[msgspec.Raw])]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Problems((_wrong(N_("The array is broken: %(why)s."), *_why(content)),)) from None


def _why(content: bytes) -> tuple[int, str]:
    """The line on which JSON breaks, and how."""
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    except (UnicodeDecodeError, RecursionError) as error:
        return 1, type(error).__name__
    return 1, "it is no JSON"


def _wrong(template: str, number: int, why: str = "", **params: Any) -> CellError:
    return CellError(template, why=why, **params).at(number)


def prepared(line: Line, *, now: datetime, authority: Mapping[str, Any]) -> Prepared:
    """The statement of a line; raises DomainError, its place being the line and the path into the statement.

    One that says to be of version 1.0 is read by its rules, and so keeps its form, or else by those of 2.0.
    """
    try:
        if line.is_too_long:
            raise CellError(N_("This line is longer than %(limit)s MB."), limit=LONGEST_LINE >> 20)
        if not line.raw.startswith(b"{"):
            raise CellError(N_("A line holds one statement, which begins with {."))
        statement = _prepared(line.raw, now=now, authority=authority)
        require_content([statement], {})
    except DomainError as error:
        path = error.place.removeprefix("statement").lstrip(".")
        error.place = f"line {line.number}, {path}" if path else f"line {line.number}"
        raise
    return statement


def _prepared(raw: bytes, *, now: datetime, authority: Mapping[str, Any]) -> Prepared:
    members = _members(raw)
    named = raw if "id" in members or not members else _named(raw)
    if bytes(members.get("version", b"")).startswith(b'"1.0'):
        try:
            (statement,) = prepare(named, version=V1, now=now, authority=authority)
        except StatementError:
            pass
        else:
            return statement
    (statement,) = prepare(named, version=V2, now=now, authority=authority)
    return statement


def _members(raw: bytes) -> dict[str, msgspec.Raw]:
    """The statement as far as its first level; nothing where that cannot be read."""
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def _named(raw: bytes) -> bytes:
    """A statement without an id is named by its text, so that the same file again says nothing new."""
    return b'{"id":"%s",%s' % (str(uuid.uuid5(NAMELESS, raw.hex())).encode(), raw[1:])


def problems(lines: Iterable[Line], *, now: datetime, authority: Mapping[str, Any]) -> Iterator[DomainError]:
    """What is wrong with each of the lines, at most one thing a line."""
    for line in lines:
        try:
            prepared(line, now=now, authority=authority)
        except DomainError as error:
            yield error


def batches(lines: Iterable[Line], *, now: datetime, authority: Mapping[str, Any]) -> Iterator[Batch]:
    """Batches to be stored one after the other; none names an id twice, though the file may send a statement again.

    Where it sends another statement under an id, the two come in different batches, and storing the second is refused.
    """
    batch = Batch()
    for line in lines:
        statement = prepared(line, now=now, authority=authority)
        before = batch.prepared.get(statement.id)
        if batch.is_full or (before is not None and not same(before.fingerprint, statement.fingerprint)):
            yield batch
            batch = Batch()
        batch.add(line, statement)
    if batch.read:
        yield batch


def contradicting(session: Session, *, organisation_id: int, batch: Batch) -> list[Line]:
    """The lines of the batch under whose ids other statements are stored already. One query."""
    there = queries.there(session, organisation_id=organisation_id, statement_ids=sorted(batch.prepared))
    stored = there.fingerprints
    return [
        batch.lines[one.id]
        for one in batch.prepared.values()
        if one.id in stored and not same(one.fingerprint, stored[one.id])
    ]
