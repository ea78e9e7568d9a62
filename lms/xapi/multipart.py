"""multipart/mixed as statements with attachments travel in it: read strictly, byte for byte. Part of `rules`.

xAPI 1.0.3, Communication 1.5.2; 2.0, 4.1.3; the form itself is RFC 2046, 5.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha224, sha256, sha384, sha512

from lms.errors import N_, TooLarge
from lms.xapi.errors import StatementError
from lms.xapi.tree import shortened

MOST_PARTS = 2001
"""The statements, and a content for each of as many as a request may carry."""
LONGEST_HEADERS = 8192
HASH = "x-experience-api-hash"
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_AFTER = re.compile(rb"(--)?[ \t]*(?:\r\n|\Z)")
_HASHES = {56: sha224, 64: sha256, 96: sha384, 128: sha512}


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part: headers by their names in lower case, and its bytes."""

    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What a request brings: the JSON of its statements, and contents by the SHA-2 in lower-case hexadecimal."""

    statements: bytes
    contents: Mapping[str, bytes]


def read_parts(content: bytes, boundary: str | None) -> list[Part]:
    """The parts of a multipart body in their order; StatementError for whatever is not exactly such a body.

    More than MOST_PARTS raise TooLarge. Takes time in proportion to its length. What stands before the first boundary
    and after the last is ignored.
    """
    if boundary is None or not _BOUNDARY.fullmatch(boundary):
        raise StatementError(N_("The Content-Type multipart/mixed needs a boundary of 1 to 70 characters."))
    mark = b"\r\n--" + boundary.encode("ascii")
    # The first boundary may open the body, and then has no line before it.
    text = b"\r\n" + content
    parts: list[Part] = []
    begins, position = None, 0
    while True:
        found = text.find(mark, position)
        if found < 0:
            raise StatementError(N_("The body ends without its last boundary, --%(boundary)s--."), boundary=boundary)
        after = _AFTER.match(text, found + len(mark))
        if after is None:
            # It only begins like the boundary, and belongs to what is sent.
            position = found + 1
            continue
        if begins is not None:
            parts.append(_part(text[begins:found], len(parts) + 1))
        if after.group(1):
            return parts
        if len(parts) == MOST_PARTS:
            raise TooLarge(N_("A request may have %(most)s parts."), most=MOST_PARTS)
        # A part without headers begins with an empty line, whose break may be the next boundary's own.
        begins = after.end()
        position = begins - 2


def _part(text: bytes, number: int) -> Part:
    if text.startswith(b"\r\n"):
        return Part(headers={}, content=text[2:])
    head, end, _ = text[: LONGEST_HEADERS + 4].partition(b"\r\n\r\n")
    if not end:
        raise StatementError(N_("Part %(number)s has no empty line after its headers."), number=number)
    return Part(headers=_headers(head, number), content=text[len(head) + 4 :])


def _headers(head: bytes, number: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or line[0] in " \t":
            raise StatementError(
                N_("Part %(number)s has a header that is none: %(line)s"), number=number, line=shortened(line)
            )
        if name.strip().lower() in found:
            # Which of the two is meant, nobody knows.
            raise StatementError(
                N_("Part %(number)s has the header %(name)s twice."), number=number, name=shortened(name.strip())
            )
        found[name.strip().lower()] = value.strip()
    return found


def body_of_parts(parts: list[Part]) -> Body:
    """The statements in the first part, and the contents in the others, each of which must be what its hash says.

    The length that a statement tells is not trusted, the hash is (xAPI 1.0.3, Data 2.4.11).
    """
    if not parts:
        raise StatementError(N_("The body has no parts; the first one holds the statements."))
    kind = parts[0].headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise StatementError(N_("The first part must be application/json, it is “%(kind)s”."), kind=shortened(kind))
    contents: dict[str, bytes] = {}
    for number, part in enumerate(parts[1:], start=2):
        contents[_hash(part, number)] = part.content
    return Body(statements=parts[0].content, contents=contents)


def _hash(part: Part, number: int) -> str:
    encoding = part.headers.get("content-transfer-encoding", "")
    if encoding.lower() != "binary":
        raise StatementError(
            N_("Part %(number)s needs Content-Transfer-Encoding: binary; it has “%(encoding)s”."),
            number=number,
            encoding=shortened(encoding),
        )
    sent = part.headers.get(HASH)
    if sent is None:
        raise StatementError(N_("Part %(number)s has no X-Experience-API-Hash."), number=number)
    digest = _HASHES.get(len(sent))
    if digest is None or digest(part.content).hexdigest() != sent.lower():
        raise StatementError(
            N_("Part %(number)s is not what its X-Experience-API-Hash %(sha2)s says; its SHA-256 is %(is_sha2)s."),
            number=number,
            sha2=shortened(sent),
            is_sha2=sha256(part.content).hexdigest(),
        )
    return sent.lower()
