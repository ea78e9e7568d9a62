"""Signed statements: a JWS among the attachments has the statement as its payload. Part of `rules`.

xAPI 1.0.3, Data 2.6. A certificate in the signature has to have made it. Who stands behind the certificate is not
asked: a store that keeps evidence says that the statement was not altered since, not whom to trust.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lms.errors import N_
from lms.xapi.errors import StatementError
from lms.xapi.fingerprints import fingerprint_of, same
from lms.xapi.statements import shape
from lms.xapi.tree import parse

USAGE = "http://adlnet.gov/expapi/attachments/signature"
ALGORITHMS = ("RS256", "RS384", "RS512")
_READER = jwt.PyJWS(algorithms=list(ALGORITHMS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """What a signature has to say: `fingerprint` is the statement's without its signatures, `sha2` where they are."""

    fingerprint: bytes
    sha2: tuple[str, ...]


def signed_of(statement: Mapping[str, Any], place: str) -> Signed | None:
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
                kind=kind,
            )
    return Signed(
        fingerprint=fingerprint_of(_unsigned(statement)), sha2=tuple(one["sha2"].lower() for one in signatures)
    )


def _unsigned(statement: Mapping[str, Any]) -> dict[str, Any]:
    """The statement as it was before signatures were added."""
    others = [one for one in statement.get("attachments", ()) if one.get("usageType") != USAGE]
    bare = {name: value for name, value in statement.items() if name != "attachments"}
    return {**bare, "attachments": others} if others else bare


def check_signatures(signed: Signed, contents: Mapping[str, bytes], place: str) -> None:
    """Every signature came along, is a JWS of one of the three algorithms, and its payload is the statement."""
    for sha2 in signed.sha2:
        if sha2 not in contents:
            raise StatementError(N_("The signature %(sha2)s did not come along."), place=place, sha2=sha2)
        _check(signed.fingerprint, contents[sha2], place)


def _check(fingerprint: bytes, signature: bytes, place: str) -> None:
    header, payload = _read(signature, place)
    try:
        told = parse(payload)
        shape(told, "payload")
    except StatementError as error:
        raise StatementError(
            N_("The signature's payload is no statement: %(why)s"), place=place, why=error.message
        ) from None
    if not same(fingerprint, fingerprint_of(_unsigned(told))):
        raise StatementError(N_("The signature is of another statement than this."), place=place)
    if "x5c" in header:
        _verify(signature, header["x5c"], place)


def _read(signature: bytes, place: str) -> tuple[dict[str, Any], bytes]:
    try:
        read = _READER.decode_complete(signature, options={"verify_signature": False})
    except (jwt.PyJWTError, UnicodeDecodeError, ValueError) as error:
        raise StatementError(N_("The signature is no JWS: %(why)s"), place=place, why=str(error)) from None
    header: dict[str, Any] = read["header"]
    if header.get("alg") not in ALGORITHMS:
        raise StatementError(
            N_("The signature's algorithm is %(alg)s; it has to be RS256, RS384 or RS512."),
            place=place,
            alg=str(header.get("alg"))[:50],
        )
    return header, read["payload"]


def _verify(signature: bytes, chain: Any, place: str) -> None:
    """By the first certificate, whose key has made the signature (RFC 7515, 4.1.6)."""
    try:
        key = x509.load_der_x509_certificate(b64decode(chain[0], validate=True)).public_key()
    except (Base64Error, ValueError, TypeError, LookupError, x509.UnsupportedGeneralNameType):
        raise StatementError(N_("The signature's x5c holds no certificate."), place=place) from None
    if not isinstance(key, RSAPublicKey):
        raise StatementError(N_("The signature's certificate has no RSA key."), place=place)
    try:
        _READER.decode_complete(signature, key, algorithms=list(ALGORITHMS))
    except jwt.PyJWTError:
        raise StatementError(N_("The signature was not made with the key of its certificate."), place=place) from None
