"""What an operator decides, read once from the environment. Every bad value is reported, not just the first."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The environment holds values that Padu cannot start with; one line each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Each field is documented in docs/settings.md under the name of its environment variable."""

    database_url: str = f"sqlite:///{ROOT / 'var' / 'padu.db'}"
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    proxy_hops: int = 0
    locale: str = "id"
    time_zone: str = "Asia/Jakarta"
    plugins: tuple[str, ...] = ("plugins.latsar", "plugins.moodle")
    smtp_url: str = ""
    mail_from: str = ""
    max_upload_bytes: int = 8 * 1024 * 1024
    xapi_default_version: str = "2.0.0"
    xapi_max_body_bytes: int = 16 * 1024 * 1024
    xapi_max_statements: int = 2000
    xapi_cors_origins: tuple[str, ...] = ()

    @property
    def is_https(self) -> bool:
        """Whether people reach Padu over HTTPS; then cookies are secure and HSTS is sent."""
        return self.public_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used: then ingest projects within its own transaction."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read `LMS_*` and `XAPI_DEFAULT_VERSION`; raises SettingsError with every bad value."""
        problems: list[str] = []
        values: dict[str, object] = {}
        for field, name in VARIABLES.items():
            text = env.get(name, "").strip()
            if not text:
                continue
            try:
                values[field] = READERS.get(field, str)(text)
            except ValueError as error:
                problems.append(f"{name}={text!r}: {error}")
        if "smtp_url" in values and "mail_from" not in values:
            problems.append(
                "LMS_MAIL_FROM is missing: with LMS_SMTP_URL set it names the sender, for example padu@example.org"
            )
        if problems:
            raise SettingsError("\n".join(problems))
        values.setdefault("secret_key", _kept_secret())
        return cls(**values)  # type: ignore[arg-type]


def _kept_secret() -> str:
    """A secret made at the first start and kept beside the database, so that a restart signs nobody out."""
    path = ROOT / "var" / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _keep_first(path, secrets.token_urlsafe(48))
    kept = path.read_text().strip()
    if not kept:
        raise SettingsError(f"{path} is empty; delete it, and the next start makes a new secret.")
    return kept


def _keep_first(path: Path, secret: str) -> None:
    """Put a whole file in place, or leave the one that another process has put there meanwhile."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
        file.write(secret)
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError(
            "needs 32 characters or more; `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'` makes one"
        )
    return text


def _database(text: str) -> str:
    if text.startswith("postgres"):
        rest = text.split("://", 1)[-1]
        return f"postgresql+psycopg://{rest}"
    if text.startswith("sqlite:///") and len(text) > len("sqlite:///"):
        # A relative path is meant from where the command is typed; the server's workers are started from elsewhere.
        return f"sqlite:///{Path(text.removeprefix('sqlite:///')).resolve()}"
    raise ValueError("must be sqlite:///path/to/file.db or postgresql://user:password@host/name")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be the address people open, for example https://padu.example.org")
    return text.rstrip("/")


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("must be a whole number, 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if _natural(text) == 0:
        raise ValueError("must be a whole number, 1 or more")
    return int(text)


def _locale(text: str) -> str:
    if text not in ("id", "en"):
        raise ValueError("must be id or en")
    return text


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("must be a time zone such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
    return text


def _version(text: str) -> str:
    if text not in ("1.0.3", "2.0.0"):
        raise ValueError("must be 1.0.3 or 2.0.0")
    return text


def _smtp(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be smtp://user:password@host:587 or smtps://user:password@host:465")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _origins(text: str) -> tuple[str, ...]:
    for name in _names(text):
        parts = urlsplit(name)
        is_origin = parts.scheme in ("http", "https") and parts.hostname and f"{parts.scheme}://{parts.netloc}" == name
        if name != "*" and not is_origin:
            raise ValueError("must be origins such as https://mooc.example, separated by commas, or * for any")
    return _names(text)


VARIABLES = {
    field.name: {"xapi_default_version": "XAPI_DEFAULT_VERSION"}.get(field.name, f"LMS_{field.name.upper()}")
    for field in fields(Settings)
}
READERS = {
    "database_url": _database,
    "secret_key": _secret,
    "public_url": _url,
    "proxy_hops": _natural,
    "locale": _locale,
    "time_zone": _zone,
    "plugins": _names,
    "smtp_url": _smtp,
    "max_upload_bytes": _positive,
    "xapi_default_version": _version,
    "xapi_max_body_bytes": _positive,
    "xapi_max_statements": _positive,
    "xapi_cors_origins": _origins,
}
