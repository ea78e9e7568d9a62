"""What was refused, so that it can be read, repaired and sent again: the reason, the JSON, what came with it. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from werkzeug.http import parse_options_header

from lms.errors import DomainError
from lms.xapi.multipart import Body, Part, body_of_parts, read_parts
from lms.xapi.payloads import pretty
from lms.xapi.tree import dump, is_deeper, parse

MOST = 1000
MOST_BYTES = 64 * 1024 * 1024
"""Requests, and bytes of their bodies, that are kept for each credential."""
SHOWN = 20_000
"""Characters of a body that a page shows."""
LONGEST = 10_000
"""Characters that are kept of any text beside the body; a place names properties, which may be as long as a body."""
_HIDDEN = "-hidden-"
SPREAD = 200_000
"""Characters of JSON that are set out with one member a line."""
_MARK = "\ue000"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request that brought statements. `query` is as in the address; `body` None if that was too large to take in."""

    method: str
    query: str
    version: str
    content_type: str
    body: bytes | None

    @property
    def digest(self) -> bytes:
        """16 bytes that are the same for the same request."""
        digest = blake2b(digest_size=16)
        for part in (self.method, self.query, self.version, self.content_type):
            digest.update(f"{len(part)}:{part}".encode("utf-8", "replace"))
        digest.update(b"-" if self.body is None else b"+" + self.body)
        return digest.digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A text in three pieces, of which `marked` is what is wrong; `is_cut` if there is more than is shown."""

    before: str
    marked: str
    after: str
    is_cut: bool


def without(request: Request, secrets: Sequence[str]) -> Request:
    """The request without these texts, should somebody have put them into the address or the body as well."""
    body = request.body
    for secret in _forms(secrets):
        body = None if body is None else body.replace(secret.encode(), _HIDDEN.encode())
    query, content_type = hidden(request.query, secrets), hidden(request.content_type, secrets)
    return replace(request, query=query, content_type=content_type, body=body)


def error_without(error: DomainError, secrets: Sequence[str]) -> DomainError:
    """The error without these texts, which may be the very thing that is wrong."""
    kept = copy(error)
    kept.place = hidden(error.place, secrets)
    kept.params = {name: hidden(str(value), secrets) for name, value in error.params.items()}
    return kept


def hidden(text: str, secrets: Sequence[str]) -> str:
    """The text without these texts, in whatever letter case: that of a media type is not the sender's any more."""
    for secret in _forms(secrets):
        text = re.sub(re.escape(secret), _HIDDEN, text, flags=re.IGNORECASE)
    return text


def _forms(secrets: Sequence[str]) -> list[str]:
    """Longer ones first, for one may be a part of another."""
    return sorted({*secrets, *(quote(secret, safe="") for secret in secrets)}, key=lambda one: (-len(one), one))


def reason_of(error: DomainError) -> tuple[str, str]:
    """The template of the reason, and the JSON of what it is filled in with."""
    return clean(error.template), json.dumps({name: clean(str(value)) for name, value in error.params.items()})


def reason(template: str, params: str, place: str) -> DomainError:
    """The reason again, to be told in whatever language."""
    filled: Mapping[str, str] = json.loads(params)
    return DomainError(template, place=place, **filled)


