"""An app of the shell alone, without rooms and without a database: pages are looked at by themselves."""

from dataclasses import dataclass

import pytest
from flask import Flask, Request
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from lms.settings import ROOT, Settings
from lms.web import design, errors, security, shell, static


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Who is signed in where a request says `as`: a person of that role."""

    role: str
    name: str = "Ratna Wulandari"
    organisation_name: str = "Kota Sukabumi"
    is_authenticated: bool = True
    is_active: bool = True

    def get_id(self) -> str:
        return self.role


@pytest.fixture
def shell_app() -> Flask:
    app = Flask("lms", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(SECRET_KEY="a secret for tests only", TESTING=True)
    app.extensions["settings"] = Settings(secret_key="a secret for tests only", public_url="https://padu.example.org")
    Babel(app, default_locale="id", locale_selector=lambda: "en")
    CSRFProtect(app)
    login = LoginManager(app)

    @login.request_loader
    def load(request: Request) -> Staff | None:
        return Staff(role=request.args["as"]) if "as" in request.args else None

    for part in (static, security, shell, errors):
        part.init(app)
    app.register_blueprint(design.blueprint)
    return app
