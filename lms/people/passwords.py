"""Password hashes: argon2id with what OWASP asks for, 19 MiB and two passes, so that forty people can enter at once."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = hasher.hash("the password of nobody at all")


def hash_password(password: str) -> str:
    """The hash to keep; keyboards that build a letter in other ways make the same one."""
    return hasher.hash(_composed(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Takes as long where there is no hash, so that the time tells no names."""
    try:
        hasher.verify(NOBODYS if password_hash is None else password_hash, _composed(password))
    except VerificationError:
        return False
    return password_hash is not None


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password)
