"""Statements out of a file, JSON Lines or one JSON array, ready to be stored in batches. Only the file is read."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from lms.errors import N_, DomainError, Problems
from lms.exchange.cells import CellError
from lms.xapi.rules import V2, Prepared, prepare, require_content, same

BATCH = 500
LONGEST_LINE = 4 * 1024 * 1024
LARGEST_ARRAY = 256 * 1024 * 1024
MARK = b"\xef\xbb\xbf"
NAMELESS = uuid.UUID("2f0f6f43-0d7c-5b37-9d6e-6a2f8a1f7c11")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The text of a statement, the line on which it begins, and how many bytes of the file lie before its end."""

    number: int
    raw: bytes
    ends: int


def authority(public_url: str) -> Mapping[str, Any]:
    """Who vouches for statements that are imported: this installation."""
    return {"objectType": "Agent", "account": {"homePage": public_url, "name": "import"}}


def read_statements(path: Path) -> Iterator[Line]:
    """The statements of a file one by one; an array is read whole, JSON Lines are not. Raises Problems."""
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(MARK).lstrip()
        file.seek(0)
        yield from (_array(file) if start.startswith(b"[") else _lines(file))


def _lines(file: BinaryIO) -> Iterator[Line]:
    number = ends = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number, ends = number + 1, ends + len(raw)
        if len(raw) > LONGEST_LINE:
            raise Problems((_wrong(N_("This line is longer than %(limit)s MB."), number, limit=LONGEST_LINE >> 20),))
        text = raw.removeprefix(MARK).strip() if number == 1 else raw.strip()
        if text:
            yield Line(number=number, raw=text, ends=ends)


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
    """The statement of a line; raises DomainError, its place being the line and the path into the statement."""
    try:
        if not line.raw.startswith(b"{"):
            raise CellError(N_("A line holds one statement, which begins with {."))
        (statement,) = prepare(_named(line.raw), version=V2, now=now, authority=authority)
        require_content([statement], {})
    except DomainError as error:
        path = error.place.removeprefix("statement").lstrip(".")
        error.place = f"line {line.number}, {path}" if path else f"line {line.number}"
        raise
    return statement


def _named(raw: bytes) -> bytes:
    """The statement with an id. One without is named by its text, so that the same file again says nothing new."""
    try:
        tree = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return raw
    if "id" in tree or not tree:
        return raw
    return b'{"id":"%s",%s' % (str(uuid.uuid5(NAMELESS, raw.hex())).encode(), raw[1:])


def problems(lines: Iterable[Line], *, now: datetime, authority: Mapping[str, Any]) -> Iterator[DomainError]:
    """What is wrong with each of the lines, at most one thing a line."""
    for line in lines:
        try:
            prepared(line, now=now, authority=authority)
        except DomainError as error:
            yield error


def batches(lines: Iterable[Line], *, now: datetime, authority: Mapping[str, Any]) -> Iterator[list[Prepared]]:
    """Batches to be stored one after the other; none names an id twice, though the file may send a statement again.

    Where it sends another statement under an id, the two come in different batches, and storing the second is refused.
    """
    batch: dict[uuid.UUID, Prepared] = {}
    for line in lines:
        statement = prepared(line, now=now, authority=authority)
        before = batch.get(statement.id)
        if before is not None and same(before.fingerprint, statement.fingerprint):
            continue
        if before is not None or len(batch) == BATCH:
            yield list(batch.values())
            batch = {}
        batch[statement.id] = statement
    if batch:
        yield list(batch.values())