def clean(text: str) -> str:
    """The text up to LONGEST, without what a database cannot hold: U+0000, and halves of surrogate pairs."""
    return text[:LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def is_multipart(content_type: str) -> bool:
    """Whether attachments came along."""
    return parse_options_header(content_type)[0].lower() == "multipart/mixed"


def json_of(content_type: str, body: bytes) -> str:
    """The JSON of the statements, as text; what is not UTF-8 in it is shown as such.

    Raises StatementError for a multipart body that cannot be taken apart.
    """
    if is_multipart(content_type):
        parts = _parts(content_type, body)
        body = parts[0].content if parts else b""
    return body.decode("utf-8", "replace")


def repaired(content_type: str, body: bytes, text: str) -> Body:
    """The body with other JSON in it, ready to be sent again; the contents of attachments stay as they came."""
    content = text.encode("utf-8", "replace")
    if not is_multipart(content_type):
        return Body(statements=content, contents={})
    first = Part(headers={"content-type": "application/json"}, content=content)
    return body_of_parts([first, *_parts(content_type, body)[1:]])


def shown(text: str, place: str) -> Shown:
    """The JSON for reading, with what stands at `place` marked; of several statements only the one concerned.

    A text that is no JSON is shown as it is.
    """
    try:
        tree = parse(text)
    except DomainError:
        return _whole(text)
    if is_deeper(tree):
        return _whole(text)
    tree, path = _concerned(tree, place)
    if not path:
        return _whole(_pretty(tree))
    mark, kept = _MARK, dump(tree)
    while mark in kept:
        mark += _MARK
    before, _, after = _pretty(_replaced(tree, path, mark)).partition(f'"{mark}"')
    line = before[before.rfind("\n") + 1 :]
    indent = line[: len(line) - len(line.lstrip())]
    return _around(before, _pretty(_at(tree, path)).replace("\n", f"\n{indent}"), after)


def readable(text: str) -> str:
    """The JSON with one member a line, to be edited; a text that is no JSON as it is."""
    try:
        tree = parse(text)
    except DomainError:
        return text
    return text if is_deeper(tree) else _spread(text)


def _pretty(tree: Any) -> str:
    return _spread(dump(tree))


def _spread(text: str) -> str:
    """One member a line, unless there is so much that all the indentation would take too much room."""
    return text if len(text) > SPREAD else pretty(text)


def _whole(text: str) -> Shown:
    return Shown(before=text[:SHOWN], marked="", after="", is_cut=len(text) > SHOWN)


def _around(before: str, marked: str, after: str) -> Shown:
    """What is wrong, and what stands around it as far as there is room."""
    if len(before) + len(marked) + len(after) <= SHOWN:
        return Shown(before=before, marked=marked, after=after, is_cut=False)
    marked = marked[:SHOWN]
    side = (SHOWN - len(marked)) // 2
    return Shown(before=before[max(0, len(before) - side) :], marked=marked, after=after[:side], is_cut=True)


def _concerned(tree: Any, place: str) -> tuple[Any, list[str | int]]:
    """The statement that `place` is in, and the path from there to the nearest that is there."""
    path = _path(tree, place)
    if isinstance(tree, list) and path:
        return tree[int(path[0])], path[1:]
    return tree, path


def _path(tree: Any, place: str) -> list[str | int]:
    """The steps of a place such as `statements[2].actor.mbox`, as far as the tree goes."""
    for name in ("statements", "statement"):
        if place.startswith(name):
            return [*_steps(tree, place.removeprefix(name))]
    return []


def _steps(node: Any, rest: str) -> list[str | int]:
    if isinstance(node, list) and rest.startswith("["):
        digits, _, further = rest[1:].partition("]")
        if digits.isascii() and digits.isdigit() and len(digits) < 10 and int(digits) < len(node):
            return [int(digits), *_steps(node[int(digits)], further)]
    if isinstance(node, dict) and rest.startswith("."):
        # A name may hold a full stop itself, as those of extensions do: the longest one that fits is meant.
        named = rest[1:]
        ends = ((name, len(name)) for name in node if named.startswith(name))
        fitting = [name for name, end in ends if named[end : end + 1] in ("", ".", "[")]
        if fitting:
            name = max(fitting, key=len)
            return [name, *_steps(node[name], named[len(name) :])]
    return []


def _at(tree: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _replaced(tree: Any, path: Sequence[str | int], mark: str) -> Any:
    """A copy of the tree with the mark at the path."""
    if not path:
        return mark
    if isinstance(tree, list):
        return [_replaced(one, path[1:], mark) if position == path[0] else one for position, one in enumerate(tree)]
    return {name: _replaced(value, path[1:], mark) if name == path[0] else value for name, value in tree.items()}


def _parts(content_type: str, body: bytes) -> list[Part]:
    return read_parts(body, parse_options_header(content_type)[1].get("boundary"))
