"""One form of IRIs for all: what a programme may name, a statement can name too. Pure."""

import re

_CHARACTER = r"[^\x00-\x20\x7f-\x9f\"<>\\^`{|}%#\ud800-\udfff\ufffe\uffff]|%[0-9A-Fa-f]{2}"
_ABSOLUTE = rf"(?!https?:(?!//[^/?#:]))[a-z][a-z0-9+.-]*:(?:{_CHARACTER})+(?:#(?:{_CHARACTER})*)?"
IRI = re.compile(_ABSOLUTE, re.IGNORECASE | re.ASCII)
"""To be matched in full: a scheme, and only characters that RFC 3987 allows, all others encoded
(https://www.rfc-editor.org/rfc/rfc3987#section-2.2); http and https need a host as well."""

WEB = re.compile(rf"(?=https?:){_ABSOLUTE}", re.IGNORECASE | re.ASCII)
"""The same, of http and https alone."""
