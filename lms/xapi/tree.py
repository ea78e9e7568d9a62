"""JSON as trees that lose nothing: numbers keep the form in which they were sent, and a repeated key is an error.

A tree is made of dict, list, str, bool, None and `Number`.
"""

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NoReturn, Self

import msgspec

from lms.errors import N_
from lms.xapi.errors import StatementError

DEEPEST = 100
LONGEST_NUMBER = 1000


class Number(Decimal):
    """A number of a JSON text: its exact value, and in `text` the form in which it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        if len(text) > LONGEST_NUMBER:
            raise InvalidOperation(text)
        number = super().__new__(cls, text)
        number.text = text
        return number


class _RepeatedKeyError(Exception):
    """Leaves the parser, which knows no places."""


# An escape such as \ud83d is the only way by which half of a pair can get into a text.
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _ in pairs)
        raise _RepeatedKeyError(next(name for name, number in times.items() if number > 1))
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidOperation(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
)


_TRUSTING_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number)


def reread(text: str) -> Any:
    """The tree of a text that `dump` has written: nothing is checked, which takes a third of the time."""
    return _TRUSTING_DECODER.decode(text)


def parse(raw: bytes | str) -> Any:
    """The tree of a JSON text in UTF-8; StatementError for anything that is not strict JSON, or beyond all measure."""
    try:
        return _parsed(raw if isinstance(raw, bytes) else raw.encode())
    except UnicodeDecodeError as error:
        raise StatementError(N_("Byte %(byte)s is not UTF-8."), byte=error.start + 1) from None
    except UnicodeEncodeError:
        raise StatementError(N_("A text holds half of a surrogate pair, which is no character.")) from None
    except json.JSONDecodeError as error:
        raise StatementError(
            N_("This is not JSON: %(problem)s at line %(line)s, column %(column)s."),
            problem=error.msg,
            line=error.lineno,
            column=error.colno,
        ) from None
    except _RepeatedKeyError as error:
        raise StatementError(N_("The property %(name)s stands twice in one object."), name=shortened(error)) from None
    except InvalidOperation:
        raise StatementError(N_("NaN, Infinity and numbers beyond all measure are not allowed.")) from None
    except RecursionError:
        raise StatementError(
            N_("This is nested too deeply; %(deepest)s levels are allowed."), deepest=DEEPEST
        ) from None


def _parsed(raw: bytes) -> Any:
    tree = _DECODER.decode(raw.decode())
    if _SURROGATE_ESCAPE.search(raw):
        dump(tree)
    return tree


def shortened(value: object) -> str:
    """The value as text for a message, cut where it grows long."""
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def is_deeper(value: Any, levels: int = DEEPEST) -> bool:
    """Whether containers are nested in one another more than `levels` times. Needs no recursion itself."""
    layer = [value]
    for _ in range(levels):
        layer = [child for node in layer if isinstance(node, dict | list) for child in _children(node)]
    return any(isinstance(node, dict | list) for node in layer)


def _children(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node


def dump(tree: Any) -> str:
    """The tree as JSON text, members in their order and numbers in the form in which they were sent.

    It was parsed by `parse`, so it can be encoded: half of a surrogate pair would raise UnicodeEncodeError.
    """
    return msgspec.json.encode(tree, enc_hook=_as_sent).decode()


def canonical(tree: Any) -> bytes:
    """One form for all trees that differ in the order of keys or the form of numbers only."""
    return msgspec.json.encode(tree, enc_hook=_by_value, order="sorted")


def _as_sent(number: Any) -> msgspec.Raw:
    return msgspec.Raw(number.text.encode())


def _by_value(number: Any) -> msgspec.Raw:
    return _short_by_value(number.text) if len(number.text) <= 40 else msgspec.Raw(number_form(number).encode())


@lru_cache(maxsize=8192)
def _short_by_value(text: str) -> msgspec.Raw:
    return msgspec.Raw(number_form(Decimal(text)).encode())


def number_form(number: Decimal) -> str:
    """The same text for all forms of a value: 80, 80.0 and 8e1 give "8E1". Exact, whatever the number of digits."""
    sign, digits, exponent = number.as_tuple()
    significant = "".join(map(str, digits)).lstrip("0")
    if not significant or not isinstance(exponent, int):
        return "0"
    stripped = significant.rstrip("0")
    return f"{'-' if sign else ''}{stripped}E{exponent + len(significant) - len(stripped)}"


def with_numbers(tree: Any) -> Any:
    """The tree of another JSON reader with its int, float and Decimal as `Number`, a float by its shortest decimal."""
    if isinstance(tree, dict):
        return {name: with_numbers(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [with_numbers(value) for value in tree]
    if isinstance(tree, bool | Number) or not isinstance(tree, int | float | Decimal):
        return tree
    return Number(repr(tree) if isinstance(tree, float) else str(tree))
