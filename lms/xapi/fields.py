"""Checks of single values at a place: each returns quietly, or raises a StatementError that names the place."""

from collections.abc import Mapping
from typing import Any, NoReturn

from msgspec import UNSET, UnsetType

from lms.errors import N_
from lms.xapi import values
from lms.xapi.errors import StatementError
from lms.xapi.tree import DEEPEST, is_deeper, shortened
from lms.xapi.versions import V2


def refuse(template: str, place: str, **params: object) -> NoReturn:
    raise StatementError(template, place=place, **{name: shortened(value) for name, value in params.items()})


def check_iri(text: str | UnsetType, place: str) -> None:
    if text is not UNSET and not values.is_iri(text):
        refuse(N_("%(text)s is not an absolute IRI; it needs a scheme, such as https:."), place, text=text)


def check_uuid(text: str | UnsetType, place: str) -> None:
    if text is not UNSET and values.uuid(text) is None:
        refuse(N_("%(text)s is not a UUID of the form 01234567-89ab-cdef-0123-456789abcdef."), place, text=text)


def check_language(text: str | UnsetType, place: str) -> None:
    if text is not UNSET and not values.is_language_tag(text):
        refuse(N_("%(text)s is not a language tag by RFC 5646, such as id or en-GB."), place, text=text)


def check_language_map(texts: Mapping[str, str] | UnsetType, place: str) -> None:
    if texts is not UNSET:
        for tag in texts:
            check_language(tag, place)


def check_timestamp(text: str | UnsetType, place: str, *, version: str) -> None:
    if text is not UNSET and values.instant(text, strict=version == V2) is None:
        refuse(N_("%(text)s is not a timestamp such as 2026-03-02T09:30:00.000+07:00."), place, text=text)


def check_extensions(extensions: Mapping[str, Any] | UnsetType, place: str) -> None:
    """Keys are IRIs, values are anything that is not nested beyond reason (xAPI 1.0.3, Data 4.1)."""
    if extensions is UNSET:
        return
    for key, value in extensions.items():
        check_iri(key, place)
        if isinstance(value, dict | list) and is_deeper(value):
            refuse(N_("This is nested too deeply; %(deepest)s levels are allowed."), place, deepest=DEEPEST)
