"""The blueprint of the record store, under /xapi: what every request goes through before and after its view."""

from flask import Blueprint, Flask, Response, request

from lms.xapi import protocol

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
blueprint.before_request(protocol.begin)


def init(app: Flask) -> None:
    """Whatever is answered under /xapi has the headers of the record store, also where there is no such address."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    return protocol.finish(response) if request.path.startswith("/xapi/") else response
