"""create_app: wiring only. What a room does is in the room."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Flask, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import lms.appeals.views
import lms.assessment.views
import lms.attendance.views
import lms.attended.views
import lms.dashboards.views
import lms.decisions.views
import lms.exchange.views
import lms.leave.views
import lms.overrides.views
import lms.people.views
import lms.programme.views
import lms.web.design
import lms.xapi.pages
import lms.xapi.views
from lms import db, events
from lms.attended import listeners as attended_listeners
from lms.people import sign_in
from lms.plugin import Plugin
from lms.settings import ROOT, Settings
from lms.web import errors, health, security, shell, static, worker
from lms.xapi import alternate, listeners, paths

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

csrf = CSRFProtect()

PAGES = (
    lms.people.views.blueprint,
    lms.programme.views.blueprint,
    lms.attendance.views.blueprint,
    lms.assessment.views.blueprint,
    lms.attended.views.blueprint,
    lms.appeals.views.blueprint,
    lms.leave.views.blueprint,
    lms.overrides.views.blueprint,
    lms.decisions.views.blueprint,
    lms.xapi.pages.blueprint,
    lms.exchange.views.blueprint,
    lms.dashboards.views.blueprint,
    lms.web.design.blueprint,
)


def create_app(settings: Settings, plugins: Sequence[Plugin] = ()) -> Flask:
    """The application for these settings, with these plugins."""
    app = Flask("lms", template_folder=str(ROOT / "templates"), static_folder=None)
    _configure(app, settings)
    app.extensions["settings"] = settings
    app.extensions["plugins"] = tuple(plugins)
    app.extensions["dialects"] = tuple(dialect for plugin in plugins for dialect in plugin.dialects)
    app.extensions["listeners"] = _listeners(plugins)
    db.init(app, settings.database_url)
    csrf.init_app(app)
    _translate(app, settings, plugins)
    for part in (static, security, shell, health, worker, errors, sign_in):
        part.init(app)
    _mount(app, plugins)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="padu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        WTF_CSRF_TIME_LIMIT=None,
    )
    server: WSGIApplication = alternate.with_alternate_syntax(app.wsgi_app, settings.xapi_max_body_bytes)
    server = paths.without_doubled_slashes(server)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        server = ProxyFix(server, x_for=hops, x_proto=hops, x_host=hops)
    app.wsgi_app = server  # type: ignore[assignment, method-assign, unused-ignore]


def _listeners(plugins: Sequence[Plugin]) -> events.Listeners:
    found: dict[type, list[events.Listener]] = {}
    for source in (listeners.LISTENERS, attended_listeners.LISTENERS, *(plugin.listeners for plugin in plugins)):
        for fact, heard in source.items():
            found.setdefault(fact, []).extend(heard)
    return found


def _translate(app: Flask, settings: Settings, plugins: Sequence[Plugin]) -> None:
    # The last catalogue's plural rule goes for all of them, so the core's comes last.
    folders = [*(str(plugin.translations) for plugin in plugins if plugin.translations), str(ROOT / "translations")]
    Babel(
        app,
        default_locale=settings.locale,
        default_timezone=settings.time_zone,
        default_translation_directories=";".join(folders),
        # What is said to another system is said in one language, whoever asks.
        locale_selector=lambda: "en" if request.blueprint == "xapi" else shell.chosen_locale(request, settings.locale),
    )


def _mount(app: Flask, plugins: Sequence[Plugin]) -> None:
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.register_blueprint(lms.xapi.views.blueprint)
    csrf.exempt(lms.xapi.views.blueprint)
    for plugin in plugins:
        for blueprint in plugin.blueprints:
            app.register_blueprint(blueprint)
