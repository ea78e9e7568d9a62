"""Signed statements: a JWS among the attachments has the statement as its payload. Part of `rules`.

xAPI 1.0.3, Data 2.6. A certificate in the signature has to have made it. Who stands behind the certificate is not
asked: a store that keeps evidence says that the statement was not altered since, not whom to trust.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lms.errors import N_
from lms.xapi import values
from lms.xapi.checks import check_statement
from lms.xapi.errors import StatementError
from lms.xapi.fingerprints import fingerprint_of, same
from lms.xapi.statements import shape
from lms.xapi.tree import parse, shortened

USAGE = "http://adlnet.gov/expapi/attachments/signature"
ALGORITHMS = ("RS256", "RS384", "RS512")
_READER = jwt.PyJWS(algorithms=list(ALGORITHMS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """What the signatures of a statement have to say; `sha2` in lower case, each once, is where they are.

    `fingerprint` is the statement's without its signatures; `id` and `has_timestamp` tell what its sender set.
    `place` is where they are named, and `version` the one that the statement was checked by.
    """

    fingerprint: bytes
    id: UUID | None
    has_timestamp: bool
    sha2: tuple[str, ...]
    place: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Payload:
    """The statement that was signed, as far as it is compared."""

    fingerprint: bytes
    id: UUID | None
    has_timestamp: bool


def signed_of(statement: Mapping[str, Any], place: str, *, version: str) -> Signed | None:
    """What the signatures of a checked statement have to say; None for one without."""
    signatures = [one for one in statement.get("attachments", ()) if one["usageType"] == USAGE]
    if not signatures:
        return None
    for one in signatures:
        kind = one["contentType"].partition(";")[0].strip().lower()
        if kind != "application/octet-stream":
            raise StatementError(
                N_("A signature has the contentType application/octet-stream, not “%(kind)s”."),
                place=f"{place}.attachments",
                kind=shortened(kind),
            )
    sent = _payload(statement)
    return Signed(
        fingerprint=sent.fingerprint,
        id=sent.id,
        has_timestamp=sent.has_timestamp,
        sha2=tuple(dict.fromkeys(one["sha2"].lower() for one in signatures)),
        place=f"{place}.attachments",
        version=version,
    )


def _payload(statement: Mapping[str, Any]) -> _Payload:
    identity = statement.get("id")
    return _Payload(
        fingerprint=fingerprint_of(_unsigned(statement)),
        id=None if identity is None else values.uuid(identity),
        has_timestamp="timestamp" in statement,
    )


def _unsigned(statement: Mapping[str, Any]) -> dict[str, Any]:
    """The statement as it was before signatures were added."""
    others = [one for one in statement.get("attachments", ()) if one.get("usageType") != USAGE]
    bare = {name: value for name, value in statement.items() if name != "attachments"}
    return {**bare, "attachments": others} if others else bare


def check_signatures(batch: Iterable[Signed], contents: Mapping[str, bytes]) -> None:
    """Every signature came along, is a JWS of one of the three algorithms, and its payload is the statement.

    What the store sets may be missing from the payload; an id or a timestamp in it is the statement's own. However
    many statements share a signature, it is read once.
    """
    payloads: dict[str, _Payload] = {}
    for signed in batch:
        for sha2 in signed.sha2:
            if sha2 not in contents:
                raise StatementError(
                    N_("The signature %(sha2)s did not come along."), place=signed.place, sha2=shortened(sha2)
                )
            if sha2 not in payloads:
                payloads[sha2] = _checked(contents[sha2], signed.place, signed.version)
            if not _is_of(payloads[sha2], signed):
                raise StatementError(N_("The signature is of another statement than this."), place=signed.place)


def _is_of(payload: _Payload, signed: Signed) -> bool:
    """Whether only what the store sets makes a difference (Data 2.6): it gives an id, and never takes one away."""
    return (
        same(payload.fingerprint, signed.fingerprint)
        and payload.id in (None, signed.id)
        and payload.has_timestamp <= signed.has_timestamp
    )


def _checked(signature: bytes, place: str, version: str) -> _Payload:
    header, payload = _read(signature, place)
    try:
        told = parse(payload)
        check_statement(shape(told, "payload"), "payload", version=version)
    except StatementError as error:
        raise StatementError(
            N_("The signature's payload is no statement: %(why)s"), place=place, why=shortened(error)
        ) from None
    if "x5c" in header:
        _verify(signature, header["x5c"], place)
    return _payload(told)


def _read(signature: bytes, place: str) -> tuple[dict[str, Any], bytes]:
    try:
        read = _READER.decode_complete(signature, options={"verify_signature": False})
    except (jwt.PyJWTError, UnicodeDecodeError, ValueError) as error:
        raise StatementError(N_("The signature is no JWS: %(why)s"), place=place, why=shortened(error)) from None
    header: dict[str, Any] = read["header"]
    if header.get("alg") not in ALGORITHMS:
        raise StatementError(
            N_("The signature's algorithm is %(alg)s; it has to be RS256, RS384 or RS512."),
            place=place,
            alg=str(header.get("alg"))[:50],
        )
    if not read["signature"]:
        raise StatementError(N_("The signature is no JWS: %(why)s"), place=place, why="Its third part is empty")
    return header, read["payload"]


def _verify(signature: bytes, chain: Any, place: str) -> None:
    """By the first certificate, whose key has made the signature (RFC 7515, 4.1.6)."""
    try:
        key = x509.load_der_x509_certificate(b64decode(chain[0], validate=True)).public_key()
    except UnsupportedAlgorithm:
        key = None
    except (Base64Error, ValueError, TypeError, LookupError, x509.InvalidVersion):
        raise StatementError(N_("The signature's x5c holds no certificate."), place=place) from None
    if not isinstance(key, RSAPublicKey):
        raise StatementError(N_("The signature's certificate has no RSA key."), place=place)
    try:
        _READER.decode_complete(signature, key, algorithms=list(ALGORITHMS))
    except jwt.PyJWTError:
        raise StatementError(N_("The signature was not made with the key of its certificate."), place=place) from None
