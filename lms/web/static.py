"""Static files: addresses that change with their content, and the manifest of what others wrote."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, request, url_for

HOME = Path(__file__).parent / "static"
VENDOR = HOME / "vendor"
SHEETS = (
    "tokens",
    "base",
    "page",
    "band",
    "buttons",
    "feedback",
    "layout",
    "history",
    "figures",
    "bars",
    "forms",
    "inputs",
    "tables",
    "register",
    "live",
    "settle",
    "check-in",
    "waiting",
    "dashboards",
    "statements",
    "refused",
    "leave",
    "media",
)


blueprint = Blueprint("assets", __name__, static_folder="static", static_url_path="/static")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A vendored file: `licence` is an SPDX identifier, `licence_file` its text beside it, `sha256` in hex."""

    file: str
    package: str
    version: str
    source: str
    licence: str
    licence_file: str
    sha256: str


def vendored() -> tuple[Asset, ...]:
    """Everything that the manifest lists, in its order."""
    manifest = tomllib.loads((VENDOR / "MANIFEST.toml").read_text(encoding="utf-8"))
    return tuple(Asset(**asset) for asset in manifest["asset"])


def sha256(path: Path) -> str:
    """The hash of a file's content, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=256)
def content_version(name: str) -> str:
    """Twelve hex digits that stand for the file's content; read once a process. Raises FileNotFoundError."""
    return sha256(HOME / name)[:12]


def asset_url(name: str) -> str:
    """The address of a file under static/, which a browser may keep for good: new content has a new address."""
    return url_for("assets.static", filename=name, v=content_version(name))


@lru_cache(maxsize=1)
def stylesheet() -> bytes:
    """All the sheets as one, in the order in which they may override one another; read once a process.

    They are written in parts, a part a component, and sent as one, since a phone waits for each file before it draws.
    """
    return without_comments(
        "\n".join((HOME / "css" / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS)
    ).encode()


def without_comments(sheet: str) -> str:
    """A sheet without its comments, indentation and empty lines, a seventh of it, none of which a browser looks at."""
    lines = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def stylesheet_url() -> str:
    """The address of the one style sheet, which changes with its content."""
    return url_for("assets.style", v=hashlib.sha256(stylesheet()).hexdigest()[:12])


@blueprint.get("/style.css")
def style() -> Response:
    """The one style sheet of every page."""
    return Response(stylesheet(), mimetype="text/css")


style.guarded_for = None  # type: ignore[attr-defined]  # Public, as lms.people.guards would mark it, which lies above.


@blueprint.after_request
def keep_for_good(response: Response) -> Response:
    """What is asked for by the hash of its content may be kept; without the hash a browser asks each time."""
    name = (request.view_args or {}).get("filename")
    if response.status_code == 200 and request.full_path == (asset_url(name) if name else stylesheet_url()):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def init(app: Flask) -> None:
    """Serve the files, and let templates address them."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset_url=asset_url, stylesheet_url=stylesheet_url)
