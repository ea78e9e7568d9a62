"""For the time without network: the service worker, the page that stands for all others, and the manifest."""

from flask import Blueprint, Flask, Response, jsonify, render_template, send_from_directory

from lms.web.static import HOME, asset_url

blueprint = Blueprint("worker", __name__)


@blueprint.get("/sw.js")
def script() -> Response:
    """The service worker, at the root because it looks after all addresses below its own. Asked for each time."""
    reply = send_from_directory(HOME / "js", "sw.js", mimetype="text/javascript", max_age=0)
    reply.headers["Cache-Control"] = "no-cache"
    reply.headers["Service-Worker-Allowed"] = "/"
    return reply


@blueprint.get("/offline")
def offline() -> str:
    """What stands for a page that is not on the device while there is no network. It says nothing of anybody."""
    return render_template("web/offline.html")


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone needs to put Padu among its apps, where what it keeps is not cleared away after a week."""
    icon = {"src": asset_url("icons/favicon.svg"), "type": "image/svg+xml", "sizes": "any"}
    about = {"name": "Padu", "short_name": "Padu", "start_url": "/", "display": "standalone", "icons": [icon]}
    reply = jsonify(about | {"background_color": "#faf8f4", "theme_color": "#26356f"})
    reply.mimetype = "application/manifest+json"
    return reply


# Public, as lms.people.guards would mark them, which lies above.
script.guarded_for = None  # type: ignore[attr-defined]
offline.guarded_for = None  # type: ignore[attr-defined]
manifest.guarded_for = None  # type: ignore[attr-defined]


def init(app: Flask) -> None:
    """Add the addresses."""
    app.register_blueprint(blueprint)
