"""A file that was tried is kept in the page itself, signed, so that it can be imported without choosing it again.

Nothing of it stays on the server. It is good for an hour, for whoever tried it, for this cohort and kind.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from itsdangerous import BadSignature, TimestampSigner

from lms.errors import N_, DomainError

SECONDS = 60 * 60
MOST_CHARACTERS = 400_000
"""A field of a form may be longer only where the web framework is told so; larger files are chosen again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file as it was sent. `fingerprint` is that of the trial which it was shown with, empty where there was none."""

    filename: str
    content: bytes
    fingerprint: str = ""


def kept(upload: Upload, *, secret: str, purpose: str) -> str:
    """The file as a text for a hidden field; empty where it is too large for one."""
    head = json.dumps([upload.filename, upload.fingerprint]).encode()
    packed = urlsafe_b64encode(zlib.compress(head + b"\n" + upload.content, 9))
    signed = TimestampSigner(secret, salt=_salt(purpose)).sign(packed).decode()
    return signed if len(signed) <= MOST_CHARACTERS else ""


def taken(text: str, *, secret: str, purpose: str) -> Upload:
    """The file that was kept for the same purpose; raises DomainError where it was not, or too long ago."""
    try:
        packed = TimestampSigner(secret, salt=_salt(purpose)).unsign(text, max_age=SECONDS)
    except BadSignature:
        raise DomainError(N_("The file is no longer at hand; choose it once more."), place="file") from None
    head, _, content = zlib.decompress(urlsafe_b64decode(packed)).partition(b"\n")
    filename, fingerprint = json.loads(head)
    return Upload(filename=filename, content=content, fingerprint=fingerprint)


def _salt(purpose: str) -> bytes:
    return f"kept upload {purpose}".encode()
